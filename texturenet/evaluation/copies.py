"""Which parts of a picture are verbatim exemplar: pictures (3,h,w) -> a map of copies."""

import torch
import torch.nn.functional as F
from torch import Tensor

COPY_PATCH, COPY_STRIDE = 11, 4  # pixels
AT_ONCE = 512  # patches looked for at a time
COPY_NEAR = 0.05  # mean squared error over the patch's own variance, up to which it is a copy
BAND = 16  # rows of the exemplar looked through at a time


def copy_map(picture: Tensor, exemplar: Tensor) -> Tensor:
    """Where a picture is verbatim exemplar: bool (m,n), a cell for every fourth pixel each way.

    Every patch is looked for in the exemplar. It is a copy where it is found, nearly exactly, and a
    neighbour on each axis is found beside it, to a pixel in both coordinates. (The displacement
    score of Gonthier et al. 2022 counts one coordinate, and matches however bad.)
    """
    queries, size = _patches(picture, COPY_STRIDE)
    index, errors = _nearest(queries, exemplar)
    width = exemplar.shape[2] - COPY_PATCH + 1
    rows, columns = index // width, index % width
    rows, columns = (found.view(size) for found in (rows, columns))
    # Over the patch's own detail: smooth patches all have their like somewhere.
    detail = queries.view(len(queries), 3, -1).var(dim=2).mean(1)
    near = (errors <= COPY_NEAR * detail + 1e-9).view(size)
    down = _beside(rows, columns, near, 0)
    across = _beside(rows, columns, near, 1)
    return near & down & across


def _patches(picture: Tensor, stride: int) -> tuple[Tensor, tuple[int, int]]:
    """(N,D) and how many there are each way."""
    found = F.unfold(picture[None], COPY_PATCH, stride=stride)[0].T.contiguous()  # (N,D)
    size = tuple((length - COPY_PATCH) // stride + 1 for length in picture.shape[1:])
    return found, size


def _nearest(queries: Tensor, exemplar: Tensor) -> tuple[Tensor, Tensor]:
    """Index of the patch of the exemplar that is nearest to each query, and mean squared error."""
    best = queries.new_full((len(queries),), torch.inf)
    index, error = torch.zeros_like(best, dtype=torch.long), best.clone()
    width = exemplar.shape[2] - COPY_PATCH + 1
    # Some rows of the exemplar at a time: its patches take hundreds of times its memory.
    for top in range(0, exemplar.shape[1] - COPY_PATCH + 1, BAND):
        places, _ = _patches(exemplar[:, top : top + BAND + COPY_PATCH - 1], 1)
        energy = places.square().sum(1)
        for first in range(0, len(queries), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            distance, found = (energy - 2 * queries[part] @ places.T).min(1)  # (n,)
            closer = distance < best[part]
            best[part] = torch.where(closer, distance, best[part])
            index[part] = torch.where(closer, top * width + found, index[part])
            exact = (queries[part] - places[found]).square().mean(1)
            error[part] = torch.where(closer, exact, error[part])
    return index, error


def _beside(rows: Tensor, columns: Tensor, near: Tensor, axis: int) -> Tensor:
    """Whether a neighbour before or after on an axis was found where it would be in a copy."""
    wanted = (COPY_STRIDE, 0) if axis == 0 else (0, COPY_STRIDE)
    steps = [found.diff(dim=axis) for found in (rows, columns)]
    both = near.narrow(axis, 1, near.shape[axis] - 1) & near.narrow(axis, 0, near.shape[axis] - 1)
    held = both & ((steps[0] - wanted[0]).abs() <= 1) & ((steps[1] - wanted[1]).abs() <= 1)
    pad = [0, 0, 0, 0]
    before, after = list(pad), list(pad)
    place = 2 if axis == 0 else 0
    before[place], after[place + 1] = 1, 1
    return F.pad(held, before) | F.pad(held, after)
