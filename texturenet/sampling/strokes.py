"""Strokes on the plane -> a course whose grain runs along them, and goes over smoothly between.

A point of the plane has the mean direction of all strokes, weighted by (d^2 + (width/2)^2)^-2, d
the distance to each piece of them: near a stroke its own, far from all that of the nearest.
Directions are averaged as (cos 2a, sin 2a) where a line has no head and tail.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor

from ..errors import Refused
from ..types import Place
from .courses import OwnCourse, between

MOST, FARTHEST = 4096, 2**24  # pieces of strokes; pixels
WIDTH = 64.0  # pixels
THINNEST, WIDEST = 1.0, 4096.0
OCTAVES = 2.0  # up and down
LATTICE = 8  # pixels between places that are computed; linear between them
AT_ONCE = 2**22  # distances


@dataclass(frozen=True)
class Stroke:
    """A line that grain follows.

    points : (row, column) in pixels, two or more
    width : pixels, within which the line's own direction holds
    size : octaves
    """

    points: Sequence[tuple[float, float]]
    width: float = WIDTH
    size: float = 0.0

    def __post_init__(self) -> None:
        numbers = [*(one for point in self.points for one in point), self.width, self.size]
        if len(self.points) < 2 or any(len(point) != 2 for point in self.points):
            raise Refused("a stroke has two points or more, [row, column] each.")
        if not all(isinstance(one, (int, float)) and abs(one) <= FARTHEST for one in numbers):
            raise Refused(f"a stroke has a number that is not finite, or beyond {FARTHEST} pixels.")
        if not THINNEST <= self.width <= WIDEST:
            raise Refused(f"a stroke is {self.width} wide: say {THINNEST:g} to {WIDEST:g} pixels.")
        if abs(self.size) > OCTAVES:
            raise Refused(
                f"a stroke has size {self.size}: say -{OCTAVES:g} to {OCTAVES:g} octaves."
            )


@dataclass(frozen=True, eq=False)
class Strokes(OwnCourse):
    """The course of strokes.

    strokes : one or more
    origin : (row, column) that their points count from
    grain : degrees, anticlockwise from the right, of the lines of the texture at angle 0
    turns : 2 where a line has no head and tail
    """

    strokes: Sequence[Stroke]
    origin: Place = (0, 0)
    grain: float = 0.0
    turns: int = 2

    def __post_init__(self) -> None:
        if not self.strokes:
            raise Refused("there are no strokes.")
        if (count := len(self._pieces[0])) > MOST:
            raise Refused(f"strokes have {count} pieces: at most {MOST}; say fewer points.")

    @cached_property
    def _pieces(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Starts and ways (N,2), half widths and sizes (N,), of pieces no longer than a width."""
        starts, ways, more = [], [], []
        for stroke in self.strokes:
            points = torch.tensor(stroke.points, dtype=torch.float64)
            for a, b in pairwise(points):
                parts = min(MOST + 1, max(1, math.ceil(float((b - a).norm()) / stroke.width)))
                if not (b - a).any():
                    continue
                steps = torch.arange(parts, dtype=torch.float64)[:, None] / parts
                starts.append(a + (b - a) * steps)
                ways.append(((b - a) / parts).expand(parts, 2))
                more.append(torch.tensor([[stroke.width / 2, stroke.size]]).expand(parts, 2))
        if not starts:
            raise Refused("all points of the strokes are one.")
        half, sizes = torch.cat(more).double().T
        return torch.cat(starts), torch.cat(ways), half, sizes

    def __call__(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        """Angles and sizes (h,w) at rows (h,) and columns (w,), on a lattice and linear between."""
        lines, near = [], []
        for line, first in zip((rows, columns), self.origin, strict=True):
            place = (line - first) / LATTICE
            before, count = place.floor(), len(line)
            # Places may lie far apart: of the lattice only the lines beside them are computed.
            beside, at = torch.cat([before, before + 1]).unique(return_inverse=True)
            lines.append(beside * LATTICE)
            near.append((at[:count], at[count:], place - before))
        cosine, sine, sizes = (between(values, *near) for values in self._at(*lines))
        tangents = torch.rad2deg(torch.atan2(sine, cosine)) / self.turns
        return tangents - self.grain, sizes

    def _at(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean cosine and sine of the tangents, and mean sizes, (h,w) each."""
        starts, ways, half, sizes = self._pieces
        tangents = torch.atan2(-ways[:, 0], ways[:, 1]) * self.turns
        lengths = ways.norm(dim=1)
        told = torch.stack([tangents.cos(), tangents.sin(), sizes], 1)  # (N,3)
        places = torch.cartesian_prod(rows, columns)  # (hw,2)
        made = []
        for some in places.split(max(1, AT_ONCE // len(starts))):
            away = some[:, None] - starts  # (n,N,2)
            along = ((away * ways).sum(-1) / lengths.square()).clamp(0, 1)
            squares = (away - along[..., None] * ways).square().sum(-1)
            weights = lengths / (squares + half.square()).square()
            made.append(weights @ told / weights.sum(1, keepdim=True))
        cosine, sine, size = torch.cat(made).T.reshape(3, len(rows), len(columns))
        return cosine, sine, size
