"""Keeping the colours of one picture (1,3,H,W) when it takes on the style of another.

Gatys, Bethge, Hertzmann, Shechtman 2016, "Preserving color in neural artistic style transfer".
"""

import torch
from torch import Tensor

from ..imaging import luminance, resized

KEPT = ("style", "match", "luminance")


def matched(picture: Tensor, model: Tensor) -> Tensor:
    """The picture with the mean and the covariance of the colours of a model (section 4.1).

    The linear map is the symmetric one of optimal transport between the two Gaussian laws.
    """
    (mean, cov), (aim, target) = _law(picture), _law(model)
    root = _power(cov, 0.5)
    inverse = _power(cov, -0.5)
    matrix = inverse @ _power(root @ target @ root, 0.5) @ inverse
    moved = torch.einsum("ij,bjhw->bihw", matrix, picture.double() - mean) + aim
    return moved.clamp(0, 1).to(picture)


def in_grey(content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """Both without their colours, the style with the content's mean and deviation (section 4.2)."""
    grey, other = luminance(content), luminance(style)
    scale = grey.std(correction=0) / other.std(correction=0).clamp(min=1e-6)
    other = ((other - other.mean()) * scale + grey.mean()).clamp(0, 1)
    return grey.expand(-1, 3, -1, -1).contiguous(), other.expand(-1, 3, -1, -1).contiguous()


def recoloured(picture: Tensor, content: Tensor) -> Tensor:
    """The luminance of a picture with the colours of a content picture of any size."""
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
    # A grey picture has no spread across its colours, by which nothing could be divided.
    least = max(1e-9 * values.max().item(), 1e-15) if exponent < 0 else 0.0
    return (vectors * values.clamp(min=least).pow(exponent)) @ vectors.T
