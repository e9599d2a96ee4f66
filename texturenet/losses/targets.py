"""Pictures of an exemplar -> the statistics that a `TextureLoss` holds others against."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from .statistics import MOMENTS, STATISTICS, from_moments

FeatureFn = Callable[[Tensor], dict[str, Tensor]]


def targets_of(
    pictures: Iterable[Tensor], descriptor: FeatureFn, *, pooled: bool = False
) -> dict[str, dict[str, Tensor]]:
    """Mean statistics of pictures (1,3,h,w), crops of an exemplar -> {layer: {statistic: tensor}}.

    Crops have the size of the pictures to be judged, so that the descriptor's padded borders weigh
    the same on both sides of the comparison. pooled: of all of them as one. `positions`: how many a
    layer's statistics are of, counted as often as crops show them.
    """
    measures = MOMENTS if pooled else STATISTICS
    sums: dict[str, dict[str, Tensor]] = {}
    seen: dict[str, int] = {}
    count = 0
    with torch.no_grad():
        for picture in pictures:
            count += 1
            for layer, features in descriptor(picture).items():
                kept = sums.setdefault(layer, {})
                for name, statistic in measures.items():
                    kept[name] = kept.get(name, 0) + statistic(features)
                seen[layer] = seen.get(layer, 0) + features[0, 0].numel()
    found = {layer: {n: t / count for n, t in kept.items()} for layer, kept in sums.items()}
    if pooled:
        found = {layer: from_moments(STATISTICS, moments) for layer, moments in found.items()}
    return {
        layer: {**kept, "positions": torch.tensor(seen[layer])} for layer, kept in found.items()
    }
