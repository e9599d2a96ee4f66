"""Smooth random numbers over the plane, by which borders wander: functions of place alone.

Independent numbers on a lattice, and cubic B-splines between them, at two octaves.
"""

import torch
from torch import Tensor

from ..noise.laws import gaussian
from ..noise.philox import cells

FIRST_SCALE = 250  # where noise draws them: of no scale that a net has
OCTAVES = ((1.0, 1.0), (0.5, 0.5))  # (length, strength) of each
SPLINE = 151 / 315  # mean of the sum of the squares of cubic B-spline weights
Repeats = tuple[int | None, int | None]


def smooth_noise(
    rows: Tensor,
    columns: Tensor,
    length: float,
    seed: int,
    channels: int = 1,
    repeats: Repeats = (None, None),
) -> Tensor:
    """Numbers of mean 0 and deviation 1 (C,h,w), float32.

    Parameters
    ----------
    rows (h,), columns (w,) : places on the plane, in pixels
    length : pixels between lattice points, of the longer octave
    seed : decides all of them
    repeats : pixels after which they repeat along each axis
    """
    total = sum(strength**2 for _, strength in OCTAVES) ** 0.5 * SPLINE
    made = torch.zeros(channels, len(rows), len(columns))
    for octave, (shorter, strength) in enumerate(OCTAVES):
        (down, above), (right, left) = (
            _spline(lines, length * shorter, repeat)
            for lines, repeat in zip((rows, columns), repeats, strict=True)
        )  # weights (h,u) and addresses (u,); (w,v) and (v,)
        uniform = cells([seed], FIRST_SCALE + octave, above, left, channels)
        made += strength / total * (down @ gaussian(uniform)[0] @ right.T)  # (C,h,w)
    return made


def _spline(lines: Tensor, length: float, repeat: int | None) -> tuple[Tensor, Tensor]:
    """Weights of lattice points at each line (n,u), of which four are not 0, and their addresses
    (u,)."""
    count = None
    if repeat is not None:
        count = max(1, round(repeat / length))
        length = repeat / count
    place = lines.double() / length
    before = place.floor()
    t = (place - before).float()
    near = [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]
    around = before.long()[:, None] + torch.arange(-1, 3)
    addresses, at = (around % count if count else around).unique(return_inverse=True)
    weights = torch.zeros(len(lines), len(addresses))
    return weights.scatter_add_(1, at, torch.stack(near, 1) / 6), addresses


def farthest() -> float:
    """What no number of `smooth_noise` exceeds."""
    extreme = float(gaussian(torch.tensor(1 - 2.0**-24, dtype=torch.float64)))
    strengths = [strength for _, strength in OCTAVES]
    return extreme * sum(strengths) / (sum(one**2 for one in strengths) ** 0.5 * SPLINE)
