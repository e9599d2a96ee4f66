"""Which parts of a picture are copied from the exemplar: (3,H,W) -> a map of copies."""

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH, STRIDE = 11, 4  # pixels a side of a patch, from one to the next
NEAR = 0.05  # mean squared error over the patch's own variance, up to which it is a copy
AT_ONCE = 512  # patches compared at a time
BAND = 16  # rows of the exemplar compared at a time


def copy_map(picture: Tensor, exemplar: Tensor) -> Tensor:
    """Where a picture is verbatim exemplar.

    The nearest patch of the exemplar is searched for every patch. It is a copy if it is nearly
    equal and the nearest patches of a neighbour on each axis lie beside it, to a pixel in both
    coordinates. Differs from the displacement score of Gonthier et al. 2022, which counts one
    coordinate, and matches of any error.

    Parameters
    ----------
    picture : (3,H,W) in [0,1]
    exemplar : (3,h,w) in [0,1]

    Returns
    -------
    bool (m,n), a cell for every STRIDE pixels each way
    """
    queries, size = _patches(picture, STRIDE)
    index, errors = _nearest(queries, exemplar)
    width = exemplar.shape[2] - PATCH + 1
    rows, columns = (index // width).view(size), (index % width).view(size)  # (m,n) each
    # Relative to the patch's own detail: smooth patches are all near some other.
    detail = queries.view(len(queries), 3, -1).var(dim=2).mean(1)  # (N,)
    near = (errors <= NEAR * detail + 1e-9).view(size)
    down = _beside(rows, columns, near, 0)
    across = _beside(rows, columns, near, 1)
    return near & down & across


def _patches(picture: Tensor, stride: int) -> tuple[Tensor, tuple[int, int]]:
    """Patches (N,D) and how many there are each way."""
    patches = F.unfold(picture[None], PATCH, stride=stride)[0].T.contiguous()  # (N,D)
    size = tuple((length - PATCH) // stride + 1 for length in picture.shape[1:])
    return patches, size


def _nearest(queries: Tensor, exemplar: Tensor) -> tuple[Tensor, Tensor]:
    """Queries (N,D) -> index (N,) of the nearest patch of the exemplar, its mean squared error."""
    best = queries.new_full((len(queries),), torch.inf)
    index, error = torch.zeros_like(best, dtype=torch.long), best.clone()
    width = exemplar.shape[2] - PATCH + 1
    # Some rows of the exemplar at a time: its patches take hundreds of times its memory.
    for top in range(0, exemplar.shape[1] - PATCH + 1, BAND):
        patches, _ = _patches(exemplar[:, top : top + BAND + PATCH - 1], 1)  # (M,D)
        energy = patches.square().sum(1)
        for first in range(0, len(queries), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            distance, nearest = (energy - 2 * queries[part] @ patches.T).min(1)  # (n,)
            closer = distance < best[part]
            best[part] = torch.where(closer, distance, best[part])
            index[part] = torch.where(closer, top * width + nearest, index[part])
            exact = (queries[part] - patches[nearest]).square().mean(1)
            error[part] = torch.where(closer, exact, error[part])
    return index, error


def _beside(rows: Tensor, columns: Tensor, near: Tensor, axis: int) -> Tensor:
    """Whether the nearest patch of a neighbour before or after on an axis is where a copy has it;
    all (m,n)."""
    down, across = (STRIDE, 0) if axis == 0 else (0, STRIDE)
    steps = rows.diff(dim=axis), columns.diff(dim=axis)
    both = near.narrow(axis, 1, near.shape[axis] - 1) & near.narrow(axis, 0, near.shape[axis] - 1)
    both &= ((steps[0] - down).abs() <= 1) & ((steps[1] - across).abs() <= 1)
    # One step less than cells: every step belongs to the cell before it and to the one after.
    first, last = ((0, 0, 1, 0), (0, 0, 0, 1)) if axis == 0 else ((1, 0), (0, 1))
    return F.pad(both, first) | F.pad(both, last)
