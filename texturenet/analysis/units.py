"""Where the units of a lattice begin in an exemplar: at its joints, which its corner need not be.

A picture is cut into units (`noise.units`) in many ways; at the joints, units differ most from each
other, since each is of one piece.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..noise.units import Pictures
from ..noise.waves import Shift, Waves

SEEN = 128  # pixels a side to which a larger picture is shrunk
TRIED = 200  # places, spread evenly over the torus
WHOLE = 0.9  # of a unit's pixels, that have to lie in the picture for it to count
FEWEST = 4  # units that say anything


class Cut(NamedTuple):
    """A picture cut into the units of a lattice.

    between, inside : variances between units and inside of them, means over the planes, each over
        the plane's own variance; 0 where too few units are whole
    shift : of the lattice, as `Waves.shifts` says how far a seed moves it
    """

    between: float
    inside: float
    shift: Shift


def cut_at_joints(planes: Tensor, waves: Waves) -> Cut:
    """Planes (1,P,h,w), cut where their units differ most; unmoved where they say nothing.

    waves : with units
    """
    times = math.ceil(min(planes.shape[-2:]) / SEEN)
    small = F.avg_pool2d(planes, times)[0].double() if times > 1 else planes[0].double()
    height, width = small.shape[-2:]
    further = waves.torus // times
    lattice = _numbered(waves, (height + further, width + further), times)
    whole = WHOLE * waves.torus**2 / (waves.units.area * times**2)
    cuts = []
    for down, right in _places(further):
        between, inside = _variances(small, lattice[down:, right:][:height, :width], whole)
        cuts.append(Cut(between, inside, (down * times, right * times)))
    best = max(cuts)
    return best if best.between else Cut(0.0, 0.0, (0, 0))


def _variances(planes: Tensor, units: Tensor, whole: float) -> tuple[float, float]:
    """units : the number of each pixel's (h,w); whole: pixels that one has to have."""
    of, values = units.flatten(), planes.flatten(1)  # (P,n)
    count = torch.bincount(of)
    taken = count >= whole
    if int(taken.sum()) < FEWEST:
        return 0.0, 0.0
    means, squares = (
        torch.stack([torch.bincount(of, line) for line in lines])[:, taken] / count[taken]
        for lines in (values, values.square())
    )
    own = values.var(1, correction=0).clamp(min=1e-12)
    inside = (squares - means.square()).mean(1)
    return (means.var(1) / own).mean().item(), (inside / own).mean().item()


def _numbered(waves: Waves, size: tuple[int, int], cell: int) -> Tensor:
    """(h,w): a number for each unit, of cells of so many pixels."""
    one = Pictures(torch.ones(2, 1, dtype=torch.long), torch.zeros(1, 2, dtype=torch.long))
    drawn = waves.units.at(*map(torch.arange, size), cell, waves.torus, one)[0, 0]
    return drawn.unique(return_inverse=True)[1]


def _places(side: int) -> list[Shift]:
    # Multiples of two irrational numbers fill a square evenly (Roberts 2018, "R2").
    steps = 0.7548776662466927, 0.5698402909980532
    return [
        (int(number * steps[0] % 1 * side), int(number * steps[1] % 1 * side))
        for number in range(TRIED)
    ]
