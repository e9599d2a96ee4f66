"""Keeping the colours of a content picture (1,3,H,W) in [0,1] when it takes on another's style.

Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving color in neural artistic style transfer"
(arXiv 1606.05897).
"""

import torch
from torch import Tensor

from ..imaging import luminance, resized

KEPT = ("style", "match", "luminance")


def matched(picture: Tensor, model: Tensor) -> Tensor:
    """A picture with the mean and the covariance of the colours of a model (section 4.1).

    The linear map is the symmetric one of optimal transport between the two Gaussian laws.

    Parameters
    ----------
    picture : (1,3,H,W) in [0,1]
    model : (1,3,h,w) in [0,1]
    """
    (mean, cov), (target_mean, target_cov) = _law(picture), _law(model)
    root = _power(cov, 0.5)
    inverse = _power(cov, -0.5)
    matrix = inverse @ _power(root @ target_cov @ root, 0.5) @ inverse
    mapped = torch.einsum("ij,bjhw->bihw", matrix, picture.double() - mean) + target_mean
    return mapped.clamp(0, 1).to(picture)


def in_grey(content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """(1,3,H,W) and (1,3,h,w) -> the same in grey, the style with the content's mean and deviation
    (section 4.2)."""
    ours, theirs = luminance(content), luminance(style)
    scale = ours.std(correction=0) / theirs.std(correction=0).clamp(min=1e-6)
    theirs = ((theirs - theirs.mean()) * scale + ours.mean()).clamp(0, 1)
    return ours.expand(-1, 3, -1, -1).contiguous(), theirs.expand(-1, 3, -1, -1).contiguous()


def recoloured(picture: Tensor, content: Tensor) -> Tensor:
    """The luminance of a picture (1,3,H,W) with the colours of a content picture of any size."""
    content = resized(content, tuple(picture.shape[-2:]))
    return (content + luminance(picture) - luminance(content)).clamp(0, 1)


def _law(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (1,3,1,1) and covariance (3,3) of colours, in double precision."""
    colours = picture.double().flatten(2)[0]  # (3,N)
    mean = colours.mean(1, keepdim=True)
    centred = colours - mean
    return mean.view(1, 3, 1, 1), centred @ centred.T / colours.shape[1]


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    # The colours of a grey picture have no spread in two directions.
    least = max(1e-9 * values.max().item(), 1e-15) if exponent < 0 else 0.0
    return (vectors * values.clamp(min=least).pow(exponent)) @ vectors.T
