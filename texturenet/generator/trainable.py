"""The pyramid while it is trained: noise z = [z_1 .. z_K], coarse to fine -> picture (B,3,H,W).

`PyramidGenerator` has a norm after every convolution; `freeze` folds them into a `FrozenPyramid`.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .architecture import SLOPE, Architecture
from .frozen import FrozenPyramid, fold_block


class _Wrap(torch.autograd.Function):
    """One pixel of circular padding; its gradient is faster than torch's own (bench/layers.py)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return F.pad(x, (1, 1, 1, 1), mode="circular")

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        # What a border copied is added back to where it was copied from: rows, then columns.
        rows = gradient[..., 1:-1, :].clone()
        rows[..., 0, :] += gradient[..., -1, :]
        rows[..., -1, :] += gradient[..., 0, :]
        inside = rows[..., 1:-1].contiguous()
        inside[..., 0] += rows[..., -1]
        inside[..., -1] += rows[..., 0]
        return inside


def pad_torus(x: Tensor, kernel: int) -> Tensor:
    """Pad so that a convolution of this kernel (1 or 3) sees a torus."""
    return _Wrap.apply(x) if kernel > 1 else x


def conv_torus(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A convolution on a torus. Of one pixel it is a product of matrices, which torch
    makes, and differentiates, faster than its own 1x1 convolution on a CPU (bench/layers.py)."""
    if (kernel := weight.shape[-1]) > 1:
        return F.conv2d(pad_torus(x, kernel), weight, bias)
    matrices = weight.flatten(1).expand(len(x), -1, -1)  # (B,O,I); as one matrix, x would be copied
    mixed = torch.bmm(matrices, x.flatten(2)).unflatten(2, x.shape[2:])  # (B,O,H,W)
    return mixed if bias is None else mixed + bias.to(mixed.dtype).view(-1, 1, 1)


class Norm(nn.Module):
    """Normalise channels by the statistics of each sample, or by stored ones once `fixed`.

    Statistics of the sample (instance normalisation, Ulyanov et al. 2017) are what is trained with;
    they make a pixel depend on the whole picture. `measure` stores those of a batch for good.
    """

    mean: Tensor  # (C,), stored
    var: Tensor

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
        """Store mean and variance of each channel of a batch (B,C,h,w)."""
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
        # torch7's default, U(+-1/sqrt(fan in)); the norm's bias makes one here needless.
        bound = (channels * kernel**2) ** -0.5
        self.weight = nn.Parameter(
            torch.empty(width, channels, kernel, kernel).uniform_(-bound, bound)
        )
        self.norm = Norm(width)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of one convolution that does the same as this and its fixed norm."""
        scale, shift = self.norm.affine()
        return self.weight * scale.view(-1, 1, 1, 1), shift

    def forward(self, x: Tensor) -> Tensor:
        if self.norm.mode == "fixed":
            return F.leaky_relu_(conv_torus(x, *self.folded()), SLOPE)
        return F.leaky_relu_(self.norm(conv_torus(x, self.weight, None)), SLOPE)


class PyramidGenerator(nn.Module):
    """The net in training: circular, so that every sample is a torus, with a Norm at each layer."""

    calibrated: Tensor  # whether the norms hold stored statistics

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
        self.register_buffer("calibrated", torch.tensor(False))

    def forward(self, noise: list[Tensor]) -> Tensor:
        """z coarse to fine, each (B,C_z,h_k,w_k) with sides doubling -> unclamped RGB (B,3,H,W)."""
        x = self.branch[0](noise[0])
        steps = zip(
            noise[1:], self.branch[1:], self.body, self.join_deep, self.join_noise, strict=True
        )
        for z, branch, body, join_deep, join_noise in steps:
            # Normalising before the upsampling gives the same numbers for a quarter of the work.
            deep = F.interpolate(join_deep(x), scale_factor=2.0, mode="nearest")
            x = body(torch.cat([deep, join_noise(branch(z))], dim=1))  # (B, step k + step, h, w)
        return conv_torus(x, self.output.weight, self.output.bias)

    def norms(self) -> list[Norm]:
        return [module for module in self.modules() if isinstance(module, Norm)]

    def set_norms(self, mode: str) -> None:
        """'sample' statistics, 'measure' those of the next pass, or stay with the 'fixed'."""
        for norm in self.norms():
            norm.mode = mode

    def resume_norms(self) -> None:
        """After loading a state: normalise as the net did when it was saved."""
        self.set_norms("fixed" if self.calibrated else "sample")

    @torch.no_grad()
    def calibrate(self, noise: list[Tensor]) -> None:
        """Store the statistics that these samples have together; they hold from now on."""
        self.set_norms("measure")
        try:
            self(noise)
        finally:
            self.set_norms("fixed")
        self.calibrated.fill_(True)

    @torch.no_grad()
    def freeze(self) -> "FrozenPyramid":
        """The same function, once calibrated, as plain convolutions."""
        frozen = {"output.weight": self.output.weight, "output.bias": self.output.bias}
        for scale in range(self.architecture.scales):
            frozen |= fold_block(
                f"branch.{scale}", [layer.folded() for layer in self.branch[scale]]
            )
            if scale:
                joins = self.join_deep[scale - 1], self.join_noise[scale - 1]
                sides = zip(*(norm.affine() for norm in joins), strict=True)
                joined = [torch.cat(parts) for parts in sides]  # (step k + step)
                body = [layer.folded() for layer in self.body[scale - 1]]
                frozen |= fold_block(f"body.{scale}", body, joined)
        return FrozenPyramid(self.architecture, {k: v.clone() for k, v in frozen.items()})
