"""Pictures (3,H,W) -> distance of their Portilla-Simoncelli statistics, by plenoptic (an extra).

Portilla, Simoncelli 2000, "A parametric texture model based on joint statistics of complex wavelet
coefficients".
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from .errors import Refused

SCALES, WIDTH = 4, 7  # of the pyramid at the most; of the autocorrelations of its coarsest
LUMA = (0.299, 0.587, 0.114)
INSTALL = "pip install 'texturenet[score]'"


def check() -> None:
    """Raises Refused where plenoptic is not installed."""
    try:
        import plenoptic  # noqa: F401
    except ImportError as missing:
        raise Refused(f"plenoptic is not installed ({missing}): run `{INSTALL}`.") from missing


def portilla_simoncelli(picture: Tensor, exemplar: Tensor) -> float:
    """Euclidean distance of the statistics of the luminance over their length, mean over the eleven
    kinds of them (710 numbers, fewer of sides below 112), so that kurtosis, which is large, does
    not decide alone."""
    smallest = min(*picture.shape[1:], *exemplar.shape[1:])
    scales = min(SCALES, max(1, (smallest // WIDTH).bit_length() - 1))
    ours, theirs = (_statistics(x, scales) for x in (picture, exemplar))
    ratios = [
        (ours[kind] - theirs[kind]).norm() / theirs[kind].norm().clamp(min=1e-8) for kind in theirs
    ]
    return torch.stack(ratios).mean().item()


def _statistics(picture: Tensor, scales: int) -> Mapping[str, Tensor]:
    """{kind: numbers} of as much of the picture as the pyramid can be built on."""
    from plenoptic.models import PortillaSimoncelli

    height, width = (length // 2**scales * 2**scales for length in picture.shape[1:])
    grey = (picture * torch.tensor(LUMA).view(3, 1, 1)).sum(0)[:height, :width]
    model = PortillaSimoncelli((height, width), n_scales=scales, spatial_corr_width=WIDTH)
    with torch.no_grad():
        found = model.convert_to_dict(model(grey[None, None]))
    # What is not a number is either what symmetry leaves out, or of a picture without contrast.
    return {kind: numbers.nan_to_num(0.0, 0.0, 0.0).flatten() for kind, numbers in found.items()}
