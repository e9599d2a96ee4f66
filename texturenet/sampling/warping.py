"""A course for a net that is not told one: turned pieces of its plane, joined.

No map of the plane turns it by an angle that differs from place to place and leaves sizes alone. So
the plane is cut into square cells, and each is drawn by a conformal map that has the angle of the
course at its middle and follows its gradient: it bends lines as the course does, and pays in size
at its borders. Where cells meet, two pictures that have nothing to do with each other are mixed
over a few pixels, and their contrast is kept: grain is broken there, though its direction is not.
Where the course is the same in two cells their maps are one, and nothing is joined.

A map is w -> F0 + exp(L) (exp(g w) - 1) / g, w = column - i row from the cell's middle.
"""

import cmath
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from ..generator.architecture import COLOURS
from ..materials.planes import Layout
from ..noise.fields import Bordered, Field, Plane
from ..noise.steering import Course
from ..types import Place, Size
from .film import Film
from .texture import Texture

CELL, JOINT = 128, 32  # pixels a side of a cell, and pixels over which two of them are mixed
STRAIGHT = 0.5  # radians over a cell that a map may bend; beyond, it follows the course in part
LARGEST = 2.0  # octaves, up or down
TERMS = 9  # of the series of (exp(z) - 1) / z
MARGIN = 2  # pixels that a look-up between four reads beyond its place
MEASURED = 256  # pixels a side whose mean colour joints keep contrast about
Look = Callable[[Size, Place], Tensor]  # a window of the plane as it is (1,3,h,w)


