"""The pyramid as it is released: noise z = [z_1 .. z_K] -> picture (B,3,H,W) by plain convolutions.

Ulyanov et al. 2016, section 4.1 and the authors' models/pyramid.lua (branch texture_nets_v1): per
scale conv3-conv3-conv1, joined coarse to fine by nearest x2 upsampling and concatenation. z_k is
(B,C_z,h_k,w_k). A pixel depends on the noise under it and on nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .errors import Refused

SLOPE = 0.01  # LeakyReLU of torch7, the authors' default
KERNELS = (3, 3, 1)  # one block
BLOCK_HALO = sum(kernel // 2 for kernel in KERNELS)
# Beyond these a net is no texture net any more, and a file that claims it is hostile.
LARGEST = {"scales": 12, "step": 256, "noise_channels": 64}


@dataclass(frozen=True)
class Architecture:
    """How many scales K, channels added per scale, and noise channels per scale."""

    scales: int
    step: int
    noise_channels: int

    def __post_init__(self):
        for name, most in LARGEST.items():
            if type(value := getattr(self, name)) is not int or not 1 <= value <= most:
                raise Refused(f"{name} is {value!r}: it must lie between 1 and {most}.")

    @property
    def coarsest(self) -> int:
        """Pixels under one cell of the coarsest scale; periodic sizes are multiples of it."""
        return self.cell(0)

    def cell(self, scale: int) -> int:
        """Pixels under one cell of scale 0 (coarsest) .. K-1 (finest), a side."""
        return 2 ** (self.scales - 1 - scale)

    def check_period(self, what: str, length: int) -> None:
        """Refuse a periodic length that is no whole number of coarsest cells, with the nearest."""
        if length % self.coarsest:
            below = length // self.coarsest * self.coarsest
            near = f"{below} and {below + self.coarsest}" if below else f"{self.coarsest}"
            raise Refused(
                f"{what} {length} is not a multiple of {self.coarsest} ({self.scales} scales); "
                f"nearest: {near}."
            )

    def width(self, scale: int) -> int:
        """Channels that leave scale 0 (coarsest) .. K-1 (finest)."""
        return self.step * (scale + 1)

    def convolutions(self) -> Iterator[tuple[str, int, int, int]]:
        """(name, channels in, channels out, kernel) of every convolution, coarse to fine."""
        for scale in range(self.scales):
            yield from self._block(f"branch.{scale}", self.noise_channels, self.step)
            if scale:
                yield from self._block(f"body.{scale}", self.width(scale), self.width(scale))
        yield "output", self.width(self.scales - 1), 3, 1

    @staticmethod
    def _block(name: str, channels: int, width: int) -> Iterator[tuple[str, int, int, int]]:
        for index, kernel in enumerate(KERNELS):
            yield f"{name}.{index}", width if index else channels, width, kernel


class _Wrap(torch.autograd.Function):
    """One pixel of circular padding; its gradient is faster than torch's own (bench/layers.py)."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return F.pad(x, (1, 1, 1, 1), mode="circular")

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        # What a border copied is added back to where it was copied from: rows, then columns.
        rows = gradient[..., 1:-1, :].clone()
        rows[..., 0, :] += gradient[..., -1, :]
        rows[..., -1, :] += gradient[..., 0, :]
        inside = rows[..., 1:-1].contiguous()
        inside[..., 0] += rows[..., -1]
        inside[..., -1] += rows[..., 0]
        return inside


def wrap(x: Tensor, kernel: int) -> Tensor:
    """Pad so that a convolution of this kernel (1 or 3) sees a torus."""
    return _Wrap.apply(x) if kernel > 1 else x


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, *, periodic: bool) -> Tensor:
    """A convolution, valid or on a torus. Of one pixel it is a product of matrices, which torch
    makes, and differentiates, faster than its own 1x1 convolution on a CPU (bench/layers.py)."""
    if (kernel := weight.shape[-1]) > 1:
        return F.conv2d(wrap(x, kernel) if periodic else x, weight, bias)
    matrices = weight.flatten(1).expand(len(x), -1, -1)  # (B,O,I); as one matrix, x would be copied
    mixed = torch.bmm(matrices, x.flatten(2)).unflatten(2, x.shape[2:])  # (B,O,H,W)
    return mixed if bias is None else mixed + bias.to(mixed.dtype).view(-1, 1, 1)


