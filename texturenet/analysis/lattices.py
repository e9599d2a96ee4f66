"""A regular exemplar -> the lattice on which it repeats, to fractions of a cycle.

What repeats has its power where whole multiples of one or two waves lie. Every pair of waves that
could be these is tried: a lattice is likely if the strongest waves of the picture lie on it, the
more so the fewer of its points there are. Whether there are faint waves between its points is seen
afterwards: the strongest waves of a herringbone bond are those of its joints, which repeat four
times as often as it does itself.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .spectrum import CYCLES, Spectrum

FEWEST = 2  # which one has that it is a multiple of
MISS = 0.2  # cycles: standard deviation of a wave from its lattice
SAME = 0.25  # cycles, up to which two candidates are one
FRACTIONS = (1, 2, 3, 4)  # of a wave, one of which may span the lattice
INDICES = (2, 3, 4)  # how many times as many points a denser lattice may have
HIGH = 0.12  # cycles a pixel, up to which these are looked at
FEW = 8  # of them, below which nothing is known
ABOVE = 1.0  # times the power around them, which they have on average at least
CHANCE = 0.6  # times, which they have by chance
QUANTILE = 0.9  # of what is around them, that counts
FAINT = 1e-3  # of the power of the strongest wave, which counts as nothing
AT_MOST = 12.0  # times, that one of them counts for
AROUND = (2.5, 3.5, 4.5)  # cycles from a wave to what is around it
DIRECTIONS = 16
APART = 3.0  # cycles to the nearest point, from which on it does not show beside itself
CLEAR = 2.0  # cycles from a point of the lattice, in which its power is seen
EVIDENCE = 20.0  # by which the waves beyond the first two speak for a lattice (tests)
SHARE = 0.7  # of their power, that lies on it at least
ALL = 0.95  # of their power; if so much of it lies on one, it needs no evidence
PARALLEL = 0.15  # sine of the angle up to which two waves span nothing
TRIED = 100  # of the likeliest, that are looked at
SMALL = 1e-9  # cycles a pixel
TURNS = 20  # of Gauss's reduction, which needs a few


@dataclass(frozen=True)
class Lattice:
    """basis : one wave or two, (down, right) in cycles a pixel, of whose sums and differences all
    that repeats is made."""

    basis: tuple[tuple[float, float], ...]

    @property
    def longest(self) -> float:
        """Pixels of its longest wave."""
        return max(1 / math.hypot(*wave) for wave in self.basis)

    @property
    def shortest(self) -> float:
        """Pixels of its shortest one."""
        return min(1 / math.hypot(*wave) for wave in self.basis)

    def highest(self, count: int) -> float:
        """Cycles a pixel, down and across, up to which it has about so many waves."""
        if len(self.basis) == 1:
            return count / self.longest
        return math.sqrt(count * self._matrix().det().abs().item() / 2)

    def enlarged(self, times: float) -> "Lattice":
        """Of the same picture with so many times the pixels a side."""
        return Lattice(tuple((down / times, right / times) for down, right in self.basis))

    def waves(self, multiples: Tensor) -> Tensor:
        """Those of whole multiples (n,1 or 2) of the basis: (n,2), in cycles a pixel."""
        return multiples.double() @ self._matrix()

    def nearest(self, waves: Tensor) -> Tensor:
        """The whole multiples (n,1 or 2) of the basis that are nearest to waves (n,2)."""
        return _coordinates(waves, self._matrix()).round().long()

    def points(self, highest: float) -> Tensor:
        """All multiples (n,1 or 2) whose waves have no more cycles a pixel down nor across, of the
        two vectors of each wave one."""
        most = [math.ceil(2 * highest / math.hypot(*wave)) for wave in self.basis]
        lines = [torch.arange(-each, each + 1) for each in most]
        found = torch.cartesian_prod(*lines).view(-1, len(self.basis))
        waves = self.waves(found)
        upright = (waves[:, 1] > SMALL) | ((waves[:, 1].abs() <= SMALL) & (waves[:, 0] > SMALL))
        return found[upright & (waves.abs() <= highest).all(1)]

    def _matrix(self) -> Tensor:
        return torch.tensor(self.basis, dtype=torch.float64)


def lattice_of(spectrum: Spectrum) -> Lattice | None:
    """Of a picture's waves, or None where they lie on none."""
    found = spectrum.strongest
    lattice = found and fitted(*found, spectrum.size)
    return lattice and denser(lattice, spectrum)


def fitted(waves: Tensor, power: Tensor, size: tuple[int, int]) -> Lattice | None:
    """The likeliest lattice of waves (n,2), in cycles a pixel, the strongest first, of a picture
    of this size; power: theirs (n,)."""
    cycles = torch.tensor(size, dtype=torch.float64)
    pairs = _pairs(_candidates(waves, min(size)))  # (m,2,2)
    nearest = _coordinates(waves, pairs).round() @ pairs  # (m,n,2)
    misses = ((nearest - waves) * cycles).norm(dim=2)
    cells = pairs.det().abs() * cycles.prod()  # square cycles to each point
    # Logarithm of how much likelier a wave lies so near to a point of the lattice than anywhere.
    gains = torch.log(cells / (2 * math.pi * MISS**2))[:, None] - (misses / MISS).square() / 2
    gains = gains.clamp(min=0)
    shares = (gains > 0).to(power) @ power / power.sum()
    sums = gains.sum(1) * (shares > SHARE)
    for row in sums.argsort(descending=True)[:TRIED].tolist():
        on, own = gains[row] > 0, sums[row].item()
        basis = _refined(waves, power, on, pairs[row])
        if basis is None or basis.norm(dim=1).min() * min(size) < FEWEST - SAME:
            continue
        beyond = own * (1 - len(basis) / int(on.sum()))
        if own and (beyond > EVIDENCE or shares[row] > ALL):
            return Lattice(tuple((down, right) for down, right in basis.tolist()))
    return None


