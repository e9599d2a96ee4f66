"""Glints: specks brighter or darker than the exemplar has them, (3,H,W) in [0,1] -> bool (H-2,W-2).

A loss on means over a picture hardly sees a single pixel in ten thousand; the eye does. A larger
region unlike the exemplar is no glint: `spots` finds it. Nothing is trained on these medians; the
term of training against glints (losses/priors.py) takes means.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance

EXTREME = 0.001  # share of the exemplar's values at each end of their range that is its tail
MARGIN = 0.5  # lengths of that tail by which its end may be passed: another crop passes it by less
LEAST = 2 / 255  # by which it may always be passed: rounding to bytes, and JPEG
STANDING_OUT = 0.005  # share of the exemplar's pixels that stand out of their surroundings


def glint_map(picture: Tensor, exemplar: Tensor) -> Tensor:
    """Where a picture has glints: bool (H-2,W-2), without its outermost pixels.

    A pixel is one if, in a colour or in luminance, it stands out of the 3x3 pixels around it more
    than any of the exemplar's, or is brighter (darker) than all of these and stands out more than
    nearly all. Light that lies differently on another part of a photograph passes the range of
    values too, but not in specks.

    Parameters
    ----------
    picture, exemplar : (3,H,W) and (3,h,w) in [0,1]
    """
    values, theirs = (_planes(x) for x in (picture, exemplar))
    relief, their_relief = _relief(values), _relief(theirs)
    values, theirs = values[:, 1:-1, 1:-1], theirs[:, 1:-1, 1:-1]
    found = torch.zeros_like(values[0], dtype=torch.bool)
    for sign in (1, -1):  # too bright, too dark
        usual = _end(sign * their_relief, STANDING_OUT)
        beyond = sign * values > _passed(sign * theirs)
        specks = beyond & (sign * relief > usual)
        found |= (specks | (sign * relief > _passed(sign * their_relief))).any(0)
    return found


def per_million(found: Tensor) -> float:
    """How many pixels of a million are marked, of bool (H,W)."""
    return 1e6 * found.float().mean().item()


def _planes(picture: Tensor) -> Tensor:
    """Red, green, blue and luminance of (3,H,W): (4,H,W)."""
    return torch.cat([picture, luminance(picture[None])[0]])


def _relief(planes: Tensor) -> Tensor:
    """Pixels minus the median of the 3x3 around them: (4,H,W) -> (4,H-2,W-2)."""
    medians = [
        F.unfold(plane[None, None], 3)[0].median(0).values.view(plane.shape[0] - 2, -1)
        for plane in planes  # one by one: nine times its memory
    ]
    return planes[:, 1:-1, 1:-1] - torch.stack(medians)


def _passed(values: Tensor) -> Tensor:
    """Of each plane (4,h,w) of the exemplar, the value above which it ends for sure (4,1,1)."""
    most = values.amax((1, 2), keepdim=True)
    return most + (MARGIN * (most - _end(values, EXTREME))).clamp(min=LEAST)


def _end(values: Tensor, share: float) -> Tensor:
    """The value above which that share of each plane (4,h,w) lies, (4,1,1)."""
    values = values.flatten(1)
    rank = values.shape[1] - int(share * values.shape[1])
    return values.kthvalue(rank, 1).values.view(-1, 1, 1)
