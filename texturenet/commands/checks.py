"""Options that hang on each other, or on the machine -> refused where they cannot be."""

import stat
from collections.abc import Mapping
from pathlib import Path

from ..errors import Refused
from ..io.files import user_path


def at(chosen: object, key: str) -> object:
    """The option of a dotted name."""
    for part in key.split("."):
        chosen = getattr(chosen, part)
    return chosen


def check_weights(key: str, weights: Mapping[str, float], otherwise: str) -> None:
    """Weights by name, of which one at least has to count."""
    if not any(weights.values()):
        raise Refused(f"{key} weighs 0 throughout: {otherwise}.")


def size_of(size: object) -> tuple[int, int]:
    """One side, or [height, width] -> (height, width)."""
    return (size[0], size[1]) if isinstance(size, (list, tuple)) else (size, size)


def set_threads(threads: int | None) -> None:
    """Of torch, for the whole process."""
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


def output_path(key: str, text: str) -> Path:
    """Where files are to go: a file or a folder, not a pipe or a device."""
    path = user_path(text)
    if text == "-":
        raise Refused(f"{key} is '-': nothing is written to standard output, say a file.")
    if path.exists() and not (stat.S_ISREG(mode := path.stat().st_mode) or stat.S_ISDIR(mode)):
        raise Refused(f"{key} is {path}, which is neither a file nor a folder.")
    return path
