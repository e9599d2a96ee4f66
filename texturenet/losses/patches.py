"""What planes of one surface have to do with each other in the small: covariances of patches."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 3  # pixels of a patch
OCTAVES = 3  # sizes at which patches are taken, each half the one before
RIDGE = 1e-3  # of a plane's range, below which its deviation counts as noise
FLOOR = 1e-3  # relative error that is as good as none


class PatchCovariance(nn.Module):
    """Covariances of all planes in 3x3 patches, at three octaves, against an exemplar's (1,P,h,w).

    A descriptor of colours sees three planes at a time, of which it mixes the channels as it
    learnt to mix colours; a roughness may then lie a pixel beside its height. These matrices, of
    every pixel of a patch in every plane with every other, say directly what lies on what. The term
    is the sum over octaves of the logarithm of their relative error, each plane in units of its
    own deviation.
    """

    def __init__(self, exemplar: Tensor):
        super().__init__()
        deviations = exemplar.std((2, 3), keepdim=True).clamp(min=RIDGE)
        self.register_buffer("units", 1 / deviations, persistent=False)  # (1,P,1,1)
        for octave, matrix in enumerate(self._matrices(exemplar)):
            self.register_buffer(f"target{octave}", matrix, persistent=False)

    def _matrices(self, planes: Tensor) -> list[Tensor]:
        """(9P,9P) of each octave, of the whole batch."""
        matrices, planes = [], planes * self.units
        for octave in range(OCTAVES):
            if octave:
                planes = F.avg_pool2d(planes, 2)
            patches = F.unfold(planes, SIDE)  # (B,9P,n)
            patches = patches.transpose(0, 1).flatten(1)
            patches = patches - patches.mean(1, keepdim=True)
            matrices.append(patches @ patches.T / patches.shape[1])
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
