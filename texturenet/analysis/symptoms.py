"""A picture (1,3,H,W) in [0,1] -> what may be wrong with it as an exemplar, in figures.

Each is a property of the pixels alone; what it means for training is for `advice` to say.
"""

from math import gcd

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance
from .regularity import autocorrelation

PLAIN = 2.5 / 255  # deviation along a line of pixels up to which it is a part of a border
BLOCK = 8  # pixels a side of JPEG's blocks
PARTS = 8  # a side, that a picture is cut into to see whether it is the same everywhere
SAME = 0.5 / 255  # up to which neighbours are the same pixel
FEWEST = 8  # pixels a side, repeated, that are no accident
FADED = 0.2  # of the autocorrelation, where the grain ends
Box = tuple[int, int, int, int]  # top, left, height, width


def inside_borders(picture: Tensor) -> Box:
    """What is left without lines of one colour at the edges; all of it where nothing would be."""
    height, width = picture.shape[-2:]
    rows = picture[0].std(dim=2, correction=0).amax(0) > PLAIN  # (H,): lines with something on them
    columns = picture[0].std(dim=1, correction=0).amax(0) > PLAIN
    if not (rows.any() and columns.any()):
        return 0, 0, height, width
    top, left = int(rows.int().argmax()), int(columns.int().argmax())
    bottom, right = (len(line) - int(line.flip(0).int().argmax()) for line in (rows, columns))
    return top, left, bottom - top, right - left


def repeats(picture: Tensor) -> float:
    """How often every pixel stands beside itself, each way: 1, or more in what was enlarged without
    interpolation (pixel art), also by no whole number."""
    changes = picture[0].diff(dim=1).abs().amax((0, 2)), picture[0].diff(dim=2).abs().amax((0, 1))
    return min(_spacing(along > SAME) for along in changes)


def _spacing(changes: Tensor) -> float:
    """The step of a grid that all changes (n,) along a side lie on, in pixels."""
    gaps = changes.nonzero()[:, 0].diff()
    if len(gaps) < FEWEST or gaps.min() < 2:
        return 1.0
    if gaps.max() - gaps.min() <= 1:
        return gaps.float().mean().item()
    return float(gcd(*gaps.tolist()))


def blockiness(picture: Tensor, corner: tuple[int, int] = (0, 0)) -> float:
    """How much more neighbours differ across the borders of JPEG's blocks than elsewhere, as a
    share, in the direction where it is more; 0 for none, and for an enlarged picture, whose blocks
    have nothing inside.

    Parameters
    ----------
    picture : (1,3,H,W)
    corner : (top, left) of the picture in the file, where the blocks begin
    """
    if repeats(picture) > 1:
        return 0.0
    grey = luminance(picture)[0, 0]
    return max(_blocked(grey, corner[1]), _blocked(grey.mT, corner[0]), 0.0)


def _blocked(grey: Tensor, start: int) -> float:
    # Beyond what the slopes on either side make likely: edges of the picture's own are smooth.
    steps = grey.diff(dim=1)
    beyond = (steps[:, 1:-1] - (steps[:, :-2] + steps[:, 2:]) / 2).abs().mean(0)  # (W-3,)
    usable = len(beyond) // BLOCK * BLOCK
    if not usable:
        return 0.0
    # beyond[i] is the step from pixel i+1 to i+2: blocks begin where 8 divides start + i + 2.
    phases = beyond[:usable].view(-1, BLOCK).mean(0).roll(start + 2 + 3)  # theirs at 3
    others = torch.cat([phases[:2], phases[5:]])
    return (phases[3] / others.mean().clamp(min=1e-6)).item() - 1


def contrast(picture: Tensor) -> float:
    """From the 1st to the 99th percentile of the luminance."""
    values = luminance(picture).flatten().sort().values
    return (values[int(0.99 * (len(values) - 1))] - values[int(0.01 * (len(values) - 1))]).item()


def clipped(picture: Tensor) -> float:
    """Share of pixels that are black or white in a channel and like their neighbours in it: what
    was too dark or too bright for the camera."""
    ends = (picture <= 0.5 / 255) | (picture >= 254.5 / 255)
    flat = -F.max_pool2d(-ends.float(), 3, 1, 1)
    return flat.amax(1).mean().item()


def drift(picture: Tensor) -> float:
    """How much of what the picture looks like depends on where one looks: the deviation that
    quarters of it have from each other, beyond what chance explains, over that of all its pixels.

    Of mean colours and of local contrast; the one that drifts most.
    """
    parts = features_of_parts(picture)  # (D,PARTS,PARTS), in units of the pixels' deviation
    half = PARTS // 2
    quarters = parts.unflatten(1, (2, half)).unflatten(3, (2, half))  # (D,2,half,2,half)
    within = quarters.var(dim=(2, 4)).mean((1, 2))  # (D,)
    between = quarters.mean((2, 4)).flatten(1).var(dim=1)
    return (between - within / half**2).clamp(min=0).sqrt().max().item()


def features_of_parts(picture: Tensor) -> Tensor:
    """Mean colours and the deviation of the luminance, of PARTS x PARTS parts."""
    size = (PARTS, PARTS)
    scale = picture.std(dim=(0, 2, 3)).mean().clamp(min=1e-6)
    means = F.adaptive_avg_pool2d(picture, size)[0]
    grey = luminance(picture)
    squares, low = (F.adaptive_avg_pool2d(x, size)[0] for x in (grey.square(), grey))
    deviation = (squares - low.square()).clamp(min=0).sqrt()
    return torch.cat([means, deviation]) / scale


def grain(picture: Tensor) -> float:
    """How large the structures are: twice the distance, in pixels, at which neighbours are no
    longer alike."""
    centre = autocorrelation(picture)
    middle = centre.shape[1] // 2
    rows = torch.arange(centre.shape[0])[:, None]
    rings = torch.hypot(rows.float(), (torch.arange(centre.shape[1]) - middle).float()).round()
    reach = min(centre.shape[0], middle)
    inside = rings < reach
    sums, counts = torch.zeros(reach), torch.zeros(reach)
    sums.index_add_(0, rings[inside].long(), centre[inside])
    counts.index_add_(0, rings[inside].long(), torch.ones_like(centre[inside]))
    faded = torch.nonzero(sums / counts.clamp(min=1) < FADED)
    return 2.0 * (int(faded[0]) if len(faded) else reach)
