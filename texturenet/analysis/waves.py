"""The waves of a picture that close on a square, and which of them a net is told.

What repeats has its power on a lattice of waves. Thin joints spread it over many multiples of a
wave, which a net makes easily; what it cannot do is divide one. A wave that is faint in the picture
tells it less than the strong ones between which it is the difference, unless these are so short
that only its finest scales see them.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ..noise.waves import HIGHEST, Waves
from .lattices import FEWEST
from .regularity import detrend, regularity, similarity_at
from .spectrum import ALONE, CYCLES, SEVERAL, WEAKEST

Vector = tuple[int, int]  # cycles down and across
SEARCHED = 0.8  # of the picture's side, up to which it can be seen whether it comes back
AS_LIKE = 0.8  # of the likeness at its own period, that it has at what is a period as well
LONGER = 1.5  # times that period, which a wave of it may be long
PARALLEL = 0.2  # sine of the angle up to which two waves are in one direction
MANY = 4  # times the lattice's own waves, above which those that span it are too short
FAINTEST = 1e-4  # of the range, which a wave has to exceed as well
ENOUGH = 0.97  # of the power on the best square, which the smallest has that is taken


def closing(picture: Tensor, sides: Sequence[int]) -> int:
    """The first of these squares on which about as much of a picture (1,3,h,w) closes, in its
    strongest waves, as on any."""
    sums = [sum(_peaks(picture, side, SEVERAL).values()) for side in sides]
    enough = ENOUGH * max(sums)
    return next(side for side, power in zip(sides, sums, strict=True) if power >= enough)


def waves_on(picture: Tensor, torus: int, count: int) -> Waves | None:
    """The strongest waves of a picture (1,3,h,w) that close on a torus, `count` at the most: those
    that span a lattice, if they lie on one, then the strongest and one across it, then others.
    What is far weaker is left out; None where there are none."""
    longest = _longest(picture, torus)
    peaks = _peaks(picture, torus, max(count, SEVERAL), longest)
    least = max(WEAKEST * max(peaks.values(), default=0.0), FAINTEST**2)
    strong = [vector for vector, power in peaks.items() if power > least]
    slowest = max(FEWEST * _cycle(picture, torus), torus / longest)
    vectors = chosen(strong, slowest, count)
    return Waves(torus, vectors) if vectors else None


def chosen(strong: list[Vector], slowest: float, count: int) -> tuple[Vector, ...]:
    """`count` of these waves at the most: where they lie on a lattice that has none slower, the
    strongest that span it, after its own longest ones where those are many times shorter; then the
    strongest and one across it, and as many more."""
    spanning = _spanning(strong, slowest, count)
    return tuple(dict.fromkeys([*spanning, *_across(strong), *strong]))[:count]


def _longest(picture: Tensor, torus: int) -> float:
    """Pixels that a wave may be long. Where a picture is more like itself after its own period than
    after a whole square, what is longer than that period varies and does not come back."""
    regular, side = regularity(picture), min(picture.shape[-2:])
    if not (regular.regular and regular.period) or torus > SEARCHED * side:
        return math.inf
    alike = min(similarity_at(picture, shift) for shift in ((torus, 0), (0, torus)))
    own = similarity_at(picture, regular.period)
    return math.inf if alike >= AS_LIKE * own else LONGER * regular.length


def _spanning(strong: list[Vector], slowest: float, count: int) -> list[Vector]:
    """The strongest of whose sums and differences all are made, unless their lattice has vectors
    that are too short to repeat: then the waves, or some, lie on none. If these are more than
    `count`, without those that the others make."""
    basis = lattice(strong)
    if any(math.hypot(*vector) < slowest for vector in basis):
        return []
    made: list[Vector] = []
    for vector in strong:
        if lattice([*made, vector]) != lattice(made):
            made.append(vector)
    for vector in made if len(made) > count else []:
        others = [other for other in made if other != vector]
        made = others if lattice(others) == lattice(made) else made
    shortest = MANY * max((math.hypot(*vector) for vector in basis), default=0.0)
    multiples = made and all(math.hypot(*vector) > shortest for vector in made)
    return [*basis, *made] if multiples else made


def _across(strong: list[Vector]) -> list[Vector]:
    """The strongest, and the strongest of those in other directions: a net can make multiples of a
    wave, and nothing across it."""
    first = strong[:1]
    for down, right in strong:
        apart = abs(first[0][0] * right - first[0][1] * down)
        if apart > PARALLEL * math.hypot(*first[0]) * math.hypot(down, right):
            return [*first, (down, right)]
    return first


def _cycle(picture: Tensor, torus: int) -> float:
    """Of the picture's shorter side: as many on the torus."""
    return torus / min(picture.shape[-2:])


