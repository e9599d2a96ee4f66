"""What planes of one surface have to do with each other in the small: covariances of patches."""

from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .ranks import shared_mean

SIDE = 3  # pixels of a patch
OCTAVES = 3  # bands that patches are taken of, each of half the size of the one before
RIDGE = 1e-3  # of a plane's range, below which the deviation of a band counts as noise
FLOOR = 1e-3  # relative error that is as good as none


class PatchCovariance(nn.Module):
    """Covariances of all planes in 3x3 patches, of three bands, against an exemplar's (1,P,h,w).

    A band is what a plane loses by means of 2x2 pixels; the coarsest has all that is left.

    A descriptor of colours sees three planes at a time, of which it mixes the channels as it
    learnt to mix colours; a roughness may then lie a pixel beside its height. These matrices, of
    every pixel of a patch in every plane with every other, say directly what lies on what. The term
    is the sum over bands of the logarithm of their relative error, each plane in units of its own
    deviation there.
    """

    def __init__(self, exemplar: Tensor):
        super().__init__()
        for number, band in enumerate(_bands(exemplar)):
            deviations = band.std((2, 3), keepdim=True).clamp(min=RIDGE)
            self.register_buffer(f"units{number}", 1 / deviations, persistent=False)  # (1,P,1,1)
        for number, matrix in enumerate(self._targets(exemplar)):
            self.register_buffer(f"target{number}", matrix, persistent=False)

    def _targets(self, exemplar: Tensor) -> list[Tensor]:
        """Means over all places in which squares of pixels can begin: a pattern that comes back
        after whole squares would otherwise have to lie as the exemplar's does."""
        moves = product(range(2 ** (OCTAVES - 1)), repeat=2)
        several = [self._matrices(exemplar[..., down:, right:]) for down, right in moves]
        return [torch.stack(matrices).mean(0) for matrices in zip(*several, strict=True)]

    def _matrices(self, planes: Tensor) -> list[Tensor]:
        """(9P,9P) of each band, of the whole batch."""
        matrices = []
        for number, band in enumerate(_bands(planes)):
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
            error = (matrix - target).square().sum() / target.square().sum()
            total = total + torch.log(error + FLOOR)
        return total


def _bands(planes: Tensor) -> list[Tensor]:
    """(B,P,H,W) -> OCTAVES of them, fine to coarse, of even sizes but for the last."""
    bands = []
    for _ in range(OCTAVES - 1):
        height, width = (length // 2 * 2 for length in planes.shape[-2:])
        planes = planes[..., :height, :width]
        coarser = F.avg_pool2d(planes, 2)
        bands.append(planes - F.interpolate(coarser, scale_factor=2.0, mode="nearest"))
        planes = coarser
    return [*bands, planes]
