"""A net between frozen nets of one architecture: their weights, averaged, and mended.

Averaging alone loses contrast in every layer: channels of two nets are not the same, and the mean
of two that differ varies less. Each channel's mean and deviation are therefore set between those of
the nets, layer after layer, as Jordan et al. 2022 do ("REPAIR: REnormalizing Permuted Activations
for Interpolation Repair", arXiv 2211.08403, section 3). Differs from it: nothing is permuted, since
nets that grew from one start have their channels in one order. What is set is a scale and a shift
of each channel, which go into the convolution before it: a mixture is a `FrozenPyramid` as any.

Nets are measured on noise that is always the same, in float32 on the CPU.
"""

from collections.abc import Sequence
from functools import cached_property, reduce

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from ..noise.waves import Waves
from .frozen import FrozenPyramid
from .moments import Moments, Probe, measured, moments, probe, walk

MOST = 10.0  # times that a channel may be made stronger: more would be noise of one that is dead
# Steps between two nets, at whose ends a `Path` measures: with so many, its nets draw what exact
# mixtures draw, to less than a film of 250 frames changes in one of them (bench/morphing.py).
NODES = 32
Mending = dict[str, tuple[Tensor, Tensor]]  # {convolution: scale, shift of its outputs (C,)}


class Mixture:
    """Nets of one architecture, to be mixed in any shares.

    Parameters
    ----------
    nets : two or more, on any device; mixtures are on that of the first, in its precision
    law : of the noise, which all of them take (`noise.laws.LAWS`)
    waves : that stand behind the noise, the same for all of them

    Raises
    ------
    Refused : for nets of several architectures
    """

    def __init__(self, nets: Sequence[FrozenPyramid], law: str, waves: Waves | None = None):
        if len(nets) < 2:
            raise Refused(f"{len(nets)} net cannot be mixed: name two or more.")
        self.nets, self.shape = list(nets), nets[0].architecture
        self.law, self.waves = law, waves
        for net in nets[1:]:
            if net.architecture != self.shape:
                raise Refused(f"nets of {self.shape} and {net.architecture} cannot be mixed.")

    @cached_property
    def _probe(self) -> Probe:
        return probe(self.shape, self.law, self.waves)

    @cached_property
    def _given(self) -> list[dict[str, Tensor]]:
        return [{k: v.cpu() for k, v in net.weights().items()} for net in self.nets]

    @cached_property
    def _known(self) -> list[dict[str, Moments]]:
        return [measured(self.shape, weights, self._probe) for weights in self._given]

    def net(self, shares: Sequence[float]) -> FrozenPyramid:
        """The net with these shares of each, which sum to 1; of one alone that one itself."""
        self._check(shares)
        if 1 in shares:
            return self.nets[list(shares).index(1)]
        return self.folded(shares, self.mending(shares))

    @torch.no_grad()
    def mending(self, shares: Sequence[float]) -> Mending:
        """What the outputs of every convolution of the averaged net go through."""
        weights, mended = self._averaged(shares), {}

        def convolve(name: str, x: Tensor) -> Tensor:
            made = F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"])
            mended[name] = scale, shift = _towards(moments(made), self._wanted(name, shares))
            return torch.addcmul(shift.view(-1, 1, 1), made, scale.view(-1, 1, 1))

        walk(self.shape, self._probe, convolve)
        return mended

    @torch.no_grad()
    def folded(self, shares: Sequence[float], mending: Mending) -> FrozenPyramid:
        """The averaged net with a mending taken into its convolutions."""
        weights = self._averaged(shares)
        for name, (scale, shift) in mending.items():
            weights[f"{name}.weight"] *= scale.view(-1, 1, 1, 1)
            weights[f"{name}.bias"] = weights[f"{name}.bias"] * scale + shift
        first = self.nets[0]
        net = FrozenPyramid(self.shape, weights, first.fine)
        return net.to(first.output_weight.device)

    def _averaged(self, shares: Sequence[float]) -> dict[str, Tensor]:
        return {name: _sum(shares, [one[name] for one in self._given]) for name in self._given[0]}

    def _wanted(self, name: str, shares: Sequence[float]) -> Moments:
        parts = zip(*(known[name] for known in self._known), strict=True)
        mean, deviation = (_sum(shares, part) for part in parts)
        return Moments(mean, deviation)

    def _check(self, shares: Sequence[float]) -> None:
        sound = all(0 <= share <= 1 for share in shares)  # NaN is not
        if len(shares) != len(self.nets) or not sound or abs(sum(shares) - 1) > 1e-6:
            raise Refused(
                f"shares are {list(shares)}: {len(self.nets)} nets have one each, which sum to 1."
            )


class Path:
    """From one net to the next of two, for films: measured at NODES + 1 places, between which
    scales and shifts lie on lines. `net` then takes milliseconds, and changes evenly."""

    def __init__(self, mixture: Mixture):
        self.mixture = mixture
        self._nodes: dict[int, Mending] = {}

    def net(self, share: float) -> FrozenPyramid:
        """share: of the second net, 0 to 1; at both ends the nets themselves."""
        if not 0 < share < 1:
            return self.mixture.nets[int(share >= 1)]
        place = min(int(share * NODES), NODES - 1)
        first, second = (self._node(number) for number in (place, place + 1))
        far = share * NODES - place
        mending = {
            name: (torch.lerp(first[name][0], second[name][0], far),
                   torch.lerp(first[name][1], second[name][1], far))
            for name in first
        }  # fmt: skip
        return self.mixture.folded((1 - share, share), mending)

    def _node(self, number: int) -> Mending:
        if number not in self._nodes:
            share = number / NODES
            self._nodes[number] = self.mixture.mending((1 - share, share))
        return self._nodes[number]


def _towards(has: Moments, wanted: Moments) -> tuple[Tensor, Tensor]:
    """Scale and shift (C,) float32 that lead from some moments to others."""
    scale = (wanted.deviation / has.deviation.clamp(min=1e-12)).clamp(max=MOST)
    return scale.float(), (wanted.mean - scale * has.mean).float()


def _sum(shares: Sequence[float], parts: Sequence[Tensor]) -> Tensor:
    """Of so much of each."""
    first, *rest = (part * share for part, share in zip(parts, shares, strict=True))
    return reduce(torch.add, rest, first)
