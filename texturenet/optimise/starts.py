"""Where the optimisation of a picture starts: two kinds of noise (1,3,H,W)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..noise.laws import normal
from ..types import Size


def white(mean: Tensor, deviation: Tensor, size: Size, seed: int, scale: int) -> Tensor:
    """White Gaussian noise (1,3,H,W).

    Parameters
    ----------
    mean, deviation : (3,1,1) each, or numbers
    size : (height, width)
    seed, scale : of the noise field; other scales are independent
    """
    return mean + deviation * normal(size, seed, scale)


def random_phase(picture: Tensor, size: Size, seed: int, scale: int) -> Tensor:
    """White noise convolved with a picture: its correlations and nothing else (Galerne, Gousseau,
    Morel 2011, "Random phase textures", section III).

    All colours are convolved with the same noise, which keeps them correlated. Only the middle of a
    picture larger than `size` counts; a window removes the jump at its borders.

    Parameters
    ----------
    picture : (1,3,h,w) in [0,1]
    size : (height, width)
    seed, scale : of the noise field

    Returns
    -------
    (1,3,H,W) of mean 0, which repeats without a seam
    """
    spot = _middle(picture, size)
    spot = spot - spot.mean((2, 3), keepdim=True)
    rows, columns = (torch.hann_window(length, periodic=False) for length in spot.shape[-2:])
    window = torch.outer(rows, columns) if min(spot.shape[-2:]) > 2 else torch.ones(spot.shape[-2:])
    spot = spot * window / window.square().sum().sqrt()
    spot = F.pad(spot, (0, size[1] - spot.shape[-1], 0, size[0] - spot.shape[-2]))
    spectrum = torch.fft.rfft2(spot) * torch.fft.rfft2(normal(size, seed, scale, 1))
    return torch.fft.irfft2(spectrum, s=size)


def _middle(picture: Tensor, size: Size) -> Tensor:
    """(1,3,h,w), no larger than the size."""
    for axis, most in zip((2, 3), size, strict=True):
        if (length := picture.shape[axis]) > most:
            picture = picture.narrow(axis, (length - most) // 2, most)
    return picture
