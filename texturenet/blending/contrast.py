"""What a mix of independent textures loses of their contrast, and how it is given back."""

import torch
from torch import Tensor

from ..imaging import luminance

STRENGTHS = torch.linspace(0, 2, 17).tolist()
RINGS = 6  # octaves of the spectrum that are looked at, from half a cycle a pixel down


def kept(planes: list[Tensor], seen: Tensor, means: list[Tensor], strength: float = 1.0) -> Tensor:
    """Planes (P,h,w) of each net, mixed by what is seen of it (N,h,w), with more contrast where
    more than one is seen.

    Around its mean a mix of N independent textures has the variance of one times the sum of the
    squares of the shares; by its root the mix is divided (E. Heitz, F. Neyret 2018,
    "High-Performance By-Example Noise using a Histogram-Preserving Blending Operator", section 3).
    Differs from it: what that changes is multiplied by `strength`, since what is seen is chosen by
    its height, and not independent of it.
    """
    mixed = torch.stack([share * one for share, one in zip(seen, planes, strict=True)]).sum(0)
    middle = torch.stack([share * mean for share, mean in zip(seen, means, strict=True)]).sum(0)
    gain = strength * (seen.square().sum(0).rsqrt() - 1)  # exactly 0 where one net is alone
    return torch.addcmul(mixed, gain, mixed - middle)


def strength_of(planes: list[Tensor], seen: Tensor, means: list[Tensor]) -> float:
    """The strength with which the contrast of a mix lies between those of its textures in every
    octave, or misses that by least.

    planes, seen, means : as of `kept`, of a window in which all nets have one share everywhere
    """
    ends = torch.stack([_energies(one) for one in planes])  # (N,RINGS)
    low, high = ends.amin(0).log(), ends.amax(0).log()

    def missed(strength: float) -> float:
        made = _energies(kept(planes, seen, means, strength)).log()
        return float(torch.maximum(made - high, low - made).amax())

    return min(STRENGTHS, key=missed)


def _energies(planes: Tensor) -> Tensor:
    """Mean power of luminance (3,h,w) in every octave of frequencies (RINGS,), fine to coarse."""
    light = luminance(planes[None])[0, 0].float()
    height, width = light.shape
    taper = torch.outer(torch.hann_window(height), torch.hann_window(width)).to(light)
    power = torch.fft.fft2((light - light.mean()) * taper).abs().square()
    down, right = (torch.fft.fftfreq(side, device=light.device) for side in (height, width))
    octave = -torch.log2(2 * torch.hypot(down[:, None], right).clamp(min=1e-6)).floor() - 1
    return torch.stack([power[octave == ring].mean() for ring in range(RINGS)]).clamp(min=1e-12)
