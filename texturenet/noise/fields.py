"""Noise fields: a rectangle of cells -> the noise there (1,C,h,w).

A picture, a tile and a frame are windows on one each; a film is a row of them. A field is anything
that can be called with `Cells`. All of them keep the law of every cell.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .laws import LAWS, redresse, turn
from .philox import PICTURES, address, cells
from .waves import Shift, Waves

KEPT = 2**28  # bytes of noise that `Kept` holds on to


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
Period = tuple[
    int | None, int | None
]  # of rows and columns, in pixels; None where it never repeats


@dataclass(frozen=True)
class Plane:
    """One seed's endless plane of noise, or one that repeats along an axis or both."""

    seed: int
    law: str
    period: Period = (None, None)

    def __call__(self, asked: Cells) -> Tensor:
        rows, columns = (
            address(start, length, period and period // asked.cell).to(asked.device)
            for start, length, period in zip(
                (asked.top, asked.left), (asked.height, asked.width), self.period, strict=True
            )
        )
        uniform = cells([self.seed], asked.scale, rows, columns, asked.channels, PICTURES)
        return LAWS[self.law](uniform)


@dataclass(frozen=True)
class Bordered:
    """A periodic plane whose cells near the border of the period are those of another plane.

    Tiles that share the border's plane fit beside each other: no pixel of one reads a cell of its
    neighbour that it would not find in itself. reach: cells of each scale that count as near.
    """

    inside: Plane
    border: Plane
    reach: tuple[int, ...]

    def __call__(self, asked: Cells) -> Tensor:
        near = self._near(asked.top, asked.height, 0, asked).view(-1, 1) | self._near(
            asked.left, asked.width, 1, asked
        )
        return torch.where(near, self.border(asked), self.inside(asked))

    def _near(self, start: int, length: int, axis: int, asked: Cells) -> Tensor:
        if (period := self.inside.period[axis]) is None:
            return torch.zeros(length, dtype=torch.bool, device=asked.device)
        count, reach = period // asked.cell, self.reach[asked.scale]
        place = address(start, length, count).to(asked.device)
        return (place < reach) | (place >= count - reach)


@dataclass(frozen=True)
class Mixed:
    """On the way from one field to the next of a row, which closes; positions are per scale."""

    fields: tuple[Field, ...]
    positions: tuple[float, ...]
    redresse: str
    law: str

    def __call__(self, asked: Cells) -> Tensor:
        place = int(self.positions[asked.scale] // 1)
        lam = self.positions[asked.scale] - place
        first, second = (self.fields[i % len(self.fields)] for i in (place, place + 1))
        if lam == 0 or first is second:
            return first(asked)
        mixed = torch.lerp(first(asked), second(asked), lam)
        return redresse(mixed, lam, self.redresse, self.law)


@dataclass(frozen=True)
class Turned:
    """At an angle, per scale, on the circle through two gaussian fields."""

    first: Field
    second: Field
    angles: tuple[float, ...]
    law: str

    def __call__(self, asked: Cells) -> Tensor:
        return turn(self.first(asked), self.second(asked), self.angles[asked.scale], self.law)


@dataclass(frozen=True)
class Waved:
    """A field of noise and, in the channels behind it, waves, which lie still."""

    noise: Field
    waves: Waves
    shift: Shift

    def __call__(self, asked: Cells) -> Tensor:
        drawn = self.noise(replace(asked, channels=asked.channels - self.waves.channels))
        rows = address(asked.top, asked.height, None).to(asked.device)
        columns = address(asked.left, asked.width, None).to(asked.device)
        waves = self.waves.at(rows, columns, asked.cell, [self.shift])
        return torch.cat([drawn, waves], 1)


class CachedField:
    """A field that remembers what it was asked, as far as memory allows: frames ask alike."""

    def __init__(self, field: Field, most: int = KEPT):
        self.field, self.left, self.known = field, most, {}

    def __call__(self, asked: Cells) -> Tensor:
        if (noise := self.known.get(asked)) is None:
            noise = self.field(asked)
            size = noise.numel() * noise.element_size()
            if size <= self.left:
                self.left -= size
                self.known[asked] = noise
        return noise
