"""An exemplar -> what it repeats on: waves that a net is told, and the square on which they close.

Where it repeats on a lattice, all its waves are whole multiples of two, which are brought to the
nearest that close on a small square: the net's lattice is a little askew, and nothing tears. Where
it has none, its strongest waves are taken by whole cycles on the square that fits them best.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..errors import Refused
from ..noise.units import Units
from ..noise.waves import LARGEST, Waves
from .lattices import Lattice, lattice_of
from .spectrum import Spectrum
from .waves import Vector, chosen, closing, upright, waves_on

SEEN = 512  # pixels a side to which a larger picture is shrunk
SHORTEST = 64  # pixels a side of a square that is tried, unless the picture is smaller
FARTHER = 2  # times the picture's side, up to which a square is sought for a lattice
STRAINED = 0.01  # of its lengths, by which a lattice may be askew
SHORT = 2  # times each wave of a lattice, of which its short ones are sums
ASIDE = 0.5  # cycles up to which a wave is one of a lattice


@dataclass(frozen=True)
class Repeating:
    """What an exemplar repeats on.

    waves : that stand behind the noise
    lattice : as it was found, or None
    closed : its basis in whole cycles on the torus of the waves
    strongest : in whole multiples of that basis, the strongest wave that runs as one of its short
        ones does
    """

    waves: Waves
    lattice: Lattice | None = None
    closed: tuple[Vector, ...] = ()
    strongest: Vector = (0, 0)

    def with_units(self, channels: int) -> Waves:
        """The waves, and so many numbers for each unit of the lattice. Without, where there is
        none, or its units are hardly larger than pixels, or very long."""
        if not channels or len(self.closed) < 2 or not any(self.strongest):
            return self.waves
        try:
            return replace(
                self.waves, units=Units(*_spanning(self.strongest, self.closed), channels)
            )
        except Refused:
            return self.waves


def repeating(
    picture: Tensor, count: int, multiple: int, torus: int | None = None
) -> Repeating | None:
    """The waves of a picture (1,3,h,w): where the strong ones lie on a lattice, the strongest that
    span it, after its own longest ones where those are many times shorter; then the strongest and
    one across it, and as many more. What is far weaker is left out.

    Parameters
    ----------
    count : the most of them
    multiple : of which the side of the square is one, on which they close
    torus : that side, where it is not to be sought: what is trained on

    Returns
    -------
    None where there are none
    """
    if torus is not None:
        waves = waves_on(picture, torus, count)
        return waves and Repeating(waves)
    shrunk = math.ceil(min(picture.shape[-2:]) / SEEN)
    small = picture
    if shrunk > 1:
        size = [length // shrunk for length in picture.shape[-2:]]
        corner = picture[..., : size[0] * shrunk, : size[1] * shrunk]
        small = interpolate(corner, size, mode="area")
    side, most = min(small.shape[-2:]), LARGEST // shrunk
    found = _on_lattice(small, count, _sides(multiple, side, min(most, FARTHER * side)))
    if not found:
        square = closing(small, _sides(multiple, side, min(most, side)))
        waves = waves_on(small, square, count)
        found = waves and Repeating(waves)
    if not found:
        return None
    # The same numbers of cycles, on as many more pixels.
    waves = Waves(shrunk * found.waves.torus, found.waves.vectors)
    return replace(found, waves=waves, lattice=found.lattice and found.lattice.enlarged(shrunk))


def _on_lattice(picture: Tensor, count: int, sides: Iterable[int]) -> Repeating | None:
    """Where it has a lattice, on one of these squares."""
    spectrum = Spectrum(picture)
    lattice, found = lattice_of(spectrum), spectrum.strongest
    if lattice is None or found is None:
        return None
    if (square := _closed(lattice, sides)) is None:
        return None
    torus, closed = square
    waves, multiples = found[0], lattice.nearest(found[0])
    misses = (lattice.waves(multiples) - waves) * torch.tensor(picture.shape[-2:])
    multiples = multiples[misses.norm(dim=1) < ASIDE]
    strong = multiples @ torch.tensor(closed)
    vectors = [upright((int(down), int(right))) for down, right in strong]
    # All that repeats is made of the basis, but perhaps not all of what is strong.
    every = [*vectors, *map(upright, closed)]
    vectors = list(dict.fromkeys(vector for vector in every if any(vector)))
    waves = Waves(torus, chosen(vectors, 0.0, count))
    return Repeating(waves, lattice, closed, _along_short(multiples.tolist()))


def _along_short(multiples: list[list[int]]) -> Vector:
    """The first of these multiples of one or two waves that runs as a short one does, the beds of a
    bond among them: twice one, less the other. (0, 0) where there is none."""
    for multiple in multiples:
        if any(multiple) and max(map(abs, multiple)) <= SHORT * math.gcd(*multiple):
            return tuple(multiple)
    return 0, 0


def _spanning(strongest: Vector, closed: Sequence[Vector]) -> tuple[Vector, Vector]:
    """Two waves that span a lattice, the first of them in the direction of one of its waves (whole
    multiples of the basis `closed`), the other as nearly across it as there is."""
    common = math.gcd(*strongest)
    first, second = (number // common for number in strongest)
    # first * b - second * a = 1, so that nothing lies between them.
    if not first:
        a, b = -second, 0
    else:
        a = -pow(second, -1, abs(first)) if abs(first) > 1 else 0
        b = (1 + second * a) // first
    basis = torch.tensor(closed)
    rows, across = torch.tensor([[first, second], [a, b]]) @ basis
    across = across - (across @ rows / (rows @ rows)).round().long() * rows
    if across[0] * rows[1] - across[1] * rows[0] < 0:
        across = -across
    return (int(rows[0]), int(rows[1])), (int(across[0]), int(across[1]))


def _closed(lattice: Lattice, sides: Iterable[int]) -> tuple[int, tuple[Vector, ...]] | None:
    """The first square on which the lattice closes almost as it is, or the one that changes it
    least, and its basis there; None where it closes on none."""
    basis = torch.tensor(lattice.basis, dtype=torch.float64)
    least, found = math.inf, None
    for side in sides:
        whole = (basis * side).round()
        if torch.linalg.matrix_rank(whole) < len(whole):
            continue
        strain = (torch.linalg.pinv(basis) @ (whole / side - basis)).norm().item()
        if strain < least:
            least, found = strain, (side, whole)
        if strain < STRAINED:
            break
    if found is None:
        return None
    side, whole = found
    return side, tuple((int(down), int(right)) for down, right in whole.tolist())


def _sides(multiple: int, side: int, largest: int) -> range:
    """Of squares that are tried for a picture of this side."""
    least = max(multiple, min(SHORTEST, side) // multiple * multiple)
    return range(least, max(least, largest) + 1, multiple)
