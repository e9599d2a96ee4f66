"""Features F (B,C,H,W) -> statistics of each picture: Gram matrix and covariance (B,C,C), mean and
deviation (B,C).

Pure functions, in float32 or float64 whatever the features are. A Gram matrix is divided by N, the
number of positions H*W (as in the code of Gatys, Ecker, Bethge 2015), so that pictures of different
sizes compare; it is not divided by the number of channels.
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from .ranks import is_shared, shared_mean

NIL = 1e-9  # share of the energy of features below which a moment counts as zero
LEAST = 1e-8  # energy added before a division


class _Gram(torch.autograd.Function):
    """F Fᵀ / N of features (B,N,C), in float32. The gradient takes one product where autograd
    would take two, in the precision of the features, which is the one it ends in."""

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
    """Covariance and mean of features (B,N,C), in the same way. The mean is subtracted before the
    product: what features have in common would drown the rest of a gradient in half precision."""

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
    """F (B,C,H,W) -> F Fᵀ / N (B,C,C), the mean over positions of the products of channels."""
    # Autocast would take the product in half precision.
    with torch.autocast(features.device.type, enabled=False):
        # Channels innermost, as the descriptor leaves them: no copy.
        return _Gram.apply(features.permute(0, 2, 3, 1).flatten(1, 2))  # (B,N,C)


def centred(features: Tensor) -> tuple[Tensor, Tensor]:
    """F (B,C,H,W) -> covariance (B,C,C) and mean (B,C) together."""
    with torch.autocast(features.device.type, enabled=False):
        return _Centred.apply(features.permute(0, 2, 3, 1).flatten(1, 2))  # (B,N,C)


def mean(features: Tensor) -> Tensor:
    """F (B,C,H,W) -> mean activation of each channel (B,C)."""
    return _wide(features).mean(dim=(2, 3))


def deviation(features: Tensor, eps: float = 1e-8) -> Tensor:
    """F (B,C,H,W) -> standard deviation of each channel (B,C); eps: variance added, so that the
    gradient of a constant channel is finite."""
    return (_wide(features).var(dim=(2, 3), correction=0) + eps).sqrt()


def covariance(features: Tensor) -> Tensor:
    """F (B,C,H,W) -> Gram matrix about the mean (B,C,C)."""
    return centred(features)[0]


def square(features: Tensor) -> Tensor:
    """F (B,C,H,W) -> mean square of each channel (B,C)."""
    return _wide(features).square().mean(dim=(2, 3))


STATISTICS = {"gram": gram, "covariance": covariance, "mean": mean, "deviation": deviation}


def statistics_of(features: Tensor, names: Iterable[str]) -> dict[str, Tensor]:
    """F (B,C,H,W) and keys of STATISTICS -> {statistic: value}; covariance and mean share work."""
    shared = {}
    if "covariance" in names:
        shared["covariance"], shared["mean"] = centred(features)
    return {name: shared[name] if name in shared else STATISTICS[name](features) for name in names}


def statistics_together(features: Tensor, names: Iterable[str]) -> dict[str, Tensor]:
    """The same of a batch as one picture (1,C,H,W), whose shares several processes may hold
    (`ranks.sharing`).

    The covariance of all is the mean of those of the shares and of the products of how far the
    means of the shares lie from that of all: in squares of features much would be lost.
    """
    if not is_shared():
        return statistics_of(features, names)
    found = statistics_of(features, {*names, "mean"})
    middle = shared_mean(found["mean"])  # (1,C)
    apart = found["mean"] - middle
    whole = {"mean": middle}
    if "gram" in found:
        whole["gram"] = shared_mean(found["gram"])
    if "covariance" in found:
        whole["covariance"] = shared_mean(
            found["covariance"] + apart[:, :, None] * apart[:, None]  # (1,C,C)
        )
    if "deviation" in found:
        whole["deviation"] = shared_mean(found["deviation"].square() + apart.square()).sqrt()
    return {name: whole[name] for name in names}


# Means over positions: the moments of a picture are the means of those of its parts, weighted by
# their numbers of positions.
MOMENTS = {"gram": gram, "mean": mean, "square": square}


def moments_of(statistics: Iterable[str]) -> list[str]:
    """Keys of STATISTICS -> the keys of MOMENTS that they can be computed from, sorted."""
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
    """{moment: value} -> {statistic: value}, shapes as in STATISTICS; eps as of `deviation`."""
    values = {}
    for name in statistics:
        if name == "deviation":
            variance = (moments["square"] - moments["mean"].square()).clamp(min=0)  # (B,C)
            values[name] = (variance + eps).sqrt()
        elif name == "covariance":
            means = moments["mean"]
            values[name] = moments["gram"] - means[:, :, None] * means[:, None, :]  # (B,C,C)
        else:
            values[name] = moments[name]
    return values


def whitening(
    second: Tensor, ridge: float, positions: int, *, whole: bool, energy: float = 0.0
) -> Tensor:
    """The matrix that takes features to units in which the exemplar's have deviation 1.

    Parameters
    ----------
    second : second moments (1,C,C) of the exemplar's features
    ridge : share of the channels' mean energy that is added to each first; without it, what the
        exemplar hardly has would count for most. With fewer positions than channels some
        directions have no energy at all, and the ridge grows by the ratio of the two numbers
    positions : that the second moments are means over
    whole : units of all directions (the root of the inverse) instead of each channel alone
    energy : mean square of the features over channels; keeps units finite where the second
        moments are zero beside it, in an exemplar of one colour

    Returns
    -------
    (C,C), float32; diagonal unless whole
    """
    second = second[0].double()  # (C,C)
    scarcity = max(1.0, len(second) / positions)
    floor = scarcity * ridge * second.diagonal().mean() + LEAST
    floor = floor.clamp(min=NIL * energy)
    if not whole:
        return (second.diagonal() + floor).rsqrt().diag().float()
    values, vectors = torch.linalg.eigh(second)
    return ((vectors * (values.clamp(min=0) + floor).rsqrt()) @ vectors.mT).float()


def batch_as_one(maps: Tensor) -> Tensor:
    """Features of a batch (B,C,h,w) -> (1,C,B*h,w), one picture below the other."""
    rows = maps.permute(0, 2, 3, 1).flatten(0, 1)  # (B*h,w,C), as they lie in memory
    return rows[None].permute(0, 3, 1, 2)
