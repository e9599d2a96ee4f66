"""Where the optimisation of a picture starts: noise (1,3,H,W), and pictures brought to a size."""

import torch
import torch.nn.functional as F
from torch import Tensor

from . import noise

Size = tuple[int, int]


def normal(size: Size, seed: int, scale: int, channels: int = 3) -> Tensor:
    """Standard normal noise (1,C,H,W) of the noise field, independent for each scale."""
    lines = (noise.address(0, length, None) for length in size)
    return noise.gaussian(noise.cells([seed], scale, *lines, channels, noise.STARTS))


def white(mean: Tensor, deviation: Tensor, size: Size, seed: int, scale: int) -> Tensor:
    """White noise of that mean and deviation, (3,1,1) each or numbers."""
    return mean + deviation * normal(size, seed, scale)


def random_phase(picture: Tensor, size: Size, seed: int, scale: int) -> Tensor:
    """A picture's correlations and nothing else: white noise convolved with it, of mean 0, which
    repeats without a seam (Galerne, Gousseau, Morel 2011, section III, "spot noise").

    The same noise for all colours keeps them correlated. Only the middle of a picture larger than
    `size` counts; a window takes away its borders, at which it would not be continuous.
    """
    spot = _middle(picture, size)
    spot = spot - spot.mean((2, 3), keepdim=True)
    rows, columns = (torch.hann_window(length, periodic=False) for length in spot.shape[-2:])
    window = torch.outer(rows, columns) if min(spot.shape[-2:]) > 2 else torch.ones(spot.shape[-2:])
    spot = spot * window / window.square().sum().sqrt()
    spot = F.pad(spot, (0, size[1] - spot.shape[-1], 0, size[0] - spot.shape[-2]))
    spectrum = torch.fft.rfft2(spot) * torch.fft.rfft2(normal(size, seed, scale, 1))
    return torch.fft.irfft2(spectrum, s=size)


def fine_band(picture: Tensor, coarser: Size) -> Tensor:
    """What a picture loses when it is brought down to a coarser size."""
    return picture - resized(resized(picture, coarser), tuple(picture.shape[-2:]))


def resized(picture: Tensor, size: Size, wraps: tuple[bool, bool] = (False, False)) -> Tensor:
    """A picture (1,3,H,W) brought up or down to a size, in [0,1].

    wraps: the axes (rows, columns) on which it repeats, and goes on doing so.
    """
    if tuple(picture.shape[-2:]) == tuple(size):
        return picture
    # Of three periods the middle one has neighbours on both sides.
    times = [3 if wrap else 1 for wrap in wraps]
    wide = [length * count for length, count in zip(size, times, strict=True)]
    picture = picture.repeat(1, 1, *times)
    picture = F.interpolate(picture, size=wide, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = (length if wrap else 0 for length, wrap in zip(size, wraps, strict=True))
    return picture[..., top : top + size[0], left : left + size[1]]


def _middle(picture: Tensor, size: Size) -> Tensor:
    for axis, most in zip((2, 3), size, strict=True):
        if (length := picture.shape[axis]) > most:
            picture = picture.narrow(axis, (length - most) // 2, most)
    return picture
