"""Pictures between the pixels of a picture: a window (1,3,h,w) shifted by a fraction of a pixel.

Noise cannot be shifted by a fraction without losing its law, so the picture is. Bilinear weights
would blur a picture more the nearer it is to halfway, which flickers when it moves; a windowed sinc
passes nearly all frequencies alike.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

LOBES = 8  # of the sinc on each side; 2 LOBES pixels a side are read
BETA = 4.0  # of the Kaiser window


def taps(fraction: float) -> Tensor:
    """Weights of pixels -LOBES+1 .. LOBES for the place `fraction`, 0 <= fraction < 1."""
    place = torch.arange(-LOBES + 1, LOBES + 1, dtype=torch.float64) - fraction
    inside = (1 - (place / LOBES).square()).clamp(min=0).sqrt()
    weights = torch.sinc(place) * torch.i0(BETA * inside)
    return (weights / weights.sum()).float()


def shifted(
    window: Callable[[tuple[int, int], tuple[int, int]], Tensor],
    size: tuple[int, int],
    place: tuple[int, int],
    fraction: tuple[float, float],
) -> Tensor:
    """A window at place + fraction (rows, columns), from a function of windows at whole places."""
    if not any(fraction):
        return window(size, place)
    margin = LOBES - 1
    larger = (size[0] + 2 * LOBES - 1, size[1] + 2 * LOBES - 1)
    pixels = window(larger, (place[0] - margin, place[1] - margin))
    down, right = (taps(part).to(pixels.device) for part in fraction)
    colours = pixels.transpose(0, 1)  # (3,1,h,w): each colour alone
    colours = F.conv2d(F.conv2d(colours, down.view(1, 1, -1, 1)), right.view(1, 1, 1, -1))
    return colours.transpose(0, 1)
