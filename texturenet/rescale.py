"""Filters brought to a mean activation of 1 over pictures: weights -> weights."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .descriptor import Vgg
from .views import Way, statistics_of

LEAST = 0.1  # of a layer's mean activation


def rescaled(
    weights: Mapping[str, tuple[Tensor, Tensor]],
    deepest: str,
    pictures: Sequence[Tensor],
    way: Way,
    **kind: str,
) -> dict[str, tuple[Tensor, Tensor]]:
    """Weights of filters, down to a layer, whose mean activation over pictures (1,3,h,w) and
    positions is 1.

    Gatys, Ecker, Bethge 2015 (README of DeepTextures), there over ImageNet. A filter that hardly
    fires counts as LEAST of its layer's mean activation: divided by its own it would be all noise.
    """
    needed = Vgg(weights, [deepest], **kind).computed
    names = [name for name in weights if name in needed]
    relus = [f"relu{name[4:]}" for name in names]
    seen = Vgg(weights, relus, **kind)
    found = [statistics_of(seen, picture, relus, ["mean"], way) for picture in pictures]
    scaled, before = {}, torch.ones(3)
    for name, relu in zip(names, relus, strict=True):
        kernel, bias = weights[name]
        mean = torch.stack([statistics[relu]["mean"][0] for statistics in found]).mean(0)
        mean = mean.clamp(min=max(LEAST * mean.mean().item(), 1e-12))
        by = before.view(1, -1, 1, 1) / mean.view(-1, 1, 1, 1)
        scaled[name], before = (kernel * by, bias / mean), mean
    return scaled
