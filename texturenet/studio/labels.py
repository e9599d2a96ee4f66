"""A picture of labels: which there are, and how the page shows them."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import Refused
from ..io.label_files import read_labels
from ..types import Size

MOST = 16  # labels of a form; the command takes 256
# Colours of numbers, which are nearly black as they stand in the file (Okabe and Ito 2008, twice).
HUES = ("e69f00", "56b4e9", "009e73", "f0e442", "0072b2", "d55e00", "cc79a7", "999999")
SHOWN = [f"#{hue}" for hue in HUES] + [f"#{int(hue, 16) // 2 & 0x7F7F7F:06x}" for hue in HUES]
SIDES = 320, 1600  # pixels of the longer side of what is shown, about: at least, at most


def label_picture(path: Path) -> tuple[Tensor, Size, list[dict]]:
    """A picture of labels, which are numbers, or colours where they are no numbers.

    Returns
    -------
    pixels (1,3,h,w) on [0,1] as the page shows them, each label in its colour; height and width of
    the file; and for every label `label`, a number or a colour "#rrggbb" as `paint` takes them, the
    `colour` it is shown in, and its `share` of the file. Raises Refused.
    """
    coloured, cells = _read(path)
    found, counts = np.unique(cells, return_counts=True)
    if len(found) > MOST:
        what = "colours" if coloured else "labels"
        raise Refused(
            f"{path.name} has {len(found)} {what}, and the studio takes {MOST}: draw without soft "
            "edges, or use the command texturenet paint."
        )
    names = [f"#{one:06x}" if coloured else str(one) for one in found]
    colours = names if coloured else SHOWN[: len(names)]
    labels = [
        {"label": name, "colour": colour, "share": round(float(count / cells.size), 4)}
        for name, colour, count in zip(names, colours, counts, strict=True)
    ]
    height, width = cells.shape
    return _pixels(np.searchsorted(found, _shown(cells)), colours), (height, width), labels


def _shown(cells: np.ndarray) -> np.ndarray:
    """As many cells as the page shows: some are left out, or all come several times."""
    least, most = SIDES
    longest = max(cells.shape)
    step, times = -(-longest // most), max(1, least // longest)
    return cells[::step, ::step].repeat(times, axis=0).repeat(times, axis=1)


def _pixels(places: np.ndarray, colours: list[str]) -> Tensor:
    """Places (h,w) in a list of colours -> (1,3,h,w) on [0,1]."""
    rows = torch.tensor([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours])
    return rows[torch.from_numpy(places)].permute(2, 0, 1)[None] / 255


def _read(path: Path) -> tuple[bool, np.ndarray]:
    """Whether labels are colours, and a whole number for every cell, (H,W)."""
    try:
        return False, read_labels(path)
    except Refused:
        colours = read_labels(path, colours=True)  # damaged files are refused again
        red, green, blue = np.moveaxis(colours.astype(np.int32), -1, 0)
        return True, red << 16 | green << 8 | blue
