"""How long a picture takes, before it is begun: seconds, measured on a small one.

The work of a descriptor is proportional to the pixels. Estimates are right to within a factor of
about two; memory is estimated in `memory`.
"""

import math
import time

import torch
from torch import Tensor

from ..descriptors.base import Descriptor
from ..types import Size
from .blocks import Compute, block_features, blocks
from .tasks import PaintingPlan

PROBE = 192  # pixels a side of the picture that is timed
GRADIENT = 2.5  # a pass and its gradient over the pass alone, measured: 2 to 3
AGAIN = 1.0  # one more pass, where features are computed a second time


def seconds_per_pixel(descriptor: Descriptor, compute: Compute) -> float:
    """Of the features of a picture, without a gradient. Takes about a second."""
    side = max(PROBE, descriptor.smallest)
    probe = torch.full((1, 3, side, side), 0.5, device=descriptor.mean.device)
    # The first one also sets up the library of convolutions.
    return min(_seconds(descriptor, probe, compute) for _ in range(2)) / side**2


def seconds_to_prepare(plan: PaintingPlan, sides: Size) -> float:
    """Of the targets of all levels, out of an exemplar or style picture of these sides (height,
    width); the first level waits for its own, the coarsest."""
    pixels = 0
    for size in plan.sizes():
        shrunk = plan.shrunk(sides, size)
        pixels += pixels_computed(plan.descriptor, shrunk, plan.compute_targets(shrunk))
    return pixels * seconds_per_pixel(plan.descriptor, plan.compute_targets(sides))


def seconds_to_paint(plan: PaintingPlan) -> float:
    """Of the steps of all levels, of which each is one evaluation unless a line search is used."""
    pixels = 0.0
    for index, size in enumerate(plan.sizes()):
        steps = plan.steps if index == plan.scales - 1 else plan.coarse_steps
        compute = plan.compute(size)
        again = AGAIN if compute.recompute or compute.block else 0.0
        each = pixels_computed(plan.descriptor, size, compute)
        pixels += each * (GRADIENT + again) * (steps + 1)
    return pixels * seconds_per_pixel(plan.descriptor, plan.compute(plan.size))


def pixels_computed(descriptor: Descriptor, size: Size, compute: Compute) -> int:
    """The pixels of a picture, those in the margins of its blocks included."""
    if compute.block is None:
        return math.prod(size)
    _, stride, reach = descriptor.geometry[descriptor.computed[-1]]
    spans = [
        (block.rows.high - block.rows.low, block.columns.high - block.columns.low)
        for block in blocks(size, compute.block, stride, reach, (False, False))
    ]
    return sum(map(math.prod, spans))


def _seconds(descriptor: Descriptor, probe: Tensor, compute: Compute) -> float:
    started = time.perf_counter()
    with torch.no_grad():
        block_features(descriptor, probe, Compute(half=compute.half))
    if probe.device.type == "cuda":
        torch.cuda.synchronize(probe.device)
    return time.perf_counter() - started
