"""Blocks: steps at the borders of squares of 2, 4, 8 or 16 pixels, as enlarged pixels leave them.

A net enlarges its coarser scales by repeating their pixels, so that whatever is not smoothed after
shows a grid. It is found as blocks of JPEG are (Wang, Sheikh, Bovik 2002, "No-reference perceptual
quality assessment of JPEG compressed images", section 2), but by phase: the grid of a net begins at
the corner of its pictures, while nothing in a photograph does.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

PERIODS = (2, 4, 8, 16)  # pixels from border to border
FAINT = 1 / 255  # a step of less, one of bytes, hardly counts


def blocks(picture: Tensor, exemplar: Tensor) -> float:
    """How much larger steps are at borders of blocks than at any other phase, 0 to 1.

    The largest over four sizes of blocks and both axes of: the contrast at the borders, less the
    most that there is at any other phase of the picture or at all of the exemplar (which repeats
    itself, perhaps, or was a JPEG).

    Parameters
    ----------
    picture, exemplar : (3,H,W) and (3,h,w) in [0,1]; a picture's corner is one of a block
    """
    found = [0.0]
    for period in PERIODS:
        if min(*picture.shape[1:], *exemplar.shape[1:]) < 3 * period:
            break
        for axis in (1, 2):
            ours, theirs = (by_phase(x, period, axis) for x in (picture, exemplar))
            usual = torch.cat([ours[1:], theirs]).max()
            found.append((ours[0] - usual).item())
    return max(found)


def by_phase(picture: Tensor, period: int, axis: int) -> Tensor:
    """Contrasts of steps along an axis (1: down, 2: across) of a picture (3,H,W), by phase.

    The contrast of a step (absolute difference of neighbours) is its difference from the mean of
    the steps within half a period, over their sum: -1 to 1, whatever the texture's own contrast is
    there. Returns its mean (period,) over all steps into a pixel whose place is 0, 1, ... modulo
    the period, less the mean over phases.
    """
    steps = picture.transpose(axis, 2).diff(dim=2).abs()  # (3,n,L-1)
    near = F.avg_pool1d(F.avg_pool1d(steps, period, 1), 2, 1)  # (3,n,L-1-period)
    steps = steps.narrow(2, period // 2, near.shape[2])
    contrast = ((steps - near) / (steps + near + FAINT)).mean((0, 1))  # (L-1-period,)
    # The first of these steps leads into pixel period // 2 + 1.
    phase = torch.arange(len(contrast), device=picture.device) + period // 2 + 1
    sums, counts = (
        contrast.new_zeros(period).index_add(0, phase % period, values)
        for values in (contrast, torch.ones_like(contrast))
    )
    means = sums / counts
    return means - means.mean()
