"""Noise fields: a rectangle of cells -> the noise there (1,C,h,w).

A picture, a tile and a frame are windows on one each; a film is a row of them. A field is anything
that can be called with `Cells`. All of them keep the law of every cell.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from .laws import LAWS, redresse, turn
from .philox import PICTURES, Period, address
from .philox import cells as uniform_noise
from .units import Pictures
from .waves import Waves

KEPT = 2**28  # bytes of noise that a `CachedField` keeps


@dataclass(frozen=True)
class Cells:
    """A rectangle of cells of one scale, and how many pixels a side one of them covers."""

    scale: int
    cell: int
    top: int
    left: int
    height: int
    width: int
    channels: int
    device: torch.device


Field = Callable[[Cells], Tensor]


@dataclass(frozen=True)
class Plane:
    """One seed's endless plane of noise, or one that repeats along an axis or both."""

    seed: int
    law: str
    period: Period = (None, None)

    def __call__(self, cells: Cells) -> Tensor:
        rows, columns = (
            address(start, length, period and period // cells.cell).to(cells.device)
            for start, length, period in zip(
                (cells.top, cells.left), (cells.height, cells.width), self.period, strict=True
            )
        )
        uniform = uniform_noise([self.seed], cells.scale, rows, columns, cells.channels, PICTURES)
        return LAWS[self.law](uniform)


@dataclass(frozen=True)
class Bordered:
    """A periodic plane whose cells near the border of the period are those of another plane.

    Tiles that share the border's plane fit beside each other: no pixel of one reads a cell of its
    neighbour that differs from its own. reach: cells of each scale that count as near.
    """

    inside: Plane
    border: Plane
    reach: tuple[int, ...]

    def __call__(self, cells: Cells) -> Tensor:
        rows = self._near(cells.top, cells.height, 0, cells).view(-1, 1)  # (h,1)
        columns = self._near(cells.left, cells.width, 1, cells)  # (w,)
        return torch.where(rows | columns, self.border(cells), self.inside(cells))

    def _near(self, start: int, length: int, axis: int, cells: Cells) -> Tensor:
        if (period := self.inside.period[axis]) is None:
            return torch.zeros(length, dtype=torch.bool, device=cells.device)
        count, reach = period // cells.cell, self.reach[cells.scale]
        place = address(start, length, count).to(cells.device)
        return (place < reach) | (place >= count - reach)


@dataclass(frozen=True)
class Mixed:
    """On the way from one field to the next of a row, which closes; positions are per scale."""

    fields: tuple[Field, ...]
    positions: tuple[float, ...]
    redresse: str
    law: str

    def __call__(self, cells: Cells) -> Tensor:
        place = int(self.positions[cells.scale] // 1)
        lam = self.positions[cells.scale] - place
        first, second = (self.fields[i % len(self.fields)] for i in (place, place + 1))
        if lam == 0 or first is second:
            return first(cells)
        mixed = torch.lerp(first(cells), second(cells), lam)
        return redresse(mixed, lam, self.redresse, self.law)


@dataclass(frozen=True)
class Turned:
    """At an angle, per scale, on the circle through two gaussian fields."""

    first: Field
    second: Field
    angles: tuple[float, ...]
    law: str

    def __call__(self, cells: Cells) -> Tensor:
        return turn(self.first(cells), self.second(cells), self.angles[cells.scale], self.law)


@dataclass(frozen=True)
class Waved:
    """A field of noise and, in the channels behind it, the waves of a seed and the numbers of their
    units, which lie still. period: after which the plane repeats."""

    noise: Field
    waves: Waves
    seed: int
    period: Period

    def __call__(self, cells: Cells) -> Tensor:
        drawn = self.noise(replace(cells, channels=cells.channels - self.waves.channels))
        rows = address(cells.top, cells.height, None).to(cells.device)
        columns = address(cells.left, cells.width, None).to(cells.device)
        beside = self.waves.beside(rows, columns, cells.cell, self._picture)
        return torch.cat([drawn, beside], 1)

    @cached_property
    def _picture(self) -> Pictures:
        return self.waves.pictures([self.seed], period=self.period)


class CachedField:
    """A field that keeps its noise, up to `most` bytes: frames of a film read the same cells."""

    def __init__(self, field: Field, most: int = KEPT) -> None:
        self.field, self.left = field, most
        self.cached: dict[Cells, Tensor] = {}

    def __call__(self, cells: Cells) -> Tensor:
        if (noise := self.cached.get(cells)) is None:
            noise = self.field(cells)
            size = noise.numel() * noise.element_size()
            if size <= self.left:
                self.left -= size
                self.cached[cells] = noise
        return noise


def period_of(field: Field) -> Period:
    """After which a field of noise repeats, in pixels."""
    match field:
        case Plane():
            return field.period
        case CachedField():
            return period_of(field.field)
        case Bordered():
            return period_of(field.inside)
        case Mixed():
            return period_of(field.fields[0])
        case Turned():
            return period_of(field.first)
    return None, None
