"""An exemplar -> the strongest waves of it that fit a torus, and how much they explain."""

import torch
from torch import Tensor

from ..noise.waves import HIGHEST, Waves
from .regularity import detrend

WEAKEST = 0.05  # of the power of the strongest, and
FAINTEST = 1e-4  # of the range, which a wave has to exceed


def strongest(picture: Tensor, torus: int, count: int) -> Waves | None:
    """Of a picture (1,3,h,w) that holds at least one torus: up to so many of the strongest that
    repeat with it, leaving out what is far weaker than the first; None where there are none."""
    # Without the light: it would fold to a saw.
    flat = torch.stack([detrend(colour.double()) for colour in picture[0]])
    folded = _folded(flat[None], torus)
    power = torch.fft.rfft2(folded - folded.mean((1, 2), keepdim=True)).abs().square().sum(0)
    power[torch.fft.fftfreq(torus).abs() > HIGHEST] = 0
    power[:, torch.fft.rfftfreq(torus) > HIGHEST] = 0
    power[torus // 2 :, 0] = 0  # what stands in the first column stands there twice
    values, best = power.flatten().topk(min(count, power.numel()))
    least = max(WEAKEST * values[0].item(), (FAINTEST * torus**2) ** 2)
    best = best[values > least]
    if not len(best):
        return None
    down, right = best // power.shape[1], best % power.shape[1]
    down = (down + torus // 2) % torus - torus // 2
    return Waves(torus, tuple(zip(down.tolist(), right.tolist(), strict=True)))


def periodic_share(picture: Tensor, torus: int) -> float:
    """How much of a picture's (1,3,h,w) variance repeats with a torus: about 0 for what does not,
    1 for what does exactly. It has to hold at least two tori."""
    height, width = (length // torus for length in picture.shape[-2:])
    if (count := height * width) < 2:
        raise ValueError(f"a picture of {tuple(picture.shape[-2:])} holds {count} tori of {torus}")
    part = picture[0, :, : height * torus, : width * torus]
    part = part - part.mean((1, 2), keepdim=True)
    whole, kept = part.square().mean(), _folded(part[None], torus).square().mean()
    # The mean of independent tori keeps the part 1/count of their variance.
    return ((kept - whole / count) / (whole * (1 - 1 / count)).clamp(min=1e-12)).item()


def _folded(picture: Tensor, torus: int) -> Tensor:
    """The mean of its tori (3,torus,torus)."""
    height, width = (length // torus * torus for length in picture.shape[-2:])
    tori = picture[0, :, :height, :width].unflatten(1, (-1, torus)).unflatten(3, (-1, torus))
    return tori.mean((1, 3))
