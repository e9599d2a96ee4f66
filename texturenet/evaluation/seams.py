"""Does a tile show where it begins? Pictures (3,H,W) -> the seam against the lines inside."""

from typing import NamedTuple

from torch import Tensor

AXES = {"y": 1, "x": 2}  # along which a tile repeats, as an axis of the picture


class Seam(NamedTuple):
    """Mean absolute step across the wrap over that across the lines inside, and how these spread:
    a ratio between least and most is no seam."""

    ratio: float
    least: float
    most: float

    @property
    def hidden(self) -> bool:
        return self.least <= self.ratio <= self.most


def seam(picture: Tensor, axis: str) -> Seam:
    """Of the wrap along an axis, "x" or "y". The picture has at least 3 pixels along it."""
    steps = (picture - picture.roll(1, AXES[axis])).abs()
    lines = steps.mean(dim=[d for d in range(3) if d != AXES[axis]])
    inside = lines[1:].mean()
    ratios = (lines / inside).tolist()
    return Seam(ratios[0], min(ratios[1:]), max(ratios[1:]))
