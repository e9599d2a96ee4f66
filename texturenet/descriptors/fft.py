"""Pictures x (B,3,h,w) and large filters (M,3,k,k) -> responses (B,M,h-k+1,w-k+1), by FFT.

Valid cross-correlation, what `conv2d` without padding computes. Its cost does not depend on k.
"""

import torch
from torch import Tensor

from ..types import Size

AT_ONCE = 16  # filters worked on at a time, so that their spectra stay in cache
FACTORS = (2, 3, 5)


def period(size: Size) -> Size:
    """The least sides, no smaller, whose transforms are fast."""
    return tuple(next(n for n in range(side, 2 * side + 1) if _smooth(n)) for side in size)


def spectrum(filters: Tensor, sides: Size) -> Tensor:
    """Conjugate spectra of filters at those periods -> complex (M,3,sides[0],sides[1]//2+1)."""
    return torch.fft.rfft2(filters.float(), s=sides).conj().resolve_conj()


def correlate(x: Tensor, filters: Tensor, reach: int) -> Tensor:
    """filters: their `spectrum` at `period` of the picture's size. reach: k // 2."""
    return _Correlation.apply(x.float(), filters, reach)


class _Correlation(torch.autograd.Function):
    """Only pictures have gradients; of the responses nothing is kept for them."""

    @staticmethod
    def forward(ctx, x: Tensor, filters: Tensor, reach: int) -> Tensor:
        ctx.save_for_backward(filters)
        ctx.size = x.shape[-2:]
        sides = period(tuple(x.shape[-2:]))
        height, width = (length - 2 * reach for length in x.shape[-2:])
        seen = torch.fft.rfft2(x, s=sides)  # (B,3,h,w)
        responses = x.new_empty(len(x), len(filters), height, width)
        for some, part in zip(filters.split(AT_ONCE), responses.split(AT_ONCE, 1), strict=True):
            product = sum(seen[:, None, c] * some[None, :, c] for c in range(3))  # (B,m,h,w)
            part.copy_(torch.fft.irfft2(product, s=sides)[..., :height, :width])
        return responses

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        (filters,) = ctx.saved_tensors
        sides, total = period(tuple(ctx.size)), 0
        for some, part in zip(filters.split(AT_ONCE), gradient.split(AT_ONCE, 1), strict=True):
            spread = torch.fft.rfft2(part, s=sides)  # (B,m,h,w)
            total = total + torch.stack(
                [(spread * some[None, :, c].conj()).sum(1) for c in range(3)], 1
            )
        height, width = ctx.size
        return torch.fft.irfft2(total, s=sides)[..., :height, :width], None, None


def _smooth(number: int) -> bool:
    for factor in FACTORS:
        while number % factor == 0:
            number //= factor
    return number == 1
