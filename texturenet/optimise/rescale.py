"""Filters brought to a mean activation of 1 over pictures: descriptor -> descriptor."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..descriptors.base import Descriptor
from .blocks import Compute, picture_statistics

LEAST = 0.1  # of a layer's mean activation


def rescaled(descriptor: Descriptor, pictures: Sequence[Tensor], way: Compute) -> Descriptor:
    """The same network with filters whose mean activation over pictures (1,3,h,w) and positions,
    once rectified, is 1.

    Gatys, Ecker, Bethge 2015 (README of DeepTextures), there over ImageNet. A filter that hardly
    fires counts as LEAST of its layer's mean activation: divided by its own it would be all noise.
    """
    relus = [name for name in descriptor.computed if name.startswith("relu")]
    seen = descriptor.only(relus)
    found = [
        picture_statistics(seen, p.to(seen.mean.device), relus, ["mean"], way) for p in pictures
    ]
    means = {}
    for relu in relus:
        mean = torch.stack([statistics[relu]["mean"][0] for statistics in found]).mean(0)
        means[relu] = mean.clamp(min=max(LEAST * mean.mean().item(), 1e-12))
    return descriptor.divided(means)
