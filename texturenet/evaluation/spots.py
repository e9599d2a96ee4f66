"""Places that the exemplar has none like: pictures (3,H,W) in [0,1] -> bool (m,n), how far they go.

Normalised nets hide a spike somewhere to steer statistics everywhere (Karras et al. 2020, section
2, "droplets"): smooth pale spots. Means over the picture hardly see them.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

STRIDE = 4  # pixels from one place to the next
WINDOWS = (9, 21)  # pixels a side that the statistics of a place are of
APART = 24  # pixels between places of the exemplar that are held against each other
USUAL = 0.999  # of the exemplar's places count as like others
MARGIN = 1.25  # times as far as they may a place lie from its like
AT_ONCE = 1024


def local_features(picture: Tensor) -> Tensor:
    """What each place looks like (D,m,n): mean colours and logarithm of the deviation of the
    luminance, in windows of two sizes."""
    grey = picture.mean(0, keepdim=True)
    found = []
    for window in WINDOWS:
        mean, low, square = (
            F.avg_pool2d(F.pad(x[None], (window // 2,) * 4, mode="reflect"), window, STRIDE)[0]
            for x in (picture, grey, grey.square())
        )
        deviation = (square - low.square()).clamp(min=0).sqrt()
        found += [mean, (deviation + 1 / 255).log()]
    return torch.cat(found)


def spots(picture: Tensor, exemplar: Tensor) -> Tensor:
    """Where a picture looks like no place of the exemplar."""
    theirs = local_features(exemplar)
    scale = theirs.flatten(1).std(dim=1).clamp(min=1e-3).view(-1, 1, 1)
    theirs, ours = theirs / scale, local_features(picture) / scale
    size, known = ours.shape[1:], theirs.flatten(1).T  # (N,D)
    usual = _nearest(known, known, _index(theirs)).quantile(USUAL)
    return (_nearest(ours.flatten(1).T, known) > MARGIN * usual).view(size)


def largest(cells: Tensor) -> float:
    """The largest connected region (in eight directions) as a share of all cells."""
    if not cells.any():
        return 0.0
    labels = torch.arange(1, cells.numel() + 1, device=cells.device).view(cells.shape).float()
    labels = labels * cells
    while True:
        spread = F.max_pool2d(labels[None, None], 3, 1, 1)[0, 0] * cells
        if torch.equal(spread, labels):
            return labels[cells].unique(return_counts=True)[1].max().item() / cells.numel()
        labels = spread


def spot(picture: Tensor, exemplar: Tensor) -> float:
    """The share of the picture that its largest spot takes."""
    return largest(spots(picture, exemplar))


def _index(places: Tensor) -> Tensor:
    """Rows and columns of places (D,m,n), in pixels (m*n,2)."""
    lines = (STRIDE * torch.arange(n, device=places.device) for n in places.shape[1:])
    return torch.stack(torch.meshgrid(*lines, indexing="ij"), -1).view(-1, 2).float()


def _nearest(queries: Tensor, known: Tensor, index: Tensor | None = None) -> Tensor:
    """Distance of each to what is nearest to it; index: not counting what lies close by."""
    found = []
    for first in range(0, len(queries), AT_ONCE):
        distance = torch.cdist(queries[first : first + AT_ONCE], known)
        if index is not None:
            apart = (index[first : first + AT_ONCE, None] - index[None]).abs().amax(-1)
            distance = distance.masked_fill(apart < APART, torch.inf)
        found.append(distance.amin(1))
    return torch.cat(found)
