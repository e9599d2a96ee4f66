"""What planes of one surface have to do with each other in the small: covariances of patches."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .ranks import shared_mean

SIDE = 3  # pixels of a patch
OCTAVES = 6  # bands that patches are taken of, each of half the size of the one before, at most
LEAST = 4  # pixels a side that the coarsest of them has at least,
KNOWN = 16  # and has of the exemplar: of fewer a covariance says little
RIDGE = 1e-3  # of a plane's range, below which the deviation of a band counts as noise
FLOOR = 1e-3  # relative error that is as good as none


class PatchCovariance(nn.Module):
    """Covariances of all planes in 3x3 patches, band by band, against an exemplar's (1,P,h,w).

    A band is what a plane loses by means of 2x2 pixels; the coarsest has all that is left. There
    are as many as leave a few pixels of what is compared (`side` pixels, at least): what is slow
    in a surface, stains or whole leaves, is drowned by detail where bands are few.

    A descriptor of colours sees three planes at a time, of which it mixes the channels as it
    learnt to mix colours; a roughness may then lie a pixel beside its height. These matrices, of
    every pixel of a patch in every plane with every other, say directly what lies on what. The term
    is the sum over bands of the logarithms of two errors: of all of them, relative to the
    exemplar's, and of those of two planes alone, which in the first are few beside a plane's own.
    Each plane is in units of its own deviation in that band.
    """

    def __init__(self, exemplar: Tensor, side: int):
        super().__init__()
        self.octaves = _octaves(side, min(exemplar.shape[-2:]))
        for number, band in enumerate(_bands(exemplar, self.octaves)):
            deviations = band.std((2, 3), keepdim=True).clamp(min=RIDGE)
            self.register_buffer(f"units{number}", 1 / deviations, persistent=False)  # (1,P,1,1)
        for number, matrix in enumerate(self._targets(exemplar)):
            self.register_buffer(f"target{number}", matrix, persistent=False)
        own = [torch.ones(SIDE**2, SIDE**2) for _ in range(exemplar.shape[1])]
        of_two = 1 - torch.block_diag(*own).to(exemplar.device)
        self.register_buffer("of_two", of_two, persistent=False)  # (9P,9P)

    def _targets(self, exemplar: Tensor) -> list[Tensor]:
        """Means over places at which squares of pixels can begin, every row and every column once:
        a pattern that comes back after whole squares would otherwise have to lie as the exemplar's
        does."""
        bits = self.octaves - 1
        moves = [(row, _turned(row, bits)) for row in range(2**bits)]
        several = [self._matrices(exemplar[..., down:, right:]) for down, right in moves]
        return [torch.stack(matrices).mean(0) for matrices in zip(*several, strict=True)]

    def _matrices(self, planes: Tensor) -> list[Tensor]:
        """(9P,9P) of each band, of the whole batch."""
        matrices = []
        for number, band in enumerate(_bands(planes, self.octaves)):
            patches = F.unfold(band * getattr(self, f"units{number}"), SIDE)  # (B,9P,n)
            patches = patches.transpose(0, 1).flatten(1)
            patches = patches - shared_mean(patches.mean(1, keepdim=True))
            matrices.append(shared_mean(patches @ patches.T / patches.shape[1]))
        return matrices

    def forward(self, planes: Tensor) -> Tensor:
        """(B,P,H,W) -> a scalar."""
        with torch.autocast(planes.device.type, enabled=False):
            matrices = self._matrices(planes.float())
        total = planes.new_zeros((), dtype=torch.float32)
        for octave, matrix in enumerate(matrices):
            target = getattr(self, f"target{octave}")
            # Planes that say nothing in a band leave little of its matrix to be relative to.
            energy = target.square().sum().clamp(min=len(target))
            squares = (matrix - target).square()
            of_two = (squares * self.of_two).sum() / self.of_two.sum().clamp(min=1)
            total = total + torch.log(squares.sum() / energy + FLOOR) + torch.log(of_two + FLOOR)
        return total


def _turned(number: int, bits: int) -> int:
    """Its bits in the opposite order: beside the numbers in order they spread evenly over a square
    (van der Corput, Hammersley)."""
    return sum((number >> bit & 1) << bits - 1 - bit for bit in range(bits))


def _octaves(side: int, exemplar: int) -> int:
    """How many bands are compared, by the pixels a side of pictures and of the exemplar."""
    for count in range(OCTAVES, 1, -1):
        if side >> count - 1 >= LEAST and exemplar >> count - 1 >= KNOWN:
            return count
    return 1


def _bands(planes: Tensor, count: int) -> list[Tensor]:
    """(B,P,H,W) -> so many of them, fine to coarse, of even sizes but for the last."""
    bands = []
    for _ in range(count - 1):
        height, width = (length // 2 * 2 for length in planes.shape[-2:])
        planes = planes[..., :height, :width]
        coarser = F.avg_pool2d(planes, 2)
        bands.append(planes - F.interpolate(coarser, scale_factor=2.0, mode="nearest"))
        planes = coarser
    return [*bands, planes]