def _candidates(waves: Tensor, side: int) -> Tensor:
    """Waves (m,2) that may span the lattice: those that are found, their parts, and half their
    sums and differences; of both vectors of each, one."""
    sums = (waves[:, None] + waves[None]).flatten(0, 1)
    differences = (waves[:, None] - waves[None]).flatten(0, 1)
    parts = [waves / part for part in FRACTIONS]
    found = torch.cat([*parts, differences, sums / 2, differences / 2])
    turned = (found[:, 1] < 0) | ((found[:, 1] == 0) & (found[:, 0] < 0))
    found = torch.where(turned[:, None], -found, found)
    found = found[found.norm(dim=1) * side > FEWEST - SAME]
    kept: list[Tensor] = []
    while len(found):
        kept.append(found[0])
        found = found[(found - found[0]).norm(dim=1) * side > SAME]
    return torch.stack(kept)


def _pairs(waves: Tensor) -> Tensor:
    """Bases (m,2,2) of two of these waves (n,2), and of each alone: with one across it that no
    picture holds."""
    first, second = torch.triu_indices(len(waves), len(waves), 1)
    pairs = torch.stack([waves[first], waves[second]], 1)
    sines = pairs.det().abs() / pairs.norm(dim=2).prod(1)
    across = torch.stack([-waves[:, 1], waves[:, 0]], 1)
    alone = torch.stack([waves, across / across.norm(dim=1, keepdim=True)], 1)
    return torch.cat([pairs[sines > PARALLEL], alone])


def _coordinates(waves: Tensor, bases: Tensor) -> Tensor:
    """Of waves (n,2) in bases (..,k,2): (..,n,k)."""
    return waves @ torch.linalg.pinv(bases)


def _refined(waves: Tensor, power: Tensor, on: Tensor, basis: Tensor) -> Tensor | None:
    """The shortest basis (1 or 2,2) that fits the waves that are on the lattice best; None where
    these do not span it."""
    whole = _coordinates(waves[on], basis).round()
    used = whole.any(0)
    if not used.any():
        return None
    whole, weights = whole[:, used], power[on].double().sqrt()[:, None]
    if torch.linalg.matrix_rank(whole) < whole.shape[1]:
        return None
    fit = torch.linalg.lstsq(whole * weights, waves[on] * weights).solution
    return fit if len(fit) == 1 else _shortest(*fit)


def _shortest(one: Tensor, other: Tensor) -> Tensor:
    """A basis (2,2) of the same lattice, as short as there is (Gauss)."""
    for _ in range(TURNS):
        if one.norm() > other.norm():
            one, other = other, one
        times = ((one @ other) / (one @ one)).round()
        if not times:
            break
        other = other - times * one
    return torch.stack([one, other])


def denser(lattice: Lattice, spectrum: Spectrum) -> Lattice:
    """A lattice with two to four times as many points, if there is power at those between; or
    this one."""
    if len(lattice.basis) < 2:
        return lattice
    own = torch.tensor(lattice.basis, dtype=torch.float64)
    most, found = 0.0, own
    for parts in _parts():
        basis = _shortest(*torch.linalg.solve(parts, own))
        if basis.norm(dim=1).min() * min(spectrum.size) < APART:
            continue
        beyond = _beyond_chance(basis, own, spectrum)
        if beyond > most:
            most, found = beyond, basis
    return Lattice(tuple((down, right) for down, right in found.tolist()))


def _parts() -> Iterator[Tensor]:
    """How a lattice lies in a denser one: Hermite's forms (2,2) of all of its INDICES."""
    for index in INDICES:
        for first in range(1, index + 1):
            if index % first == 0:
                for beside in range(index // first):
                    rows = [[first, 0], [beside, index // first]]
                    yield torch.tensor(rows, dtype=torch.float64)


def _beyond_chance(basis: Tensor, own: Tensor, spectrum: Spectrum) -> float:
    """How much more power there is at the new points of a denser lattice than chance would put
    there: the sum of how many times that around them. 0 if there are too few of them, or they have
    little on average."""
    waves = Lattice(tuple((down, right) for down, right in basis.tolist()))
    points = waves.waves(waves.points(HIGH))
    multiples = _coordinates(points, own)
    new = (multiples - multiples.round()).abs().amax(1) > SMALL
    lengths = points.norm(dim=1)
    new &= (lengths < HIGH) & (lengths * min(spectrum.size) > CYCLES)
    points = points[new]
    if len(points) < FEW:
        return 0.0
    size = torch.tensor(spectrum.size, dtype=torch.float64)
    angles = torch.arange(DIRECTIONS, dtype=torch.float64) * (2 * math.pi / DIRECTIONS)
    circle = torch.stack([angles.sin(), angles.cos()], 1)
    around = torch.cat([distance * circle for distance in AROUND]) / size  # (m,2)
    places = points[:, None] + around
    nearest = _coordinates(places, basis).round() @ basis
    clear = ((nearest - places) * size).norm(dim=2) > CLEAR
    power = spectrum.at(places.flatten(0, 1)).view(clear.shape)
    # Waves along an axis have others beside them there, of a picture whose threads differ.
    level = power.masked_fill(~clear, math.nan).nanquantile(QUANTILE, 1)
    level = level.clamp(min=FAINT * spectrum.power.max())
    above = (spectrum.at(points) / level).clamp(max=AT_MOST)
    seen = ~above.isnan()
    if seen.sum() < FEW or above[seen].mean() < ABOVE:
        return 0.0
    return (above[seen] - CHANCE).sum().item()
