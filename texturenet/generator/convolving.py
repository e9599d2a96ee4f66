"""Convolutions of training: on a torus, or without what lies beyond the border of a window."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


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


def convolved(x: Tensor, weight: Tensor, bias: Tensor | None, periodic: bool) -> Tensor:
    """A convolution, on a torus or without what lies beyond the border. Of one pixel it is a
    product of matrices, which torch makes, and differentiates, faster than its own 1x1 convolution
    on a CPU (bench/layers.py)."""
    if (kernel := weight.shape[-1]) > 1:
        return F.conv2d(pad_torus(x, kernel) if periodic else x, weight, bias)
    matrices = weight.flatten(1).expand(len(x), -1, -1)  # (B,O,I); as one matrix, x would be copied
    mixed = torch.bmm(matrices, x.flatten(2)).unflatten(2, x.shape[2:])  # (B,O,H,W)
    return mixed if bias is None else mixed + bias.to(mixed.dtype).view(-1, 1, 1)
