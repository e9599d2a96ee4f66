"""A regular exemplar and its lattice -> what repeats in it: amplitudes of the lattice's waves.

A texture is the sum of a part that repeats and of one that does not (Wold's decomposition; Liu,
Picard 1996, "Periodicity, Directionality, and Randomness: Wold Features for Image Modeling and
Retrieval"). The first is the mean of all cells of the lattice. In a photograph cells wander; so the
amplitudes are means over windows, each moved a little to where it fits the others best.
"""

import math
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from ..noise.phases import Phases
from ..noise.waves import HIGHEST
from .lattices import Lattice

WINDOWS = 7  # along an axis, at the most
PERIODS = 2  # of the lattice, that a window holds at least where the exemplar does
WANDERING = 0.25  # of the shorter period, up to which a window is moved
MOVES = 17  # along an axis, that are tried
ROUNDS = 4  # of moving windows and taking their mean
COHERENT = 0.5  # of a wave's power that all windows share, at least
SEEN = 6000  # waves, the slowest, that are looked at
MOST = 128  # of them, the strongest, that are kept
NEARLY = 0.995  # of the power of all, that these have together


@dataclass(frozen=True)
class Harmonics:
    """What repeats in an exemplar of P planes.

    multiples : (n,1 or 2) whole, of the waves of the lattice
    amplitudes : (P,n) complex, those of `noise.phases`, the exemplar's corner being 0
    mean : (P,)
    """

    multiples: Tensor
    amplitudes: Tensor
    mean: Tensor


def harmonics_of(exemplar: Tensor, lattice: Lattice, size: int) -> Harmonics | None:
    """Of an exemplar (1,P,h,w); None where nothing repeats. size: pixels a side of what it is
    compared with, which windows have at least."""
    multiples = lattice.points(min(HIGHEST, lattice.highest(SEEN)))
    if not len(multiples):
        return None
    side = min(max(size, math.ceil(PERIODS * lattice.longest)), *exemplar.shape[-2:])
    mean = exemplar.mean((0, 2, 3))
    waves = lattice.waves(multiples)
    seen = _windows(exemplar - mean[:, None, None], waves, side)
    amplitudes, shared = _aligned(seen, waves, WANDERING * lattice.shortest)
    power = amplitudes.abs().square().sum(0) * (shared > COHERENT)
    order = power.argsort(descending=True)[:MOST]
    order = order[power[order] > 0]
    sums = power[order].cumsum(0)
    order = order[: int((sums < NEARLY * power.sum()).sum()) + 1]
    return Harmonics(multiples[order], amplitudes[:, order], mean) if len(order) else None


def _windows(exemplar: Tensor, waves: Tensor, side: int) -> Tensor:
    """Amplitudes (B,P,n) in windows of an exemplar (1,P,h,w), spread evenly, half overlapping at
    least where they fit."""
    starts = [_starts(length, side) for length in exemplar.shape[-2:]]
    inside = torch.arange(side).double() + 0.5
    found = [
        Phases(waves, inside[None] + top, inside[None] + left).found(
            exemplar[..., top : top + side, left : left + side]
        )
        for top, left in product(*starts)
    ]
    return torch.cat(found)


def _starts(length: int, side: int) -> list[int]:
    count = min(WINDOWS, 1 + math.ceil(4 * (length - side) / side))
    return [round(part * (length - side) / max(count - 1, 1)) for part in range(count)]


def _aligned(seen: Tensor, waves: Tensor, farthest: float) -> tuple[Tensor, Tensor]:
    """The mean (P,n) of amplitudes (B,P,n), each window moved by up to so many pixels to where it
    fits the mean best, and the share (n,) of their power that the mean has."""
    line = torch.linspace(-farthest, farthest, MOVES, dtype=torch.float64)
    moves = torch.cartesian_prod(line, line)
    turns = 2 * math.pi * (moves @ waves.T)
    turned = torch.polar(torch.ones_like(turns), turns).to(seen.dtype)  # (m,n)
    mean, moved = seen.mean(0), seen
    for _ in range(ROUNDS):
        fit = ((mean.conj() * seen).sum(1) @ turned.T).real  # (B,m)
        moved = seen * turned[fit.argmax(1)][:, None]
        mean = moved.mean(0)
    power = moved.abs().square().sum(1).mean(0)
    return mean, mean.abs().square().sum(0) / power.clamp(min=torch.finfo(power.dtype).tiny)
