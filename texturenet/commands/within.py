"""Options -> how a picture of any size is computed within the memory there is."""

from collections.abc import Callable, Sequence
from functools import cache

import torch

from .. import memory
from ..descriptor import Descriptor
from ..errors import Refused
from ..hardware import has_bfloat16
from ..tasks import Size
from ..views import Way
from . import options
from .progress import say

LESS = (
    "ask for a smaller size or history, a larger max_memory, optimizer=adam, or precision=bfloat16"
)


def hardware(chosen: options.Painting) -> tuple[torch.device, bool]:
    """(device, whether convolutions run in bfloat16), with `auto` decided."""
    device = device_of(chosen.device)
    if chosen.precision == "auto":
        return device, has_bfloat16(device.type)
    return device, chosen.precision == "bfloat16"


def device_of(word: str) -> torch.device:
    """auto, cpu or gpu -> what there is."""
    usable = torch.cuda.is_available()
    if word == "gpu" and not usable:
        raise Refused("no GPU can be used here: leave device=gpu out, or say device=cpu.")
    return torch.device("cuda" if usable and word != "cpu" else "cpu")


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name()
    return f"CPU, {torch.get_num_threads()} threads"


def ways(
    chosen: options.Painting, descriptor: Descriptor, held: Sequence[str] = ()
) -> Callable[[Size], Way]:
    """size -> how its gradient is computed within the memory there is. held: layers whose features
    are kept as targets."""
    history = chosen.history if chosen.optimizer == "lbfgs" else 0
    half = hardware(chosen)[1]

    def fixed(size: Size) -> int:
        targets = memory.of_targets(descriptor, size, held, half)
        return memory.of_optimizer(size, history) + targets

    return _within(chosen, descriptor, fixed)


def glances(chosen: options.Painting, descriptor: Descriptor) -> Callable[[Size], Way]:
    """The same for a picture that is only looked at."""
    return _within(chosen, descriptor, lambda size: memory.of_optimizer(size, 0) // 4)


def _within(
    chosen: options.Painting, descriptor: Descriptor, fixed: Callable[[Size], int]
) -> Callable[[Size], Way]:
    device, half = hardware(chosen)
    limit = memory.limit_of(device, chosen.max_memory and chosen.max_memory * 1e9)

    @cache
    def way(size: Size) -> Way:
        found = memory.way_within(limit, descriptor, size, half, fixed(size), LESS)
        if found.block:
            say(f"{size[0]}x{size[1]} in blocks of {found.block} pixels, to save memory")
        elif found.thrifty:
            say(f"{size[0]}x{size[1]} with features computed twice, to save memory")
        return found

    return way
