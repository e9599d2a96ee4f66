"""Two frozen nets as one whose weights lie between theirs, at every place as far as is said there.

A convolution by weights between those of two nets is the mix of what both convolve, and so it may
be another mix at every pixel. After every convolution each channel is mended as in a net that lies
between both everywhere (`mixing`): where a share is the same all around, what is drawn is what that
net draws. Nothing is drawn twice and laid over another, so that nothing fades or doubles.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .architecture import KERNELS, SLOPE, Drop
from .frozen import FrozenPyramid
from .mixing import Mending, Mixture

STEPS = 8  # between two nets, at whose ends mendings are measured; in between they lie on lines


class Shares(NamedTuple):
    """Of the first net in every cell of a plane.

    share : (1,1,h,w)
    near : (1,h,w,STEPS+1), how near each is to every step: the sum is 1, and all but two are 0
    """

    share: Tensor
    near: Tensor

    @classmethod
    def of(cls, share: Tensor) -> "Shares":
        steps = torch.arange(STEPS + 1).to(share)
        return cls(share, (1 - (share[:, 0, :, :, None] * STEPS - steps).abs()).clamp(min=0))

    def under(self, features: Tensor) -> "Shares":
        """The part under features (1,C,h',w'), which are in the middle of the plane."""
        (above, beside), (height, width) = self.share.shape[-2:], features.shape[-2:]
        top, left = (above - height) // 2, (beside - width) // 2
        rows, columns = slice(top, top + height), slice(left, left + width)
        return Shares(self.share[..., rows, columns], self.near[:, rows, columns])


class VaryingPyramid(nn.Module):
    """Both nets of a mixture as one, whose last channel of noise is the share of the first.

    Where that is 1 or 0 as far as the net looks, pixels have the bits of one net alone; where it is
    so throughout, nothing else is computed.

    Parameters
    ----------
    mixture : of two nets, which are on one device
    """

    def __init__(self, mixture: Mixture):
        super().__init__()
        self.first, self.second = mixture.nets
        shape = self.first.architecture
        self.architecture = replace(shape, noise_channels=shape.noise_channels + 1)
        self.fine = self.first.fine
        self._tables = _tables(mixture)

    @property
    def output_weight(self) -> Tensor:
        """Where the nets are."""
        return self.first.output_weight

    def forward(self, noise: list[Tensor], drops: list[Drop]) -> Tensor:
        """Noise with its halo and shares behind it -> unclamped planes (1,P,h,w)."""
        noise, planes = [z[:, :-1] for z in noise], [z[:, -1:].float() for z in noise]
        for share, net in ((1, self.first), (0, self.second)):
            if all(bool((some == share).all()) for some in planes):
                return net(noise, drops)
        shape, deep = self.first.architecture, torch.empty(0)
        shares = [Shares.of(plane) for plane in planes]
        for scale, (own, drop) in enumerate(zip(noise, drops, strict=True)):
            own = own.contiguous(memory_format=torch.channels_last)
            if shape.branched(scale):
                own = self._layers(f"branch.{scale}", range(len(KERNELS)), own, shares[scale])
            if scale == 0:
                deep = own
                continue
            if shape.mixed:
                deep = self._layers(f"mix.{scale}", range(1), deep, shares[scale - 1])
            deep = self._body(scale, deep, own, drop, shares[scale])
        return self._mixed("output", shares[-1], lambda net: net.colours(deep))

    def _body(self, scale: int, deep: Tensor, own: Tensor, drop: Drop, share: Shares) -> Tensor:
        name = f"body.{scale}"
        joined = self._mixed(f"{name}.0", share, lambda net: net.joined(scale, deep, own, drop))
        joined = F.leaky_relu_(joined, SLOPE)
        return self._layers(name, range(1, len(KERNELS)), joined, share)

    def _layers(self, block: str, indices: range, x: Tensor, share: Shares) -> Tensor:
        for index in indices:
            made = self._convolved(f"{block}.{index}", x, share)
            x = F.leaky_relu_(made, SLOPE)
        return x

    def _convolved(self, name: str, x: Tensor, share: Shares) -> Tensor:
        return self._mixed(name, share, lambda net: net.convolved(name, x))

    def _mixed(self, name: str, share: Shares, made: Callable[[FrozenPyramid], Tensor]) -> Tensor:
        """What both nets make (1,C,h,w), mixed by their share under it and mended."""
        one, other = made(self.first), made(self.second)
        below = share.under(one)
        # (1,h,w,C) -> (1,C,h,w), channels last, as features lie
        scale, shift = (
            (below.near @ table.to(below.near)).permute(0, 3, 1, 2) for table in self._tables[name]
        )
        mix = other.float().lerp_(one.float(), below.share)
        return shift.addcmul_(mix, scale).to(one.dtype)


def _tables(mixture: Mixture) -> Mending:
    """{convolution: scales, shifts (STEPS+1,C)}, from the second net to the first."""
    places = [step / STEPS for step in range(1, STEPS)]
    between = [mixture.mending((place, 1 - place)) for place in places]
    tables = {}
    for name in between[0]:
        one = torch.ones_like(between[0][name][0])
        scales, shifts = zip(*(each[name] for each in between), strict=True)
        zero = torch.zeros_like(one)
        tables[name] = torch.stack([one, *scales, one]), torch.stack([zero, *shifts, zero])
    return tables
