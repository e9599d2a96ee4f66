"""How a picture lies: along which lines, and whether it is the same upside down.

Grass seen from above and grain of wood are. What is lit from one side, or overlaps one way, is not:
steps up are steeper than steps down. Half a turn changes the sign of every difference between
neighbours, so the skewness of these differences says it.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance

STEPS = (0, 1), (1, 0), (1, 1), (1, -1)  # of neighbours, rows and columns
BLURS = (1, 2, 4)  # pixels a side that are averaged
PARTS = 4  # a side, that are looked at one by one: what only some of them show is chance
SKEWED, SURE = 0.25, 3.0  # the least skewness that counts, and how many of its own errors it is


def same_upside_down(picture: Tensor) -> bool:
    """Of a picture (1,3,H,W)."""
    grey = luminance(picture.float())
    for blur in BLURS:
        averaged = F.avg_pool2d(grey, blur)[0, 0] if blur > 1 else grey[0, 0]
        if any(_skewed(averaged, step) for step in STEPS):
            return False
    return True


def _skewed(grey: Tensor, step: tuple[int, int]) -> bool:
    down, right = step
    moved = torch.roll(grey, (down, right), (0, 1)) - grey
    inside = moved[1:, 1:-1]
    scale = inside.square().mean().sqrt().clamp(min=1e-6)
    cubes = (inside / scale) ** 3
    parts = [part.mean() for row in cubes.chunk(PARTS, 0) for part in row.chunk(PARTS, 1)]
    means = torch.stack(parts)
    error = means.std() / len(parts) ** 0.5
    return bool(means.mean().abs() > SKEWED and means.mean().abs() > SURE * error)


def grain_of(picture: Tensor) -> float:
    """Degrees, anticlockwise from the right, 0 to 180, of the lines of a picture (3,H,W): across
    them it changes most, in the mean of squares."""
    grey = luminance(picture[None])[0, 0]
    # Differences over two pixels, at the same places.
    down = (grey[2:, 1:-1] - grey[:-2, 1:-1]).double()
    right = (grey[1:-1, 2:] - grey[1:-1, :-2]).double()
    double = torch.atan2(2 * (down * right).mean(), (right.square() - down.square()).mean())
    # That is the direction of change, downwards being positive.
    return (90 - math.degrees(float(double)) / 2) % 180
