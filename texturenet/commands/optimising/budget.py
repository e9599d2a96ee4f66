"""Options -> how a picture of any size is computed within the memory there is."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import torch

from ...descriptors.base import Descriptor
from ...hardware import device_of, has_bfloat16
from ...optimise import memory
from ...optimise.blocks import Compute
from ...types import Size
from ..options.descriptor import Building
from ..options.optimising import Painting
from ..terminal import say

REMEDY = (
    "ask for a smaller size or history, a larger max_memory, optimizer=adam, or precision=bfloat16"
)


class Hardware(NamedTuple):
    """half: whether convolutions run in bfloat16."""

    device: torch.device
    half: bool


def hardware(chosen: Painting | Building) -> Hardware:
    """With `auto` decided."""
    device = device_of(chosen.device)
    if chosen.precision == "auto":
        return Hardware(device, has_bfloat16(device.type))
    return Hardware(device, chosen.precision == "bfloat16")


def ways(
    chosen: Painting, hardware: Hardware, descriptor: Descriptor, targets: Sequence[str] = ()
) -> Callable[[Size], Compute]:
    """size -> how its gradient is computed within the memory there is. targets: layers whose
    features are kept."""
    history = chosen.history if chosen.optimizer == "lbfgs" else 0

    def fixed(size: Size) -> int:
        kept = memory.of_targets(descriptor, size, targets, hardware.half)
        return memory.of_optimizer(size, history) + kept

    return _within(chosen, hardware, descriptor, fixed)


def glances(
    chosen: Painting, hardware: Hardware, descriptor: Descriptor
) -> Callable[[Size], Compute]:
    """The same for a picture that is only looked at."""
    return _within(chosen, hardware, descriptor, lambda size: memory.of_optimizer(size, 0) // 4)


def _within(
    chosen: Painting,
    hardware: Hardware,
    descriptor: Descriptor,
    fixed: Callable[[Size], int],
) -> Callable[[Size], Compute]:
    limit = memory.limit_of(hardware.device, chosen.max_memory and chosen.max_memory * 1e9)

    @cache
    def way(size: Size) -> Compute:
        compute = memory.compute_within(limit, descriptor, size, hardware.half, fixed(size), REMEDY)
        if compute.block:
            say(f"{size[0]}x{size[1]} in blocks of {compute.block} pixels, to save memory")
        elif compute.recompute:
            say(f"{size[0]}x{size[1]} with features computed twice, to save memory")
        return compute

    return way