def _peaks(
    picture: Tensor, torus: int, count: int, longest: float = math.inf
) -> dict[Vector, float]:
    """{vector: power} of the strongest waves that are no longer, in pixels, without those that a
    picture so small cannot tell from one that is stronger."""
    power = _powers(picture, torus, longest)
    down = torch.fft.fftfreq(torus, 1 / torus).view(-1, 1)
    right = torch.arange(power.shape[1])
    near, peaks = max(0.5, ALONE * _cycle(picture, torus) - 1e-6), {}
    for _ in range(count):
        row, column = divmod(int(power.argmax()), power.shape[1])
        if not power[row, column]:
            break
        vector = int(down[row]), column
        peaks[vector] = power[row, column].item()
        for sign in (1, -1):
            power[torch.hypot(down - sign * vector[0], right - sign * vector[1]) < near] = 0
    return peaks


def lattice(vectors: list[Vector]) -> list[Vector]:
    """The shortest vectors, two or fewer, of whose sums and differences all of these are made, as
    they stand among waves: not upwards, nor straight to the left."""
    basis: list[Vector] = []
    for vector in vectors:
        basis = _joined(basis, vector)
    if len(basis) == 2:
        basis = _shortest(*basis)
    return [upright(vector) for vector in basis]


def upright(vector: Vector) -> Vector:
    """Of the two vectors of a wave the one that does not lead upwards, nor straight to the left."""
    down, right = vector
    return (abs(down), 0) if not right else (down, right) if right > 0 else (-down, -right)


def _joined(basis: list[Vector], vector: Vector) -> list[Vector]:
    """A basis in Hermite's form, (a,b) and (0,d), of the lattice with one vector more."""
    rows = [*basis, vector]
    steep = [row for row in rows if row[0]]
    flat = [row[1] for row in rows if not row[0]]
    while len(steep) > 1:  # Euclid's algorithm on what is downwards
        steep.sort(key=lambda row: abs(row[0]))
        (a, b), rest = steep[0], steep[1:]
        rest = [(down - down // a * a, right - down // a * b) for down, right in rest]
        flat += [right for down, right in rest if not down]
        steep = [(a, b), *(row for row in rest if row[0])]
    across = math.gcd(*flat)
    return steep + ([(0, across)] if across else [])


def _shortest(one: Vector, other: Vector) -> list[Vector]:
    """A basis of the same lattice, as short as there is (Gauss)."""
    while True:
        one, other = sorted((one, other), key=lambda vector: math.hypot(*vector))
        times = round((one[0] * other[0] + one[1] * other[1]) / (one[0] ** 2 + one[1] ** 2))
        if not times:
            return [one, other]
        other = other[0] - times * one[0], other[1] - times * one[1]


def _powers(picture: Tensor, torus: int, longest: float) -> Tensor:
    """The squared amplitudes of waves by whole cycles down and across a torus, in a picture
    (1,3,h,w), summed over colours: (torus,torus/2+1), of the two vectors of a wave one."""
    # Without the light: it would be the longest of them.
    flat = torch.stack([detrend(colour.double()) for colour in picture[0]])
    flat = flat - flat.mean((1, 2), keepdim=True)
    down, right = torch.fft.fftfreq(torus), torch.fft.rfftfreq(torus)
    rows, columns = (
        _turning(line, length) for line, length in zip((down, right), flat.shape[1:], strict=True)
    )
    amplitudes = rows @ flat.to(rows.dtype) @ columns.T
    power = amplitudes.abs().square().sum(0)
    power[down.abs() > HIGHEST] = 0
    power[:, right > HIGHEST] = 0
    power[torus // 2 :, 0] = 0  # what stands in the first column stands there twice
    # What is longer is light, or a part that differs.
    cycles = torch.hypot(*torch.meshgrid(down * torus, right * torus, indexing="ij"))
    power[cycles < max(CYCLES * _cycle(picture, torus), torus / longest) - 1e-6] = 0
    return power


def _turning(frequencies: Tensor, length: int) -> Tensor:
    """Waves of so many cycles a pixel (n,length), as long as a picture and faded to its borders,
    so that a wave between two of them does not show at all others; the mean of the fading is 1."""
    fading = torch.hann_window(length, dtype=torch.float64)
    phases = torch.outer(frequencies.double(), torch.arange(length).double())
    return torch.exp(-2j * math.pi * phases) * fading / fading.sum()