class Chart(NamedTuple):
    """The map of a cell: F0, exp(L), g, and the middle (row, column) that w counts from."""

    start: complex
    turn: complex
    bend: complex
    middle: tuple[float, float]

    def at(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Places of the plane for rows (h,) and columns (w,): complex (h,w), column - i row."""
        across, up = columns - self.middle[1], self.middle[0] - rows
        w = torch.complex(across.expand(len(up), -1), up[:, None].expand(-1, len(across)))
        sum_, bent = torch.ones_like(w), self.bend * w
        for term in range(TERMS, 1, -1):
            sum_ = 1 + bent * sum_ / term
        return self.start + self.turn * w * sum_

    @property
    def stretch(self) -> float:
        """Times that sizes at its corners differ from the course's."""
        return math.exp(abs(self.bend) * (CELL + JOINT) * math.sqrt(0.5))


class Distortion(NamedTuple):
    """Of the maps of a window: times that sizes, and degrees that angles are off, at most."""

    size: float
    angle: float


@dataclass(frozen=True, eq=False)
class Warped(Texture):
    """A texture whose plane is turned and resized, piece by piece, as a course says.

    It draws colour alone, and does not repeat.
    """

    course: Course

    @cached_property
    def layout(self) -> Layout | None:
        return None  # normals would have to turn too

    def plane(self, size: Size, seed: int, tile: str = "none") -> Plane:
        """The noise of a seed. Raises Refused for a tile."""
        if tile != "none":
            raise Refused(
                f"tile={tile}: a plane that is turned piece by piece does not repeat; a net that "
                "was trained with steer=rotation makes such tiles."
            )
        return super().plane(size, seed)

    def film(self, kind: str, seconds: float = 4.0, fps: float = 30.0, **more: object) -> Film:
        """As `Texture.film`, but not "displace"."""
        if kind == "displace":
            raise Refused("a film of kind displace needs a net trained with steer, given a field.")
        return super().film(kind, seconds, fps, **more)

    def _bordered(self, inside: Plane, border: int, origin: Place) -> Bordered:
        raise Refused("tiles that match need a net trained with steer, where a field is given.")

    @torch.inference_mode()
    def window(self, field: Field, size: Size, origin: Place, planes: int = COLOURS) -> Tensor:
        """One window: unclamped (1,3,h,w)."""

        def look(size: Size, origin: Place) -> Tensor:
            return Texture.window(self, field, size, origin)

        rows, columns = (
            torch.arange(start, start + length, dtype=torch.float64)
            for start, length in zip(origin, size, strict=True)
        )
        sum_ = torch.zeros(3, *size, dtype=torch.float64, device=self.device)
        squares = torch.zeros(*size, dtype=torch.float64, device=self.device)
        for chart, weight in self._pieces(rows, columns):
            (top, bottom), (left, right) = (_extent(weight, axis) for axis in (1, 0))
            some = weight[top:bottom, left:right]
            seen = _seen(chart, rows[top:bottom], columns[left:right], look) - self._mean
            sum_[:, top:bottom, left:right] += some * seen
            squares[top:bottom, left:right] += some.square()
        return (self._mean + sum_ / squares.sqrt())[None].float()

    @cached_property
    def _mean(self) -> Tensor:
        """Mean colour of the plane, (3,1,1)."""
        texture = Texture(self.net, self.card)
        return (
            texture.render(MEASURED, MEASURED).double().mean((1, 2))[:, None, None].to(self.device)
        )

    def joints(self, size: Size, origin: Place = (0, 0)) -> Tensor:
        """Where a window breaks, (h,w) in [0,1]: 0 where one map draws, 1 where two are even."""
        rows, columns = (
            torch.arange(start, start + length, dtype=torch.float64)
            for start, length in zip(origin, size, strict=True)
        )
        most = torch.zeros(*size, dtype=torch.float64)
        for _, weight in self._pieces(rows, columns):
            most = most.maximum(weight)
        return (2 * (1 - most)).clamp(0, 1).float()

    def _pieces(self, rows: Tensor, columns: Tensor) -> Iterator[tuple[Chart, Tensor]]:
        """Maps, and how much of each pixel is theirs (h,w); maps that are one come once."""
        found: dict[complex | tuple[int, int], tuple[Chart, Tensor]] = {}
        for cell in self._cells(rows, columns):
            chart = self.chart(cell)
            weight = _share(rows, cell[0])[:, None] * _share(columns, cell[1])
            # Without a bend the map is the same from wherever it is counted.
            key = cell if chart.bend else chart.turn
            known = found.get(key)
            found[key] = (known[0], known[1] + weight) if known else (chart, weight)
        yield from found.values()

    @staticmethod
    def _cells(rows: Tensor, columns: Tensor) -> Iterator[tuple[int, int]]:
        """Those that have a share of a window."""
        reach = (JOINT - 1) / 2
        ranges = (
            range(
                math.floor((float(line[0]) - reach) / CELL),
                math.floor((float(line[-1]) + reach) / CELL) + 1,
            )
            for line in (rows, columns)
        )
        yield from product(*ranges)

    def chart(self, cell: tuple[int, int]) -> Chart:
        """The map of a cell, by the course at its middle and beside it."""
        row, column = (number * CELL + (CELL - 1) / 2 for number in cell)
        beside = [
            torch.tensor([place - CELL / 4, place, place + CELL / 4], dtype=torch.float64)
            for place in (row, column)
        ]
        angles, sizes = (one.double() for one in self.course(*beside))  # (3,3) each
        size = float(sizes[1, 1].clamp(-LARGEST, LARGEST))
        turn = cmath.exp(-size * math.log(2) - 1j * math.radians(float(angles[1, 1])))
        across, up = _slope(angles[1, 2], angles[1, 0]), _slope(angles[0, 1], angles[2, 1])
        bend = complex(-up, -across)
        if abs(bend) > (most := STRAIGHT / CELL):
            bend *= most / abs(bend)
        return Chart(turn * complex(column, -row), turn, bend, (row, column))

    def remarks(self, size: Size, origin: Place = (0, 0)) -> list[str]:
        """What the maps of a window make of the course, in a sentence; none where it is even."""
        size_off, angle_off = self.distortion(size, origin)
        if size_off == 1 and angle_off < 0.01 and self._whole(size, origin):
            return []
        return [
            "this net was trained without steer: its plane is turned in pieces of "
            f"{CELL} pixels, joined over {JOINT}. In them sizes are off by {size_off:.2f} times at "
            f"most, and angles by {angle_off:.0f} degrees; what joints cut, breaks."
        ]

    def distortion(self, size: Size, origin: Place) -> Distortion:
        """What the maps of a window make of the course."""
        rows, columns = (
            torch.arange(start, start + length, 8, dtype=torch.float64)
            for start, length in zip(origin, size, strict=True)
        )
        stretch, off = 1.0, 0.0
        for cell in self._cells(rows, columns):
            chart = self.chart(cell)
            stretch = max(stretch, chart.stretch)
            inside = (
                line[(line - number * CELL >= 0) & (line - number * CELL < CELL)]
                for line, number in zip((rows, columns), cell, strict=True)
            )
            off = max(off, self._off(chart, *inside))
        return Distortion(stretch, off)

    def _whole(self, size: Size, origin: Place) -> bool:
        """Whether one map draws all of a window."""
        lines = (
            torch.tensor([start, start + length - 1.0])
            for start, length in zip(origin, size, strict=True)
        )
        charts = [self.chart(cell) for cell in self._cells(*lines)]
        return not any(one.bend for one in charts) and len({one.turn for one in charts}) == 1

    def _off(self, chart: Chart, rows: Tensor, columns: Tensor) -> float:
        """Degrees that a map is off the course, at most; half a turn is none."""
        if not len(rows) or not len(columns):
            return 0.0
        small = 0.5
        step = chart.at(rows, columns + small) - chart.at(rows, columns - small)
        wanted = self.course(rows, columns)[0]
        return float(_apart(-torch.rad2deg(step.angle()) - wanted).max())


def _slope(after: Tensor, before: Tensor) -> float:
    """Radians a pixel, of angles half a cell apart; the shorter way, and half a turn is none."""
    apart = (float(after - before) + 90) % 180 - 90
    return math.radians(apart) / (CELL / 2)


def _apart(angles: Tensor) -> Tensor:
    return ((angles + 90) % 180 - 90).abs()


def _share(line: Tensor, cell: int) -> Tensor:
    """How much of pixels along an axis is of a cell; of all cells together it is 1."""
    middle = cell * CELL + (CELL - 1) / 2
    return ((CELL + JOINT) / 2 - (line - middle).abs()).div(JOINT).clamp(0, 1)


def _extent(weight: Tensor, axis: int) -> tuple[int, int]:
    """Where there is any, along the other axis."""
    seen = weight.any(axis).nonzero()[:, 0]
    return int(seen[0]), int(seen[-1]) + 1


def _seen(chart: Chart, rows: Tensor, columns: Tensor, look: Look) -> Tensor:
    """The plane through a map, (3,h,w) float64. Where it shrinks, pixels are means of several."""
    most = abs(chart.turn) * chart.stretch
    parts = max(1, math.ceil(most - 0.5))
    offsets = (torch.arange(parts, dtype=torch.float64) + 0.5) / parts - 0.5
    rows, columns = ((line[:, None] + offsets).flatten() for line in (rows, columns))
    places = chart.at(rows, columns)
    down, right = -places.imag, places.real
    top, left = (math.floor(float(one.min())) - MARGIN for one in (down, right))
    height, width = (
        math.floor(float(one.max())) + MARGIN + 2 - first
        for one, first in ((down, top), (right, left))
    )
    picture = look((height, width), (top, left)).double()
    grid = torch.stack(
        [(right - left) * 2 / (width - 1) - 1, (down - top) * 2 / (height - 1) - 1], -1
    )
    made = F.grid_sample(picture, grid[None].to(picture), "bicubic", align_corners=True)
    return F.avg_pool2d(made, parts)[0]
