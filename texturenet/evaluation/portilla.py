"""Distance of the Portilla-Simoncelli statistics of pictures (3,H,W), by plenoptic (an extra).

Portilla, Simoncelli 2000, "A parametric texture model based on joint statistics of complex wavelet
coefficients".
"""

import torch
from torch import Tensor

from ..errors import Refused
from ..imaging import luminance

SCALES = 4  # of the pyramid, at most
WIDTH = 7  # positions a side of the autocorrelations of its coarsest scale
INSTALL = "pip install 'texturenet[score]'"


def check() -> None:
    """Raises Refused where plenoptic is not installed."""
    try:
        import plenoptic  # noqa: F401
    except ImportError as missing:
        raise Refused(f"plenoptic is not installed ({missing}): run `{INSTALL}`.") from missing


def portilla_simoncelli(picture: Tensor, exemplar: Tensor) -> float:
    """Euclidean distance of the statistics of the luminance, over the norm of the exemplar's.

    710 numbers, fewer for sides below 112. Two samples of white noise are 0.16 apart.

    Parameters
    ----------
    picture, exemplar : (3,H,W) and (3,h,w) in [0,1]
    """
    smallest = min(*picture.shape[1:], *exemplar.shape[1:])
    scales = min(SCALES, max(1, (smallest // WIDTH).bit_length() - 1))
    ours, theirs = (_statistics(x, scales) for x in (picture, exemplar))
    return ((ours - theirs).norm() / theirs.norm()).item()


def _statistics(picture: Tensor, scales: int) -> Tensor:
    """(N,), of as much of the picture as the pyramid can be built on."""
    from plenoptic.models import PortillaSimoncelli

    height, width = (length // 2**scales * 2**scales for length in picture.shape[1:])
    grey = luminance(picture[None])[..., :height, :width]  # (1,1,H,W)
    model = PortillaSimoncelli((height, width), n_scales=scales, spatial_corr_width=WIDTH)
    model = model.to(picture.device)
    with torch.no_grad():
        statistics = model(grey).flatten()
    # Ratios of a picture without contrast are not numbers.
    return statistics.nan_to_num(0.0, 0.0, 0.0)
