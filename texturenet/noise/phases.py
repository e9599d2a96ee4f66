"""Waves over windows of the plane, as complex numbers: what a picture has of them, and the part of
a picture that they are."""

import math

import torch
from torch import Tensor


class Phases:
    """exp(-2 pi i cycles . place) of n waves at all pixels of B windows, row by row and column by
    column.

    Parameters
    ----------
    cycles : (n,2) down and across, in a pixel or in any other length, float64
    rows, columns : places (B,h) and (B,w) in that length, float64
    """

    def __init__(self, cycles: Tensor, rows: Tensor, columns: Tensor):
        self.down, self.right = (
            torch.polar(torch.ones_like(turns), turns)
            for turns in (
                # Whole turns are taken off as float64, however far away the window lies.
                (-2 * math.pi * (cycles[:, axis, None] * line[:, None] % 1)).float()
                for axis, line in enumerate((rows, columns))
            )
        )  # (B,n,h) and (B,n,w)

    def found(self, pictures: Tensor) -> Tensor:
        """Amplitudes (B,P,n) of the waves in windows (B,P,h,w), faded to their borders (Hann), so
        that no other wave shows; the mean of the fading is 1."""
        faded = (self.down * _fading(self.down), self.right * _fading(self.right))
        # Real times complex as two real products: half of what complex numbers would take.
        across = torch.einsum("bphw,bnwc->bphnc", pictures, torch.view_as_real(faded[1]))
        return torch.einsum("bphn,bnh->bpn", torch.view_as_complex(across), faded[0])

    def drawn(self, amplitudes: Tensor) -> Tensor:
        """The waves with these amplitudes (P,n), as windows (B,P,h,w): a real picture, of which
        each wave is one half."""
        across = amplitudes[None, :, :, None] * self.right.conj()[:, None]  # (B,P,n,w)
        return 2 * torch.einsum("bnh,bpnw->bphw", self.down.conj(), across).real


def _fading(line: Tensor) -> Tensor:
    """(length,), of a line of phases (..,length)."""
    fading = torch.hann_window(line.shape[-1], periodic=False, device=line.device)
    return fading / fading.sum()
