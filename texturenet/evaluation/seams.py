"""Whether a tile (3,H,W) shows where it begins: the step across its wrap against those inside."""

from typing import NamedTuple

from torch import Tensor

AXES = {"y": 1, "x": 2}  # along which a tile repeats, as an axis of the picture


class Seam(NamedTuple):
    """ratio: mean absolute step across the wrap over the mean of those across all lines inside.
    least, most: the range of the lines inside; a ratio in it is no seam."""

    ratio: float
    least: float
    most: float

    @property
    def hidden(self) -> bool:
        return self.least <= self.ratio <= self.most


def seam(picture: Tensor, axis: str) -> Seam:
    """The seam of a picture (3,H,W) along an axis, "x" or "y", of 3 pixels at least."""
    steps = (picture - picture.roll(1, AXES[axis])).abs()
    lines = steps.mean(dim=[d for d in range(3) if d != AXES[axis]])
    inside = lines[1:].mean()
    ratios = (lines / inside).tolist()
    return Seam(ratios[0], min(ratios[1:]), max(ratios[1:]))
