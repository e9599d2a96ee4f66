"""A regular exemplar -> the lattice on which it repeats, to fractions of a cycle.

What repeats has its power where whole multiples of one or two waves lie. Every pair of waves that
could be these is tried: a lattice is likely if the strongest waves of the picture lie on it, the
more so the fewer of its points there are.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..noise.waves import HIGHEST
from .regularity import detrend

PADDED = 4  # times its size, to which a picture is padded: waves lie at quarters of a cycle
SEVERAL = 12  # of the strongest waves, that a lattice is found in
CYCLES = 3  # in the picture's shorter side, which a wave that is found has at least
FEWEST = 2  # which one has that it is a multiple of
ALONE = 2  # cycles by which two waves differ at least (Hann's window)
WEAKEST = 0.05  # of the power of the strongest, which others have at least
MISS = 0.2  # cycles: standard deviation of a wave from its lattice
SAME = 0.25  # cycles, up to which two candidates are one
FRACTIONS = (1, 2, 3, 4)  # of a wave, one of which may span the lattice
EVIDENCE = 20.0  # by which the waves beyond the first two speak for a lattice (tests)
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
        most = math.ceil(2 * highest * self.longest)
        line = torch.arange(-most, most + 1)
        found = torch.cartesian_prod(*len(self.basis) * [line]).view(-1, len(self.basis))
        waves = self.waves(found)
        upright = (waves[:, 1] > SMALL) | ((waves[:, 1].abs() <= SMALL) & (waves[:, 0] > SMALL))
        return found[upright & (waves.abs() <= highest).all(1)]

    def _matrix(self) -> Tensor:
        return torch.tensor(self.basis, dtype=torch.float64)


def lattice_of(picture: Tensor) -> Lattice | None:
    """Of a picture (1,3,h,w), or None where it has none."""
    found = strongest(picture)
    return found and fitted(*found, tuple(picture.shape[-2:]))


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
    for row in gains.sum(1).argsort(descending=True)[:TRIED].tolist():
        on, own = gains[row] > 0, gains[row].sum().item()
        basis = _refined(waves, power, on, pairs[row])
        if basis is None or basis.norm(dim=1).min() * min(size) < FEWEST - SAME:
            continue
        beyond = own * (1 - len(basis) / int(on.sum()))
        if beyond > EVIDENCE or power[on].sum() > ALL * power.sum():
            return Lattice(tuple((down, right) for down, right in basis.tolist()))
    return None


def strongest(picture: Tensor, count: int = SEVERAL) -> tuple[Tensor, Tensor] | None:
    """The waves (n,2) of a picture, in cycles a pixel, the strongest first, and their power (n,);
    None of a picture of one colour."""
    size, side = picture.shape[-2:], min(picture.shape[-2:])
    power, down, right = _powers(picture)
    cycles = torch.hypot(down[:, None], right[None]) * side
    power[(cycles < CYCLES - 1e-6) | (down.abs() > HIGHEST)[:, None] | (right > HIGHEST)] = 0
    power[len(power) // 2 :, 0] = 0  # what stands in the first column stands there twice
    waves: list[tuple[float, float]] = []
    powers: list[float] = []
    while len(waves) < count:
        row, column = divmod(int(power.argmax()), power.shape[1])
        most = power[row, column].item()
        if not most or (powers and most < WEAKEST * powers[0]):
            break
        wave = down[row].item(), right[column].item()
        waves.append(wave)
        powers.append(most)
        for sign in (1, -1):
            apart = [(line - sign * at) for line, at in zip((down, right), wave, strict=True)]
            near = torch.hypot(apart[0][:, None] * size[0], apart[1][None] * size[1]) < ALONE
            power[near] = 0
    as_numbers = torch.tensor(waves, dtype=torch.float64), torch.tensor(powers)
    return as_numbers if waves else None


def _powers(picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of waves, summed over colours, with their cycles a pixel down and across."""
    flat = torch.stack([detrend(colour.double()) for colour in picture[0]])
    for axis, length in ((1, flat.shape[1]), (2, flat.shape[2])):
        fading = torch.hann_window(length, dtype=torch.float64)
        flat = flat * fading.view(-1, 1) if axis == 1 else flat * fading
    flat = flat - flat.mean((1, 2), keepdim=True)
    height, width = (PADDED * length for length in flat.shape[1:])
    power = torch.fft.rfft2(flat, (height, width)).abs().square().sum(0)
    down = torch.fft.fftfreq(height, dtype=torch.float64)
    return power, down, torch.fft.rfftfreq(width, dtype=torch.float64)


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
