"""Options -> how a picture of any size is computed within the memory there is."""

from collections.abc import Callable, Sequence
from functools import cache

import torch

from ...descriptors.base import Descriptor
from ...hardware import device_of, has_bfloat16
from ...optimise import memory
from ...optimise.blocks import Compute
from ...types import Size
from .. import options
from ..terminal import say

LESS = (
    "ask for a smaller size or history, a larger max_memory, optimizer=adam, or precision=bfloat16"
)


def hardware(chosen: options.Painting) -> tuple[torch.device, bool]:
    """(device, whether convolutions run in bfloat16), with `auto` decided."""
    device = device_of(chosen.device)
    if chosen.precision == "auto":
        return device, has_bfloat16(device.type)
    return device, chosen.precision == "bfloat16"


def ways(
    chosen: options.Painting, descriptor: Descriptor, held: Sequence[str] = ()
) -> Callable[[Size], Compute]:
    """size -> how its gradient is computed within the memory there is. held: layers whose features
    are kept as targets."""
    history = chosen.history if chosen.optimizer == "lbfgs" else 0
    half = hardware(chosen)[1]

    def fixed(size: Size) -> int:
        targets = memory.of_targets(descriptor, size, held, half)
        return memory.of_optimizer(size, history) + targets

    return _within(chosen, descriptor, fixed)


def glances(chosen: options.Painting, descriptor: Descriptor) -> Callable[[Size], Compute]:
    """The same for a picture that is only looked at."""
    return _within(chosen, descriptor, lambda size: memory.of_optimizer(size, 0) // 4)


def _within(
    chosen: options.Painting, descriptor: Descriptor, fixed: Callable[[Size], int]
) -> Callable[[Size], Compute]:
    device, half = hardware(chosen)
    limit = memory.limit_of(device, chosen.max_memory and chosen.max_memory * 1e9)

    @cache
    def way(size: Size) -> Compute:
        found = memory.way_within(limit, descriptor, size, half, fixed(size), LESS)
        if found.block:
            say(f"{size[0]}x{size[1]} in blocks of {found.block} pixels, to save memory")
        elif found.recompute:
            say(f"{size[0]}x{size[1]} with features computed twice, to save memory")
        return found

    return way
