"""What passes between the layers of a frozen net: the mean and deviation of every channel.

A net is walked through layer by layer on windows of noise: z_k (B,C_z,h_k,w_k) coarse to fine.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..noise import philox
from ..noise.laws import LAWS
from ..noise.waves import Waves
from .architecture import KERNELS, SLOPE, Architecture, Drop

WINDOWS, SIDE = 4, 128  # that nets are measured on, and pixels a side
# (name of a convolution, its input) -> its output, before the LeakyReLU
Convolve = Callable[[str, Tensor], Tensor]
Told = Callable[[str, Tensor], None]  # (name of a join, the noise or branch that goes in there)


class Probe(NamedTuple):
    """Noise that nets are measured on, and what they drop of it (`Architecture.spans`)."""

    noise: list[Tensor]
    drops: list[Drop]


class Moments(NamedTuple):
    """Of each channel, (C,) float64 each."""

    mean: Tensor
    deviation: Tensor


def probe(shape: Architecture, law: str, waves: Waves | None) -> Probe:
    """WINDOWS windows of SIDE pixels, always the same, of a stream that nothing else draws from."""
    seeds, spans, noise = list(range(WINDOWS)), shape.spans(0, SIDE), []
    for scale, span in enumerate(spans):
        line = philox.address(span.start, span.length, None)
        channels = shape.noise_channels - (waves.channels if waves else 0)
        z = LAWS[law](philox.cells(seeds, scale, line, line, channels, philox.MIXTURES))
        if waves:
            whose = waves.pictures(seeds, philox.MIXTURES)
            z = torch.cat([z, waves.beside(line, line, shape.cell(scale), whose)], 1)
        noise.append(z)  # (B,C_z,h,w)
    return Probe(noise, [(span.drop, span.drop) for span in spans])


def walk(shape: Architecture, given: Probe, convolve: Convolve, told: Told | None = None) -> None:
    """All convolutions of a net in the order in which it applies them, and its joins.

    convolve : (name, input) -> output before the LeakyReLU, of a valid convolution
    told : (join name, values) of what enters each join: `join_deep.k` the coarser features before
        they are upsampled, `join_noise.k` what stands beside them; k from 1
    """
    deep: Tensor | None = None
    for scale, (own, (top, left)) in enumerate(zip(given.noise, given.drops, strict=True)):
        if shape.branched(scale):
            own = _block(f"branch.{scale}", own, convolve)
        if deep is not None:
            if shape.mixed:
                deep = F.leaky_relu(convolve(f"mix.{scale}.0", deep), SLOPE)
            if told:
                told(f"join_deep.{scale}", deep)
                told(f"join_noise.{scale}", own)
            large = F.interpolate(deep, scale_factor=2.0, mode="nearest")
            large = large[..., top:, left:][..., : own.shape[-2], : own.shape[-1]]
            own = _block(f"body.{scale}", torch.cat([large, own], 1), convolve)
        deep = own
        if shape.heads or scale == shape.scales - 1:
            convolve(shape.head(scale), deep)


def _block(name: str, x: Tensor, convolve: Convolve) -> Tensor:
    for index in range(len(KERNELS)):
        x = F.leaky_relu(convolve(f"{name}.{index}", x), SLOPE)
    return x


def moments(values: Tensor) -> Moments:
    """Of the channels of (B,C,h,w)."""
    channels = values.double().transpose(0, 1).flatten(1)  # (C,Bhw)
    return Moments(channels.mean(1), channels.std(1, correction=0))


@torch.no_grad()
def measured(
    shape: Architecture, weights: Mapping[str, Tensor], given: Probe
) -> dict[str, Moments]:
    """{convolution: moments of its output, its bias included; join: of what enters it}."""
    found: dict[str, Moments] = {}

    def convolve(name: str, x: Tensor) -> Tensor:
        made = F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"])
        found[name] = moments(made)
        return made

    def told(name: str, values: Tensor) -> None:
        found[name] = moments(values)

    walk(shape, given, convolve, told)
    return found
