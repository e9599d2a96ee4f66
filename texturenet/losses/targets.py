"""Pictures of an exemplar -> the statistics that a `TextureLoss` compares others with."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from .statistics import MOMENTS, STATISTICS, from_moments

# Pictures (B,3,H,W) in [0,1] -> {layer: features (B,C,h,w)}.
FeatureFn = Callable[[Tensor], dict[str, Tensor]]


def targets_of(
    pictures: Iterable[Tensor], descriptor: FeatureFn, *, pooled: bool = False
) -> dict[str, dict[str, Tensor]]:
    """Mean statistics of crops of an exemplar.

    Crops have the size of the pictures that are compared with them, so that the descriptor's
    padded borders weigh the same on both sides of the comparison.

    Parameters
    ----------
    pictures : crops (1,3,h,w) in [0,1]
    descriptor : the features that statistics are of
    pooled : statistics of all crops as if they were one picture, instead of their mean

    Returns
    -------
    {layer: {statistic: (1,C,C) or (1,C)}}, and under "positions" of each layer the number of
    positions that its statistics are of, counted once for each crop that shows them
    """
    measures = MOMENTS if pooled else STATISTICS
    sums: dict[str, dict[str, Tensor]] = {}
    positions: dict[str, int] = {}
    count = 0
    with torch.no_grad():
        for picture in pictures:
            count += 1
            for layer, maps in descriptor(picture).items():
                total = sums.setdefault(layer, {})
                for name, measure in measures.items():
                    total[name] = total.get(name, 0) + measure(maps)
                positions[layer] = positions.get(layer, 0) + maps[0, 0].numel()
    targets = {}
    for layer, total in sums.items():
        means = {name: value / count for name, value in total.items()}
        targets[layer] = from_moments(STATISTICS, means) if pooled else means
        targets[layer]["positions"] = torch.tensor(positions[layer])
    return targets
