"""The pyramid: noise z = [z_1 .. z_K], coarse to fine, each (B,C_z,h_k,w_k) -> picture (B,3,H,W).

Ulyanov et al. 2016, section 4.1 and the authors' models/pyramid.lua (branch texture_nets_v1):
per scale conv3-conv3-conv1, joined coarse to fine by nearest x2 upsampling and concatenation.
`PyramidGenerator` is trained; `freeze` folds its normalisation away into a `FrozenPyramid`, whose
pixels depend on the noise under them and on nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.01  # LeakyReLU of torch7, the authors' default
KERNELS = (3, 3, 1)  # one block
BLOCK_HALO = sum(kernel // 2 for kernel in KERNELS)


@dataclass(frozen=True)
class Architecture:
    """How many scales K, channels added per scale, and noise channels per scale."""

    scales: int
    step: int
    noise_channels: int

    def __post_init__(self):
        for name in ("scales", "step", "noise_channels"):
            if not isinstance(value := getattr(self, name), int) or value < 1:
                raise ValueError(f"{name} is {value!r}: it must be a whole number of at least 1")

    @property
    def coarsest(self) -> int:
        """Pixels under one cell of the coarsest scale; periodic sizes are multiples of it."""
        return 2 ** (self.scales - 1)

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


def wrap(x: Tensor, kernel: int) -> Tensor:
    """Pad so that a convolution of this kernel sees a torus."""
    margin = kernel // 2
    return F.pad(x, (margin,) * 4, mode="circular") if margin else x


class Norm(nn.Module):
    """Normalise channels by the statistics of each sample, or by stored ones once `fixed`.

    Statistics of the sample train best (Ulyanov et al. 2017, section 3) but make a pixel depend
    on the whole picture; `measure` stores the statistics of the batch at hand for good.
    """

    def __init__(self, channels: int, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))
        self.eps, self.mode = eps, "sample"

    def affine(self) -> tuple[Tensor, Tensor]:
        """The stored statistics as y = x * scale + shift, per channel."""
        scale = self.weight * torch.rsqrt(self.var + self.eps)
        return scale, self.bias - self.mean * scale

    @torch.no_grad()
    def measure(self, x: Tensor) -> None:
        var, mean = torch.var_mean(x.float(), dim=(0, 2, 3), correction=0)
        self.mean.copy_(mean)
        self.var.copy_(var)

    def forward(self, x: Tensor) -> Tensor:
        if self.mode == "sample":
            return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)
        if self.mode == "measure":
            self.measure(x)
        scale, shift = (part.to(x.dtype).view(-1, 1, 1) for part in self.affine())
        return torch.addcmul(shift, x, scale)


class ConvBlock(nn.Module):
    """Convolution, normalisation, LeakyReLU; on a torus."""

    def __init__(self, channels: int, width: int, kernel: int):
        super().__init__()
        self.kernel = kernel
        # torch7's default, U(+-1/sqrt(fan in)); the norm's bias makes one here needless.
        bound = (channels * kernel**2) ** -0.5
        self.weight = nn.Parameter(torch.empty(width, channels, kernel, kernel).uniform_(-bound, bound))
        self.norm = Norm(width)

    def folded(self) -> tuple[Tensor, Tensor]:
        scale, shift = self.norm.affine()
        return self.weight * scale.view(-1, 1, 1, 1), shift

    def forward(self, x: Tensor) -> Tensor:
        x = wrap(x, self.kernel)
        if self.norm.mode == "fixed":
            return F.leaky_relu_(F.conv2d(x, *self.folded()), SLOPE)
        return F.leaky_relu_(self.norm(F.conv2d(x, self.weight)), SLOPE)


class PyramidGenerator(nn.Module):
    """The net in training: circular, so that every sample is a torus, with a Norm at each layer."""

    def __init__(self, architecture: Architecture):
        super().__init__()
        self.architecture = shape = architecture
        blocks: dict[str, list[ConvBlock]] = {}
        *hidden, (_, width, colours, _) = shape.convolutions()
        for name, channels, out, kernel in hidden:
            blocks.setdefault(name.rsplit(".", 1)[0], []).append(ConvBlock(channels, out, kernel))
        scales = range(shape.scales)
        self.branch = nn.ModuleList(nn.Sequential(*blocks[f"branch.{k}"]) for k in scales)
        self.body = nn.ModuleList(nn.Sequential(*blocks[f"body.{k}"]) for k in scales[1:])
        # Both sides of a join are normalised, so that neither drowns the other (pyramid.lua).
        self.join_deep = nn.ModuleList(Norm(shape.width(k - 1)) for k in scales[1:])
        self.join_noise = nn.ModuleList(Norm(shape.step) for _ in scales[1:])
        self.output = nn.Conv2d(width, colours, 1)

    def forward(self, noise: list[Tensor]) -> Tensor:
        """z coarse to fine, each (B,C_z,h_k,w_k) with sides doubling -> unclamped RGB (B,3,H,W)."""
        x = self.branch[0](noise[0])
        steps = zip(noise[1:], self.branch[1:], self.body, self.join_deep, self.join_noise, strict=True)
        for z, branch, body, join_deep, join_noise in steps:
            # Normalising before the upsampling gives the same numbers for a quarter of the work.
            deep = F.interpolate(join_deep(x), scale_factor=2.0, mode="nearest")
            x = body(torch.cat([deep, join_noise(branch(z))], dim=1))  # (B, 8(k-1) + 8, h, w)
        return self.output(x)

    def norms(self) -> list[Norm]:
        return [module for module in self.modules() if isinstance(module, Norm)]

    def set_norms(self, mode: str) -> None:
        """'sample' statistics, 'measure' those of the next forward pass, or stay with the 'fixed'."""
        for norm in self.norms():
            norm.mode = mode

    @torch.no_grad()
    def calibrate(self, noise: list[Tensor]) -> None:
        """Store the statistics that these samples have together, and normalise by them from now on."""
        self.set_norms("measure")
        try:
            self(noise)
        finally:
            self.set_norms("fixed")

    @torch.no_grad()
    def freeze(self) -> "FrozenPyramid":
        """The same function, once calibrated, as plain convolutions."""
        frozen = {"output.weight": self.output.weight, "output.bias": self.output.bias}
        for scale in range(self.architecture.scales):
            frozen |= fold_block(f"branch.{scale}", [layer.folded() for layer in self.branch[scale]])
            if scale:
                deep, noise = self.join_deep[scale - 1].affine(), self.join_noise[scale - 1].affine()
                joined = [torch.cat(parts) for parts in zip(deep, noise, strict=True)]
                body = [layer.folded() for layer in self.body[scale - 1]]
                frozen |= fold_block(f"body.{scale}", body, joined)
        return FrozenPyramid(self.architecture, {k: v.detach().float() for k, v in frozen.items()})


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
    """Cells of every scale, coarse to fine, under pixels start .. start+length-1 with their halo."""
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
                    raise ValueError(f"{name}.{part} has shape {tuple(tensor.shape)}, not {shape}")
                self.register_buffer(_attribute(name, part), tensor.contiguous())

    def weights(self) -> dict[str, Tensor]:
        return {
            f"{name}.{part}": getattr(self, _attribute(name, part))
            for name, *_ in self.architecture.convolutions()
            for part in ("weight", "bias")
        }

    def _conv(self, x: Tensor, name: str, periodic: bool) -> Tensor:
        weight, bias = (getattr(self, _attribute(name, part)) for part in ("weight", "bias"))
        return F.conv2d(wrap(x, weight.shape[-1]) if periodic else x, weight, bias)

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
            x = self._block(torch.cat([deep, branch], dim=1), f"body.{scale}", periodic)
        return self._conv(x, "output", periodic)


def _attribute(name: str, part: str) -> str:
    return f"{name}.{part}".replace(".", "_")  # buffers cannot have dots in their names
