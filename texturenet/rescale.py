"""Filters brought to a mean activation of 1 over pictures: descriptor -> descriptor."""

from collections.abc import Sequence
from copy import copy

import torch
from torch import Tensor

from .descriptor import Vgg
from .views import Way, statistics_of

LEAST = 0.1  # of a layer's mean activation


def rescaled(descriptor: Vgg, pictures: Sequence[Tensor], way: Way) -> Vgg:
    """The same network with filters whose mean activation over pictures (1,3,h,w) and positions,
    once rectified, is 1.

    Gatys, Ecker, Bethge 2015 (README of DeepTextures), there over ImageNet. A filter that hardly
    fires counts as LEAST of its layer's mean activation: divided by its own it would be all noise.
    """
    relus = [name for name in descriptor.computed if name.startswith("relu")]
    seen = descriptor.only(relus)
    found = [statistics_of(seen, p.to(seen.mean.device), relus, ["mean"], way) for p in pictures]
    other, before = copy(descriptor), torch.ones(3, device=seen.mean.device)
    other._buffers = dict(descriptor._buffers)
    for relu in relus:
        mean = torch.stack([statistics[relu]["mean"][0] for statistics in found]).mean(0)
        mean = mean.clamp(min=max(LEAST * mean.mean().item(), 1e-12))
        kernel, bias = (f"conv{relu[4:]}_{part}" for part in ("kernel", "bias"))
        by = before.view(1, -1, 1, 1) / mean.view(-1, 1, 1, 1)
        other._buffers[kernel] = other._buffers[kernel] * by
        other._buffers[bias] = other._buffers[bias] / mean
        before = mean
    if (last := descriptor.computed[-1]).startswith("conv"):  # never rectified: only its input is
        name = f"{last}_kernel"
        other._buffers[name] = other._buffers[name] * before.view(1, -1, 1, 1)
    return other
