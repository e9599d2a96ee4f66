"""How much memory an optimisation takes, and the way to compute it within what there is.

The estimates count what is alive at once; bench/memory.py holds them against real processes.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import psutil
import torch

from ..descriptors.base import Descriptor
from ..descriptors.filters import ALL
from ..errors import Refused
from .blocks import Compute

Size = tuple[int, int]
BLOCKS = (1024, 768, 512, 384, 256)  # pixels a side that are tried
PART = 0.85  # of the free memory that may be taken unasked
CANVASES = 14  # pictures of float32 that the optimiser and its watch hold besides the history
SCRATCH = 2.5  # of the largest layer's features: gradients on their way, a copy in float32
LIBRARY = 2e8  # bytes that the library of convolutions sets up for itself
FLOAT = 4  # bytes


def of_features(descriptor: Descriptor, size: Size, way: Compute) -> int:
    """Bytes of the features of a picture and of their gradients."""
    if way.block is not None:
        _, stride, reach = descriptor.geometry[descriptor.computed[-1]]
        margin = -(-reach // stride) * stride
        size = tuple(min(length, way.block + 2 * margin) for length in size)
    area, each = math.prod(size), 2 if way.half and not descriptor.in_float32 else FLOAT
    shapes = {name: c / s**2 for name, (c, s, _) in descriptor.geometry.items()}
    kept = {
        name: values
        for name, values in shapes.items()
        if name[:4] in ("conv", "pool") or name == ALL
    }
    if way.recompute:
        passed = sum(values for name, values in kept.items() if name.startswith("pool"))
        again = max(sum(kept.get(name, 0) for name in names) for names in descriptor.blocks)
        values = passed + again
    else:
        values = sum(kept.values())
    passing = (each + FLOAT) / 2 * SCRATCH * max(shapes.values())
    return int(area * (each * values + passing) + descriptor.cache_bytes(size) + LIBRARY)


def of_targets(descriptor: Descriptor, size: Size, layers: Sequence[str], half: bool) -> int:
    """Bytes of the features that a picture is held against."""
    shapes = (descriptor.geometry[layer] for layer in layers)
    values = sum(channels / stride**2 for channels, stride, _ in shapes)
    return int(math.prod(size) * values * (2 if half else FLOAT))


def of_optimizer(size: Size, history: int) -> int:
    """Bytes of the picture and of what the optimiser keeps of it; history 0 for Adam."""
    return 3 * math.prod(size) * FLOAT * (2 * history + CANVASES)


def way_within(
    limit: float, descriptor: Descriptor, size: Size, half: bool, fixed: float, told: str
) -> Compute:
    """The fastest way whose features fit in `limit` bytes beside what is `fixed`.

    Raises Refused, with the estimate, where none does; told: how to ask for less.
    """
    ways = [Compute(half), Compute(half, recompute=True)]
    ways += [Compute(half, block=side) for side in BLOCKS if side < max(size)]
    needed = [fixed + of_features(descriptor, size, way) for way in ways]
    for way, bytes_needed in zip(ways, needed, strict=True):
        if bytes_needed <= limit:
            return way
    raise Refused(
        f"{size[0]}x{size[1]} pixels need about {min(needed) / 1e9:.1f} GB of memory beyond what "
        f"is in use, and {max(limit, 0) / 1e9:.1f} GB may be taken: {told}."
    )


def limit_of(device: torch.device, most: float | None) -> float:
    """Bytes that may still be taken: of `most` (of this process, in bytes), or of what is free."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free * PART if most is None else most - torch.cuda.memory_allocated(device)
    if most is not None:
        return most - psutil.Process().memory_info().rss
    return PART * min(psutil.virtual_memory().available, _left_of_group())


def _left_of_group() -> float:
    """What a Linux container may still take."""
    group = Path("/sys/fs/cgroup")
    try:
        most, used = (
            (group / name).read_text().strip() for name in ("memory.max", "memory.current")
        )
        return math.inf if most == "max" else float(most) - float(used)
    except (OSError, ValueError):
        return math.inf
