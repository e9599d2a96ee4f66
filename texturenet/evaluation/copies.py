"""Which parts of a picture are copied from the exemplar: (3,H,W) -> a map of copies."""

import torch
import torch.nn.functional as F
from torch import Tensor

PATCH, STRIDE = 11, 4  # pixels a side of a patch, from one to the next
SIDE = 256  # pixels a side of a picture, beyond which the steps are as much longer
NEAR = 0.05  # mean squared error over the patch's own variance, up to which it is a copy
DIRECTIONS = 32  # by which patches are compared: those in which the exemplar's differ most
SAMPLES = 2**14  # patches from which these are found
AT_ONCE = 512  # patches compared at a time
BAND = 2**12  # patches of the exemplar compared at a time
GROUP = 2**8  # of which the nearest is sought first


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
    bool (m,n), a cell for every STRIDE pixels each way, or more in pictures larger than SIDE
    """
    stride = STRIDE * -(-min(picture.shape[1:]) // SIDE)
    queries = _patches(picture, stride)
    size = tuple((length - PATCH) // stride + 1 for length in picture.shape[1:])
    index, errors = _nearest(queries, exemplar)
    width = exemplar.shape[2] - PATCH + 1
    rows, columns = (index // width).view(size), (index % width).view(size)  # (m,n) each
    # Relative to the patch's own detail: smooth patches are all near some other.
    detail = queries.view(len(queries), 3, -1).var(dim=2).mean(1)  # (N,)
    near = (errors <= NEAR * detail + 1e-9).view(size)
    down = _beside(rows, columns, near, 0, stride)
    across = _beside(rows, columns, near, 1, stride)
    return near & down & across


def _patches(picture: Tensor, stride: int) -> Tensor:
    """(N,D)."""
    return F.unfold(picture[None], PATCH, stride=stride)[0].T.contiguous()


def _nearest(queries: Tensor, exemplar: Tensor) -> tuple[Tensor, Tensor]:
    """Queries (N,D) -> index (N,) of the patch of the exemplar that is nearest by DIRECTIONS, and
    its mean squared error. A patch that is nearly equal is nearest by any."""
    filters = _directions(exemplar)  # (D,C)
    # A product of these with (features, their energy) is the squared distance, less a constant.
    sought = torch.cat([-2 * queries @ filters, queries.new_ones(len(queries), 1)], 1)  # (N,C+1)
    best = queries.new_full((len(queries),), torch.inf)
    index = torch.zeros_like(best, dtype=torch.long)
    height, width = (length - PATCH + 1 for length in exemplar.shape[1:])
    kernels = filters.T.view(-1, 3, PATCH, PATCH)
    for top in range(0, height, rows := max(1, BAND // width)):
        band = exemplar[None, :, top : top + rows + PATCH - 1]
        theirs = F.conv2d(band, kernels)[0].flatten(1)  # (C,M)
        theirs = torch.cat([theirs, theirs.square().sum(0, keepdim=True)])  # (C+1,M)
        for first in range(0, len(queries), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            distance, nearest = _least(sought[part] @ theirs)  # (n,)
            closer = distance < best[part]
            best[part] = torch.where(closer, distance, best[part])
            index[part] = torch.where(closer, top * width + nearest, index[part])
    return index, (queries - _at(exemplar, index // width, index % width)).square().mean(1)


def _least(values: Tensor) -> tuple[Tensor, Tensor]:
    """The least of each row of (n,M), and where it is. On a CPU the least of a part is found many
    times faster than its place."""
    parts = values.split(GROUP, 1)
    least, part = torch.stack([some.amin(1) for some in parts], 1).min(1)  # (n,)
    places = part[:, None] * GROUP + torch.arange(GROUP, device=values.device)
    group = values.gather(1, places.clamp(max=values.shape[1] - 1))  # (n,GROUP)
    return least, (part * GROUP + group.argmin(1)).clamp(max=values.shape[1] - 1)


def _directions(exemplar: Tensor) -> Tensor:
    """(D,C): the principal axes of patches of (3,h,w)."""
    stride = max(1, round((exemplar[0].numel() / SAMPLES) ** 0.5))
    patches = _patches(exemplar, stride).double()
    patches = patches - patches.mean(0)
    return torch.linalg.eigh(patches.T @ patches).eigenvectors[:, -DIRECTIONS:].to(exemplar)


def _at(exemplar: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The patches at N places: (N,D)."""
    line = torch.arange(PATCH, device=exemplar.device)
    down, across = rows.view(-1, 1, 1) + line.view(-1, 1), columns.view(-1, 1, 1) + line
    return exemplar[:, down, across].transpose(0, 1).flatten(1)


def _beside(rows: Tensor, columns: Tensor, near: Tensor, axis: int, stride: int) -> Tensor:
    """Whether the nearest patch of a neighbour before or after on an axis is where a copy has it;
    all (m,n)."""
    down, across = (stride, 0) if axis == 0 else (0, stride)
    steps = rows.diff(dim=axis), columns.diff(dim=axis)
    both = near.narrow(axis, 1, near.shape[axis] - 1) & near.narrow(axis, 0, near.shape[axis] - 1)
    both &= ((steps[0] - down).abs() <= 1) & ((steps[1] - across).abs() <= 1)
    # One step less than cells: every step belongs to the cell before it and to the one after.
    first, last = ((0, 0, 1, 0), (0, 0, 0, 1)) if axis == 0 else ((1, 0), (0, 1))
    return F.pad(both, first) | F.pad(both, last)