def fold_block(
    name: str, block: list[tuple[Tensor, Tensor]], joined: list[Tensor] | None = None
) -> dict[str, Tensor]:
    """(weight, bias) of a block's convolutions, named; with the affine map that its input goes
    through, as (scale, shift) per channel, taken into the first of them."""
    weights = {}
    for index, (weight, bias) in enumerate(block):
        if joined and not index:
            scale, shift = joined
            bias = bias + torch.einsum("oikl,i->o", weight, shift)
            weight = weight * scale.view(1, -1, 1, 1)
        weights |= {f"{name}.{index}.weight": weight, f"{name}.{index}.bias": bias}
    return weights


@dataclass(frozen=True)
class Span:
    """What one scale needs along one axis: cells from `start`, `length` of them, and the pixels
    to drop in front once the coarser scale has been upsampled."""

    start: int
    length: int
    drop: int


def spans(scales: int, start: int, length: int) -> list[Span]:
    """Cells of every scale, coarse to fine, under pixels start .. start+length-1 and their halo."""
    found = []
    low, high = start, start + length
    for scale in reversed(range(scales)):
        if scale == 0:
            found.append(Span(low - BLOCK_HALO, high - low + 2 * BLOCK_HALO, 0))
            break
        low, high = low - BLOCK_HALO, high + BLOCK_HALO
        # Floor division is right for negative places too.
        found.append(Span(low - BLOCK_HALO, high - low + 2 * BLOCK_HALO, low % 2))
        low, high = low // 2, -(-high // 2)
    return found[::-1]


class FrozenPyramid(nn.Module):
    """Plain convolutions: the released net. Weights are float32, named as in `Architecture`."""

    def __init__(self, architecture: Architecture, weights: dict[str, Tensor]):
        super().__init__()
        self.architecture = architecture
        for name, channels, out, kernel in architecture.convolutions():
            for part, shape in (("weight", (out, channels, kernel, kernel)), ("bias", (out,))):
                tensor = weights[f"{name}.{part}"]
                if tuple(tensor.shape) != shape:
                    raise Refused(f"{name}.{part} has shape {tuple(tensor.shape)}, not {shape}.")
                self.register_buffer(_attribute(name, part), tensor.contiguous())

    def weights(self) -> dict[str, Tensor]:
        return {
            f"{name}.{part}": getattr(self, _attribute(name, part))
            for name, *_ in self.architecture.convolutions()
            for part in ("weight", "bias")
        }

    def _conv(self, x: Tensor, name: str, periodic: bool) -> Tensor:
        weight, bias = (getattr(self, _attribute(name, part)) for part in ("weight", "bias"))
        return convolve(x, weight, bias, periodic=periodic)

    def _block(self, x: Tensor, name: str, periodic: bool) -> Tensor:
        for index in range(len(KERNELS)):
            x = F.leaky_relu_(self._conv(x, f"{name}.{index}", periodic), SLOPE)
        return x

    def forward(self, noise: list[Tensor], drops: list[tuple[int, int]] | None = None) -> Tensor:
        """Noise -> unclamped RGB (B,3,H,W).

        With `drops`, one (row, column) per scale from `spans`, the noise carries its halo and
        convolutions are valid. Without, the noise is one whole torus and convolutions wrap.
        """
        periodic = drops is None
        x = self._block(noise[0], "branch.0", periodic)
        for scale in range(1, self.architecture.scales):
            branch = self._block(noise[scale], f"branch.{scale}", periodic)
            deep = F.interpolate(x, scale_factor=2.0, mode="nearest")
            if drops:
                top, left = drops[scale]
                deep = deep[..., top:, left:][..., : branch.shape[-2], : branch.shape[-1]]
            joined = torch.cat([deep, branch], dim=1)  # (B, step k + step, h, w)
            x = self._block(joined, f"body.{scale}", periodic)
        return self._conv(x, "output", periodic)


def _attribute(name: str, part: str) -> str:
    return f"{name}.{part}".replace(".", "_")  # buffers cannot have dots in their names
