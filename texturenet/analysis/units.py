"""Where the units of a lattice begin in an exemplar: at its joints, which its corner need not be.

A picture is cut into units (`noise.units`) in many ways; at the joints, units differ most from each
other, since each is of one piece.
"""

import math
from functools import cache
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from ..noise.units import Pictures
from ..noise.waves import Shift, Waves
from ..types import Size
from .repeating import Repeating

SEEN = 256  # pixels a side to which a larger picture is shrunk
TRIED = 100  # places, spread evenly over the torus,
STEPS = 2, 1, 1  # pixels around the best of them that are tried then
WHOLE = 0.9  # of a unit's pixels, that have to lie in the picture for it to count
FEWEST = 4  # units that say anything
FAINTEST = 1e-6  # deviation of a plane that says anything


def joints_of(planes: Tensor, waves: Waves) -> Shift:
    """Where planes (1,P,h,w) are cut into units that differ most: how far the lattice is moved, as
    `Waves.shifts` says how far a seed moves it; (0, 0) where they say nothing.

    waves : with units
    """
    times = math.ceil(min(planes.shape[-2:]) / SEEN)
    small = F.avg_pool2d(planes, times)[0].double() if times > 1 else planes[0].double()
    height, width = small.shape[-2:]
    further = waves.torus // times
    lattice = numbered(waves, (height + further, width + further), times)
    whole = WHOLE * waves.torus**2 / (waves.units.area * times**2)
    values = small.flatten(1)  # (P,n)
    values = values / values.std(1, keepdim=True).clamp(min=FAINTEST)

    @cache
    def apart(shift: Shift) -> float:
        return _between(values, _cut(lattice, shift, small.shape[-2:]), whole)

    best = max(_places(further), key=apart)
    for step in STEPS:
        moves = product((0, -step, step), repeat=2)
        near = [(best[0] + down, best[1] + right) for down, right in moves]
        best = max((to for to in near if min(to) >= 0 and max(to) < further), key=apart)
    return (best[0] * times, best[1] * times) if apart(best) else (0, 0)


def on_closed(planes: Tensor, found: Repeating) -> Tensor:
    """Planes (1,P,h,w) as they would be if their lattice were the one that closes, of which units
    are: a hundredth askew, they would drift across those of a large exemplar. A little smaller."""
    if len(found.closed) < 2 or not found.lattice:
        return planes
    closed = torch.tensor(found.closed).double() / found.waves.torus
    there = torch.linalg.solve(torch.tensor(found.lattice.basis).double(), closed)  # (2,2)
    sides = torch.tensor(planes.shape[-2:]).double()
    # As much of it as lies in the planes, where its corners come to.
    reach = torch.stack([there @ corner for corner in torch.cartesian_prod(*_ends(sides))])
    size = (sides * (sides / reach.amax(0)).clamp(max=1)).long().tolist()
    lines = [torch.arange(length).double() + 0.5 for length in size]
    at = torch.stack(torch.meshgrid(*lines, indexing="ij"), -1) @ there.T  # (h,w,2), down and right
    grid = (2 * at / sides - 1).flip(-1)[None].to(planes)
    return F.grid_sample(planes, grid, padding_mode="border", align_corners=False)


def _ends(sides: Tensor) -> list[Tensor]:
    return [torch.tensor([0.0, side]).double() for side in sides]


def _cut(lattice: Tensor, shift: Shift, size: Size) -> Tensor:
    """Of a wide one the part (n,) that a picture moved so far shows."""
    (down, right), (height, width) = shift, size
    return lattice[down : down + height, right : right + width].flatten()


def _between(values: Tensor, units: Tensor, whole: float) -> float:
    """Share of the variance that is between the means of units; 0 where too few are whole.

    values : (P,n)
    units : (n,), the number of each pixel's; whole: pixels that one has to have
    """
    count = torch.bincount(units)
    taken = count >= whole
    if int(taken.sum()) < FEWEST:
        return 0.0
    means, squares = (
        _sums(some, units)[:, taken] / count[taken] for some in (values, values.square())
    )
    between, inside = means.var(1).mean(), (squares - means.square()).mean()
    return (between / (between + inside).clamp(min=FAINTEST)).item()


def _sums(values: Tensor, units: Tensor) -> Tensor:
    """(P, units)"""
    return torch.stack([torch.bincount(units, line) for line in values])


def numbered(waves: Waves, size: Size, cell: int, shift: Shift = (0, 0)) -> Tensor:
    """(h,w): which unit cells of so many pixels lie in, of a lattice that is moved so far."""
    one = Pictures(torch.ones(2, 1, dtype=torch.long), torch.tensor([shift]))
    drawn = waves.units.at(*map(torch.arange, size), cell, waves.torus, one)[0, 0]
    return drawn.unique(return_inverse=True)[1]


def _places(side: int) -> list[Shift]:
    # Multiples of two irrational numbers fill a square evenly (Roberts 2018, "R2").
    steps = 0.7548776662466927, 0.5698402909980532
    return [
        (int(number * steps[0] % 1 * side), int(number * steps[1] % 1 * side))
        for number in range(TRIED)
    ]
