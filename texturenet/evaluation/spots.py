"""Places unlike all places of the exemplar: pictures (3,H,W) in [0,1] -> bool (m,n), their extent.

Nets with normalisation can hide a strong spot in their features to scale all others (Karras et al.
2020, "Analyzing and improving the image quality of StyleGAN", section 2, "droplets"): smooth pale
spots, which hardly change a mean over the picture.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

STRIDE = 4  # pixels from one place to the next
SIDE = 512  # pixels a side of an exemplar, beyond which the steps are as much longer
WINDOWS = (9, 21)  # pixels a side of the windows that describe a place
APART = 24  # pixels between places of the exemplar that are compared with each other
USUAL = 0.999  # share of the exemplar's places that count as like others
MARGIN = 1.25  # times the distance that the exemplar's places have from their nearest
AT_ONCE = 1024  # places compared at a time


def local_features(picture: Tensor, stride: int) -> Tensor:
    """Places of (3,H,W), each `stride` pixels, described (D,m,n): mean colours and logarithm of the
    deviation of their mean, in windows of two sizes."""
    grey = picture.mean(0, keepdim=True)
    features = []
    for window in WINDOWS:
        mean, low, square = (
            F.avg_pool2d(F.pad(x[None], (window // 2,) * 4, mode="reflect"), window, stride)[0]
            for x in (picture, grey, grey.square())
        )
        deviation = (square - low.square()).clamp(min=0).sqrt()
        features += [mean, (deviation + 1 / 255).log()]
    return torch.cat(features)


def spots(picture: Tensor, exemplar: Tensor) -> Tensor:
    """Where a picture (3,H,W) looks like no place of the exemplar (3,h,w): bool (m,n)."""
    stride = STRIDE * -(-min(exemplar.shape[1:]) // SIDE)
    theirs = local_features(exemplar, stride)
    scale = theirs.flatten(1).std(dim=1).clamp(min=1e-3).view(-1, 1, 1)
    theirs, ours = theirs / scale, local_features(picture, stride) / scale
    size, places = ours.shape[1:], theirs.flatten(1).T  # (N,D)
    usual = _nearest(places, places, _positions(theirs, stride)).quantile(USUAL)
    return (_nearest(ours.flatten(1).T, places) > MARGIN * usual).view(size)


def largest(cells: Tensor) -> float:
    """The largest connected region of bool (m,n), in eight directions, as a share of all cells."""
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
    """The share of a picture (3,H,W) that its largest spot takes, 0 to 1."""
    return largest(spots(picture, exemplar))


def _positions(places: Tensor, stride: int) -> Tensor:
    """Rows and columns of places (D,m,n), in pixels (m*n,2)."""
    lines = (stride * torch.arange(n, device=places.device) for n in places.shape[1:])
    return torch.stack(torch.meshgrid(*lines, indexing="ij"), -1).view(-1, 2).float()


def _nearest(queries: Tensor, places: Tensor, positions: Tensor | None = None) -> Tensor:
    """Distances (N,) of queries (N,D) to the nearest of places (M,D). positions (N,2): of both;
    places within APART pixels do not count."""
    nearest = []
    for first in range(0, len(queries), AT_ONCE):
        distance = torch.cdist(queries[first : first + AT_ONCE], places)  # (n,M)
        if positions is not None:
            apart = (positions[first : first + AT_ONCE, None] - positions[None]).abs().amax(-1)
            distance = distance.masked_fill(apart < APART, torch.inf)
        nearest.append(distance.amin(1))
    return torch.cat(nearest)
