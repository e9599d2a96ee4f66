"""Filters rescaled to a mean activation of 1 over some pictures: descriptor -> descriptor."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..descriptors.base import Descriptor
from .blocks import Compute, picture_statistics

LEAST = 0.1  # of a layer's mean activation


def rescaled(descriptor: Descriptor, pictures: Sequence[Tensor], compute: Compute) -> Descriptor:
    """The same network with filters whose mean activation, once rectified, is 1.

    Gatys, Ecker, Bethge 2015 (README of DeepTextures), there over ImageNet. A filter that hardly
    fires counts as LEAST of its layer's mean activation: divided by its own it would be all noise.

    Parameters
    ----------
    descriptor : whose rectified layers are rescaled, as deep as it is computed
    pictures : (1,3,h,w) in [0,1], of any sizes; the mean is over their positions, then over them
    compute : within which memory
    """
    relus = [name for name in descriptor.computed if name.startswith("relu")]
    rectified = descriptor.only(relus)
    activations = [
        picture_statistics(rectified, p.to(descriptor.mean.device), relus, ["mean"], compute)
        for p in pictures
    ]
    means = {}
    for relu in relus:
        mean = torch.stack([layers[relu]["mean"][0] for layers in activations]).mean(0)  # (C,)
        means[relu] = mean.clamp(min=max(LEAST * mean.mean().item(), 1e-12))
    return descriptor.divided(means)
