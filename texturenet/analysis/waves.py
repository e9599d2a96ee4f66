"""An exemplar -> its strongest waves, and the square on which they close."""

import math

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..noise.waves import HIGHEST, LARGEST, Waves
from .regularity import detrend

WEAKEST = 0.05  # of the power of the strongest, and
FAINTEST = 1e-4  # of the range, which a wave has to exceed
SEEN = 512  # pixels a side to which a larger picture is shrunk
SHORTEST = 64  # pixels a side of a square that is tried, unless the picture is smaller
ENOUGH = 0.97  # of the power on the best square, which the smallest has that is taken


def waves_of(
    picture: Tensor, count: int, multiple: int, closing: int | None = None
) -> Waves | None:
    """The strongest waves of a picture (1,3,h,w), leaving out what is far weaker than the first.

    Parameters
    ----------
    count : the most of them
    multiple : of which the side of the square is one, on which they close
    closing : that side, where it is not to be sought: a torus that is trained on

    Returns
    -------
    None where there are none
    """
    if closing is not None:
        return _strongest(picture, closing, count)
    shrunk = math.ceil(min(picture.shape[-2:]) / SEEN)
    small = picture
    if shrunk > 1:
        size = [length // shrunk for length in picture.shape[-2:]]
        corner = picture[..., : size[0] * shrunk, : size[1] * shrunk]
        small = interpolate(corner, size, mode="area")
    found = _strongest(small, _closing(small, count, multiple), count)
    # The same numbers of cycles, on as many more pixels.
    return found and Waves(min(shrunk * found.torus, LARGEST), found.vectors)


def _closing(picture: Tensor, count: int, multiple: int) -> int:
    """The side of the smallest square on which about as much of the picture closes, in `count`
    waves, as on any."""
    most = max(multiple, min(picture.shape[-2:]))
    least = max(multiple, min(SHORTEST, most) // multiple * multiple)
    sides = range(least, most + 1, multiple)
    powers = [_powers(picture, side) for side in sides]
    sums = [power.flatten().topk(min(count, power.numel())).values.sum() for power in powers]
    enough = ENOUGH * max(sums)
    return next(side for side, power in zip(sides, sums, strict=True) if power >= enough)


def _strongest(picture: Tensor, torus: int, count: int) -> Waves | None:
    power = _powers(picture, torus)
    values, best = power.flatten().topk(min(count, power.numel()))
    best = best[values > max(WEAKEST * values[0].item(), FAINTEST**2)]
    if not len(best):
        return None
    down, right = best // power.shape[1], best % power.shape[1]
    down = (down + torus // 2) % torus - torus // 2
    return Waves(torus, tuple(zip(down.tolist(), right.tolist(), strict=True)))


def _powers(picture: Tensor, torus: int) -> Tensor:
    """The squared amplitudes of waves by whole cycles down and across a torus, in a picture
    (1,3,h,w), summed over colours: (torus,torus/2+1), of the two vectors of a wave one."""
    # Without the light: it would be the longest of them.
    flat = torch.stack([detrend(colour.double()) for colour in picture[0]])
    flat = flat - flat.mean((1, 2), keepdim=True)
    down, right = torch.fft.fftfreq(torus), torch.fft.rfftfreq(torus)
    rows, columns = (
        torch.exp(-2j * math.pi * torch.outer(line.double(), torch.arange(length).double()))
        for line, length in zip((down, right), flat.shape[1:], strict=True)
    )
    amplitudes = rows @ flat.to(rows.dtype) @ columns.T / flat[0].numel()
    power = amplitudes.abs().square().sum(0)
    power[down.abs() > HIGHEST] = 0
    power[:, right > HIGHEST] = 0
    power[torus // 2 :, 0] = 0  # what stands in the first column stands there twice
    power[0, 0] = 0  # the mean, which is left where whole tori do not fill the picture
    return power
