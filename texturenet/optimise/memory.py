"""How much memory an optimisation takes, and how to compute it within what there is.

Estimates count what is alive at once; bench/memory.py compares them with real processes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psutil
import torch

from ..descriptors.base import Descriptor
from ..descriptors.filters import ALL
from ..errors import Refused
from ..types import Size
from .blocks import Compute

BLOCKS = (1024, 768, 512, 384, 256)  # pixels a side that are tried
PART = 0.85  # of the free memory that is taken where no limit is given
CANVASES = 14  # float32 pictures that the optimiser needs besides its history
SCRATCH = 2.5  # of the largest layer's features: gradients in passing, a copy in float32
LIBRARY = 2e8  # bytes that the library of convolutions allocates for itself
FLOAT = 4  # bytes


def of_features(descriptor: Descriptor, size: Size, compute: Compute) -> int:
    """Bytes of the features of a picture of this size (height, width) and of their gradients."""
    if compute.block is not None:
        _, stride, reach = descriptor.geometry[descriptor.computed[-1]]
        margin = -(-reach // stride) * stride
        size = tuple(min(length, compute.block + 2 * margin) for length in size)
    area, each = math.prod(size), 2 if compute.half and not descriptor.in_float32 else FLOAT
    shapes = {name: c / s**2 for name, (c, s, _) in descriptor.geometry.items()}
    kept = {
        name: values
        for name, values in shapes.items()
        if name[:4] in ("conv", "pool") or name == ALL
    }
    if compute.recompute:
        passed = sum(values for name, values in kept.items() if name.startswith("pool"))
        again = max(sum(kept.get(name, 0) for name in names) for names in descriptor.blocks)
        values = passed + again
    else:
        values = sum(kept.values())
    passing = (each + FLOAT) / 2 * SCRATCH * max(shapes.values())
    cached = descriptor.cache_bytes(size, compute.half)
    return int(area * (each * values + passing) + cached + LIBRARY)


def of_targets(descriptor: Descriptor, size: Size, layers: Sequence[str], half: bool) -> int:
    """Bytes of the features of these layers that a picture is compared with."""
    shapes = (descriptor.geometry[layer] for layer in layers)
    values = sum(channels / stride**2 for channels, stride, _ in shapes)
    return int(math.prod(size) * values * (2 if half else FLOAT))


def of_optimizer(size: Size, history: int) -> int:
    """Bytes of a picture and of what the optimiser keeps of it; history: of L-BFGS, 0 for Adam."""
    return 3 * math.prod(size) * FLOAT * (2 * history + CANVASES)


def compute_within(
    limit: float, descriptor: Descriptor, size: Size, half: bool, fixed: float, remedy: str
) -> Compute:
    """The fastest way to compute whose features fit into the memory.

    Parameters
    ----------
    limit : bytes that may be taken
    descriptor, size : what is described, (height, width)
    half : convolutions in bfloat16
    fixed : bytes taken in any case
    remedy : the end of the refusal, how to need less

    Raises
    ------
    Refused : where nothing fits, with the least estimate and the limit
    """
    choices = [Compute(half), Compute(half, recompute=True)]
    choices += [Compute(half, block=side) for side in BLOCKS if side < max(size)]
    needed = [fixed + of_features(descriptor, size, compute) for compute in choices]
    for compute, bytes_needed in zip(choices, needed, strict=True):
        if bytes_needed <= limit:
            return compute
    raise Refused(
        f"{size[0]}x{size[1]} pixels need about {min(needed) / 1e9:.1f} GB of memory beyond what "
        f"is in use, and {max(limit, 0) / 1e9:.1f} GB may be taken: {remedy}."
    )


def limit_of(device: torch.device, most: float | None) -> float:
    """Bytes that may still be taken. most: bytes that the process may take in all; None for PART of
    what is free."""
    if device.type == "cuda":
        used = torch.cuda.memory_allocated(device)
        if most is not None:
            return most - used
        free, _ = torch.cuda.mem_get_info(device)
        # What torch has reserved and does not use is not free, but will be used first.
        return PART * (free + torch.cuda.memory_reserved(device) - used)
    if most is not None:
        return most - psutil.Process().memory_info().rss
    return PART * min(psutil.virtual_memory().available, left_of_groups())


@dataclass(frozen=True)
class GroupFiles:
    """Where a control group keeps its figures. cache: lines of `memory.stat` with the bytes of
    files in memory, which the kernel gives back when others need them."""

    limit: str
    used: str
    cache: tuple[str, ...]


# Linux, Documentation/admin-guide: cgroup-v2.rst and cgroup-v1/memory.rst. Usage of version 1
# includes the groups inside, and so do the lines that begin with total_.
VERSION_1 = GroupFiles(
    "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")
)
VERSION_2 = GroupFiles("memory.max", "memory.current", ("inactive_file", "active_file"))


def left_of_groups(
    mounts: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")
) -> float:
    """Bytes that the control groups of this process still allow, infinity without a limit.

    mounts: where groups are mounted, those of version 1 that limit memory under `memory`. own: the
    list of the groups that the process is in. Every group counts that its group lies in.
    """
    paths = _paths_of_groups(own)
    left = [
        _left_of_group(folder, files)
        for files, mount in ((VERSION_2, mounts), (VERSION_1, mounts / "memory"))
        for folder in _group_and_parents(mount, paths.get(files, PurePosixPath()))
    ]
    return min(left)


def _paths_of_groups(own: Path) -> dict[GroupFiles, PurePosixPath]:
    """Lines such as `0::/a/b` (version 2) and `4:cpu,memory:/a/b` (version 1)."""
    paths = {}
    try:
        for line in own.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers:
                paths[VERSION_2] = PurePosixPath(path.lstrip("/"))
            elif "memory" in controllers.split(","):
                paths[VERSION_1] = PurePosixPath(path.lstrip("/"))
    except (OSError, ValueError):
        pass  # not Linux, or a line of another form: the mounted group is what there is
    return paths


def _group_and_parents(mount: Path, path: PurePosixPath) -> list[Path]:
    """In a container the path can be the host's, of which nothing but the mount is to be seen."""
    inner = [] if ".." in path.parts else [path, *path.parents]
    return [mount, *(mount / part for part in inner if part.parts)]


def _left_of_group(folder: Path, files: GroupFiles) -> float:
    try:
        limit, used = ((folder / name).read_text().strip() for name in (files.limit, files.used))
        if limit == "max":
            return math.inf
        return float(limit) - max(0.0, float(used) - _cache_of_group(folder, files))
    except (OSError, ValueError):
        return math.inf  # the root of version 2 has no limit, and no such file


def _cache_of_group(folder: Path, files: GroupFiles) -> float:
    try:
        lines = (folder / "memory.stat").read_text().splitlines()
        return sum(float(line.split()[1]) for line in lines if line.split()[0] in files.cache)
    except (OSError, ValueError, IndexError):
        return 0.0
