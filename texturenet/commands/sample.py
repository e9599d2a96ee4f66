"""texturenet sample: a released net -> picture files, one per seed."""

import time
from collections.abc import Sequence
from pathlib import Path

import torch

from ..errors import Refused
from ..files import user_path
from ..images import check_output, save_picture
from ..sampler import load
from . import door, options
from .progress import say

MANY = 10**9
MOST_PIXELS = 2**26  # held in memory at once, at about 30 bytes each


def main(arguments: Sequence[str]) -> int:
    return door.run("sample", options.Sample, sample, arguments)


def sample(chosen: options.Sample) -> None:
    if chosen.threads is not None:
        if not 1 <= chosen.threads <= 1024:
            raise Refused(f"threads is {chosen.threads}: it must lie between 1 and 1024.")
        torch.set_num_threads(chosen.threads)
    height, width = _size(chosen.size)
    if not 1 <= chosen.count <= MANY or chosen.seed + chosen.count > 2**64:
        raise Refused(
            f"count is {chosen.count}: it must lie between 1 and {MANY}, seeds below 2^64."
        )
    if len(chosen.origin) != 2:
        raise Refused(f"origin is {chosen.origin}: it must be [row, column].")
    texture = load(chosen.model)
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        path = _path(chosen, texture.card["name"], seed)
        check_output(path, height, width)
        started = time.monotonic()
        picture = texture.render(height, width, seed, tuple(chosen.origin), chosen.tile)
        facts = {
            "model": texture.card["name"],
            "seed": seed,
            "origin": chosen.origin,
            "tile": chosen.tile,
        }
        save_picture(path, picture, facts)
        say(f"{path}: {height}x{width}, seed {seed}, {time.monotonic() - started:.1f} s")


def _size(size: object) -> tuple[int, int]:
    pair = list(size) if isinstance(size, (list, tuple)) else [size, size]
    if len(pair) != 2 or not all(type(side) is int for side in pair):
        raise Refused(f"size is {size}: it must be one whole number, or [height, width].")
    if max(pair) > 0 and pair[0] * pair[1] > MOST_PIXELS:
        raise Refused(
            f"size {pair[0]}x{pair[1]} is {pair[0] * pair[1] / 1e6:.0f} megapixels, more than the "
            f"{MOST_PIXELS / 1e6:.0f} made at once: make windows of it with origin=[row,column]."
        )
    return pair[0], pair[1]


def _path(chosen: options.Sample, name: str, seed: int) -> Path:
    """out with a suffix names a file; else it is a folder, its files named after model and seed."""
    out = user_path(chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        return out / f"{name}_{seed}.png"
    return out.with_stem(f"{out.stem}_{seed}") if chosen.count > 1 else out
