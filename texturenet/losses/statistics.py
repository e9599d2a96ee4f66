"""Features F (B,C,H,W) -> statistics of each picture: Gram matrix and covariance (B,C,C), mean and
deviation (B,C).

Pure functions, in float32 or wider whatever the features are. N, the number of positions H*W, is
what a Gram matrix divides by here (as Gatys, Ecker, Bethge 2015 do in their code), so that
pictures of different sizes compare; the channels do not divide.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

NIL = 1e-9  # of the energy of features, what counts for nothing
LEAST = 1e-8  # of an energy that is divided by


class _Gram(torch.autograd.Function):
    """F Fᵀ / N, always in float32; its gradient, one product where autograd would take two, is made
    in the precision of the features, which is the one it has to end in."""

    @staticmethod
    def forward(ctx, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        wide = _wide(features)
        return wide.mT @ wide / wide.shape[1]  # (B,C,C)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        both = (gradient + gradient.mT) / features.shape[1]  # (B,C,C)
        return features @ both.to(features.dtype)  # (B,N,C)


class _Centred(torch.autograd.Function):
    """The covariance and the mean, in the same way. The mean is taken off before the product: what
    features have in common, in half precision, would drown the gradient of the rest."""

    @staticmethod
    def forward(ctx, features: Tensor) -> tuple[Tensor, Tensor]:
        wide = _wide(features)
        mean = wide.mean(1)  # (B,C)
        ctx.save_for_backward(features, mean)
        wide = wide - mean[:, None]
        return wide.mT @ wide / wide.shape[1], mean

    @staticmethod
    def backward(ctx, covariance: Tensor, mean: Tensor) -> Tensor:
        features, means = ctx.saved_tensors
        count, dtype = features.shape[1], features.dtype
        both = ((covariance + covariance.mT) / count).to(dtype)  # (B,C,C)
        return torch.baddbmm(
            (mean / count).to(dtype)[:, None], features - means.to(dtype)[:, None], both
        )


def _wide(features: Tensor) -> Tensor:
    return features if features.dtype is torch.float64 else features.float()


def gram(features: Tensor) -> Tensor:
    """Mean over positions of the products of channels, F Fᵀ / N -> (B,C,C)."""
    # Autocast would take the product in half precision.
    with torch.autocast(features.device.type, enabled=False):
        # Channels innermost, as the descriptor leaves them: no copy.
        return _Gram.apply(features.permute(0, 2, 3, 1).flatten(1, 2))  # (B,N,C)


def centred(features: Tensor) -> tuple[Tensor, Tensor]:
    """The covariance (B,C,C) and the mean (B,C) together."""
    with torch.autocast(features.device.type, enabled=False):
        return _Centred.apply(features.permute(0, 2, 3, 1).flatten(1, 2))


def mean(features: Tensor) -> Tensor:
    """Mean activation of each channel -> (B,C)."""
    return _wide(features).mean(dim=(2, 3))


def deviation(features: Tensor, eps: float = 1e-8) -> Tensor:
    """Standard deviation of each channel -> (B,C); eps keeps the gradient of a flat one finite."""
    return (_wide(features).var(dim=(2, 3), correction=0) + eps).sqrt()


def covariance(features: Tensor) -> Tensor:
    """Gram matrix about the mean: what channels do together beyond being there -> (B,C,C)."""
    return centred(features)[0]


def square(features: Tensor) -> Tensor:
    """Mean square of each channel -> (B,C)."""
    return _wide(features).square().mean(dim=(2, 3))


STATISTICS = {"gram": gram, "covariance": covariance, "mean": mean, "deviation": deviation}


def statistics_of(features: Tensor, names: Iterable[str]) -> dict[str, Tensor]:
    """{statistic: value}, what two have in common being made once."""
    found = {}
    if "covariance" in names:
        found["covariance"], found["mean"] = centred(features)
    return {name: found[name] if name in found else STATISTICS[name](features) for name in names}


# Means over positions: those of a picture are those of its parts, weighted by their positions.
MOMENTS = {"gram": gram, "mean": mean, "square": square}


def moments_of(statistics: Iterable[str]) -> list[str]:
    """The moments that statistics can be made of."""
    needed = {
        "gram": ["gram"],
        "covariance": ["gram", "mean"],
        "mean": ["mean"],
        "deviation": ["mean", "square"],
    }
    return sorted({moment for name in statistics for moment in needed[name]})


def from_moments(
    statistics: Iterable[str], moments: Mapping[str, Tensor], eps: float = 1e-8
) -> dict[str, Tensor]:
    """{moment: value} -> {statistic: value}."""
    found = {}
    for name in statistics:
        if name == "deviation":
            variance = (moments["square"] - moments["mean"].square()).clamp(min=0)
            found[name] = (variance + eps).sqrt()
        elif name == "covariance":
            means = moments["mean"]
            found[name] = moments["gram"] - means[:, :, None] * means[:, None, :]
        else:
            found[name] = moments[name]
    return found


def whitening(
    second: Tensor, ridge: float, positions: int, *, whole: bool, energy: float = 0.0
) -> Tensor:
    """The matrix (C,C) that takes features to units in which they are alike, out of their second
    moments (1,C,C) in the exemplar: deviations of each channel, or of all directions (whole), which
    is the root of the inverse.

    ridge: share of the mean energy of channels that is added to each first, or what the exemplar
    hardly has would count for most; times as much as there are more channels than positions, which
    then leave directions that it does not have at all. energy: of the features, mean square over
    channels, beside which a second moment can be nil (all of one colour): units stay finite.
    """
    second = second[0].double()
    scarce = max(1.0, len(second) / positions)
    floor = scarce * ridge * second.diagonal().mean() + LEAST
    floor = floor.clamp(min=NIL * energy)
    if not whole:
        return (second.diagonal() + floor).rsqrt().diag().float()
    values, vectors = torch.linalg.eigh(second)
    return ((vectors * (values.clamp(min=0) + floor).rsqrt()) @ vectors.mT).float()


def batch_as_one(maps: Tensor) -> Tensor:
    """Features of a batch (B,C,h,w) -> (1,C,B*h,w), those of pictures one below the other."""
    rows = maps.permute(0, 2, 3, 1).flatten(0, 1)  # (B*h,w,C), as they lie in memory
    return rows[None].permute(0, 3, 1, 2)
