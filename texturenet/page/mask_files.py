"""A mask that a page begins with: pictures -> PNG files, read there as those that are dropped."""

import base64
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from ..blending.masks import Raster
from ..blending.painted import read_masks
from ..errors import Refused
from ..io.pictures import save_picture

LARGEST = 4096  # pixels a side


def mask_files(files: Sequence[Path], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Pictures as `texturenet blend mask=` reads them -> ([PNG in base64], what has to be said).

    Of two nets one grey picture, of three a coloured one, of four a grey one each; a pixel for each
    of the plane. Raises Refused for other numbers of files, for what is no picture, and for what is
    too large.
    """
    masks, notes = read_masks(list(files), list(names), fit="once", origin=(0, 0), size=None)
    planes = [one.values for one in masks if isinstance(one, Raster)]
    height, width = planes[0].shape
    if max(height, width) > LARGEST:
        raise Refused(f"{files[0].name} is {height}x{width}: a page takes {LARGEST} a side.")
    if any(one.shape != planes[0].shape for one in planes):
        raise Refused("the masks have different sizes: bring them to one.")
    if len(planes) == len(names) == 2:  # the first has its share of both
        total = planes[0] + planes[1]
        planes = [torch.where(total > 0, planes[0] / total, 0.5)]
    coloured = [torch.stack(planes)] if len(planes) == 3 else []
    return [_png(one) for one in coloured or [one.expand(3, -1, -1) for one in planes]], notes


def _png(picture: torch.Tensor) -> str:
    """(3,h,w) in [0,1]."""
    with tempfile.TemporaryDirectory() as folder:
        data = save_picture(Path(folder) / "mask.png", picture).read_bytes()
    return base64.b64encode(data).decode()
