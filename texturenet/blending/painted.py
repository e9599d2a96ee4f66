"""Files of masks -> masks of nets. Their numbers are data: profiles are passed over."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import Refused
from ..imaging import luminance
from ..io.map_files import read_map
from ..types import Size
from .masks import Mask, raster

RGB = 3  # models that one picture of colours can say
UNEVEN = 0.02  # by which the sides of a picture are stretched unevenly before it is said


def read_masks(
    files: Sequence[Path], names: Sequence[str], **laid: Any
) -> tuple[list[Mask | None], list[str]]:
    """Masks of as many nets as there are names.

    Parameters
    ----------
    files : one for each net; or a single one, whose brightness is the share of the first of two
        nets, or whose red, green and blue are those of three
    names : of the nets
    laid : of `masks.Raster`

    Returns
    -------
    a mask of each, None of the one that has what the others leave; and what has to be said of them

    Raises
    ------
    Refused : for another number of files, for a file that cannot be read, and for values that are
        not in [0,1]
    """
    count, notes = len(names), list[str]()
    if len(files) == 1 and count == RGB:
        planes = _planes(files[0], notes, **laid)
        if len(planes) < RGB:
            raise Refused(
                f"{files[0].name} is grey: three models need red, green and blue, or three files."
            )
        return [raster(name, planes[i], **laid) for i, name in enumerate(names)], notes
    if len(files) == 1 and count == 2:
        return [
            raster(names[0], _brightness(_planes(files[0], notes, **laid)), **laid),
            None,
        ], notes
    if len(files) != count:
        raise Refused(
            f"{len(files)} masks for {count} models: say one picture each, as a.png,b.png."
        )
    read = [_brightness(_planes(file, notes, **laid)) for file in files]
    return [raster(name, one, **laid) for name, one in zip(names, read, strict=True)], notes


def digests(files: Sequence[Path]) -> list[str]:
    """SHA-256 of files. Raises Refused."""
    try:
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    except OSError as error:
        raise Refused(f"cannot read {error.filename}: {error.strerror or error}.") from error


def _planes(
    file: Path, notes: list[str], fit: str = "once", size: Size | None = None, **_: object
) -> Tensor:
    """(1,H,W) or (3,H,W); what is transparent is 0. notes: what has to be said is put there."""
    values = read_map(file).values
    if fit == "stretch" and size and _is_of_another_shape(values.shape[1:], size):
        height, width = values.shape[1:]
        notes.append(
            f"{file.name} is {height}x{width}: stretched to {size[0]}x{size[1]}, another shape; "
            "fit=once or fit=tile lays it pixel for pixel."
        )
    if len(values) in (1, RGB):
        return values
    colours, alpha = values[:-1], values[-1:]
    if bool((alpha < 1).any()):
        notes.append(f"{file.name} is transparent in parts: there it counts as black.")
    return colours * alpha


def _is_of_another_shape(given: Sequence[int], size: Size) -> bool:
    """Whether the longer of two sides is another multiple of the shorter, by more than UNEVEN."""
    one, other = given[0] * size[1], given[1] * size[0]
    return abs(one - other) > UNEVEN * max(one, other)


def _brightness(planes: Tensor) -> Tensor:
    """(H,W)."""
    if len(planes) == 1 or bool((planes == planes[:1]).all()):
        return planes[0]
    return luminance(planes[None])[0, 0].clamp(0, 1)
