"""Pictures x (B,3,h,w) and large filters (M,3,k,k) -> responses (B,M,h-k+1,w-k+1), by FFT.

Valid cross-correlation, what `conv2d` without padding computes. Its cost does not depend on k.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ..types import Size

AT_ONCE = 16  # filters worked on at a time, so that their spectra stay in cache
FACTORS = (2, 3, 5)


def period(size: Size) -> Size:
    """The least sides that are no smaller and have fast transforms (products of 2, 3 and 5)."""
    return tuple(next(n for n in range(side, 2 * side + 1) if _smooth(n)) for side in size)


def spectrum(filters: Tensor, sides: Size) -> Tensor:
    """Conjugate spectra of filters at those periods -> complex (M,3,sides[0],sides[1]//2+1)."""
    return torch.fft.rfft2(filters.float(), s=sides).conj().resolve_conj()


def correlate(
    x: Tensor, filters: Tensor, reach: int, check: Callable[[], None] | None = None
) -> Tensor:
    """Valid cross-correlation (B,3,h,w) -> (B,M,h-2*reach,w-2*reach), in float32.

    Parameters
    ----------
    x : pictures, of any float type
    filters : complex, their `spectrum` at `period` of the picture's size
    reach : k // 2 of the filters
    check : called between groups of filters, in both passes; may raise to end the computation
    """
    return _Correlation.apply(x.float(), filters, reach, check)


class _Correlation(torch.autograd.Function):
    """Only pictures have gradients, which need the filters alone."""

    @staticmethod
    def forward(
        ctx, x: Tensor, filters: Tensor, reach: int, check: Callable[[], None] | None
    ) -> Tensor:
        ctx.save_for_backward(filters)
        ctx.size, ctx.check = x.shape[-2:], check
        sides = period(tuple(x.shape[-2:]))
        height, width = (length - 2 * reach for length in x.shape[-2:])
        pictures = torch.fft.rfft2(x, s=sides)  # complex (B,3,h,w//2+1)
        responses = x.new_empty(len(x), len(filters), height, width)
        for some, part in zip(filters.split(AT_ONCE), responses.split(AT_ONCE, 1), strict=True):
            if check:
                check()
            product = sum(pictures[:, None, c] * some[None, :, c] for c in range(3))  # (B,m,h,w)
            part.copy_(torch.fft.irfft2(product, s=sides)[..., :height, :width])
        return responses

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (filters,) = ctx.saved_tensors
        sides, total = period(tuple(ctx.size)), 0
        for some, part in zip(filters.split(AT_ONCE), gradient.split(AT_ONCE, 1), strict=True):
            if ctx.check:
                ctx.check()
            spread = torch.fft.rfft2(part, s=sides)  # (B,m,h,w)
            total = total + torch.stack(
                [(spread * some[None, :, c].conj()).sum(1) for c in range(3)], 1
            )
        height, width = ctx.size
        return torch.fft.irfft2(total, s=sides)[..., :height, :width], None, None, None


def _smooth(number: int) -> bool:
    for factor in FACTORS:
        while number % factor == 0:
            number //= factor
    return number == 1
