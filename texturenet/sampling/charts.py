"""Maps of square cells of a picture into a plane, which turn it and bend it as a course says.

No map of the plane turns it by an angle that differs from place to place and leaves sizes alone. So
each cell has a conformal map of its own, with the angle of the course at its middle and, as far as
STRAIGHT allows, its gradient: w -> F0 + exp(L) (exp(g w) - 1) / g, w = column - i row from there.
It pays in size at its borders.
"""

import cmath
import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..noise.steering import Course
from ..types import Place, Size

CELL, JOINT = 128, 32  # pixels a side of a cell, and pixels over which two of them are mixed
STRAIGHT = 0.5  # radians over a cell that a map may bend; beyond, it follows the course in part
LARGEST = 2.0  # octaves, up or down
TERMS = 9  # of the series of (exp(z) - 1) / z
MARGIN = 2  # pixels that a look-up between four reads beyond its place
SHRUNK = 1.5  # times that a look-up may leave out pixels; beyond, several are averaged
Look = Callable[[Size, Place], Tensor]  # a window of the plane as it is (1,3,h,w)
Cell = tuple[int, int]


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
        if not self.bend:
            return self.start + self.turn * w
        sum_, bent = torch.ones_like(w), self.bend * w
        for term in range(TERMS, 1, -1):
            sum_ = 1 + bent * sum_ / term
        return self.start + self.turn * w * sum_

    @property
    def stretch(self) -> float:
        """Times that sizes at its corners differ from the course's."""
        return math.exp(abs(self.bend) * (CELL + JOINT) * math.sqrt(0.5))

    @property
    def parts(self) -> int:
        """Look-ups a side that are averaged for a pixel: several where the map shrinks."""
        # In the corners beyond a cell's sides, which shrink most, another cell draws as well.
        beside = math.exp(abs(self.bend) * (CELL + JOINT) / 2)
        return max(1, math.ceil(abs(self.turn) * beside / SHRUNK))


class Piece(NamedTuple):
    """A part of a picture that one map draws, and the window of the plane that it looks at.

    Parameters
    ----------
    chart, cells : the map, and those it is of
    down, right : where the part lies in the picture
    rows, columns : lines of the plane of the picture, (h,) and (w,), of the part
    size, origin : of the window
    """

    chart: Chart
    cells: list[Cell]
    down: slice
    right: slice
    rows: Tensor
    columns: Tensor
    size: Size
    origin: Place

    def weight(self) -> Tensor:
        """How much of each pixel is drawn so, (h,w) float64."""
        found = torch.zeros(len(self.rows), len(self.columns), dtype=self.rows.dtype)
        for row, column in self.cells:
            down, right = extent(self.rows, [row]), extent(self.columns, [column])
            shares = share(self.rows[down], row)[:, None] * share(self.columns[right], column)
            found[down, right] += shares
        return found

    def drawn(self, look: Look) -> Tensor:
        """The plane through the map, (3,h,w) float64, in which places are exact enough."""
        (height, width), (top, left), parts = self.size, self.origin, self.chart.parts
        picture, places = look(self.size, self.origin).double(), self.chart.at(*self._lines())
        across = (places.real - left) * 2 / (width - 1) - 1
        down = (-places.imag - top) * 2 / (height - 1) - 1
        grid = torch.stack([across, down], -1)[None].to(picture)
        made = F.grid_sample(picture, grid, "bicubic", align_corners=True)
        return F.avg_pool2d(made, parts)[0] if parts > 1 else made[0]

    def _lines(self) -> tuple[Tensor, Tensor]:
        return finer(self.rows, self.chart.parts), finer(self.columns, self.chart.parts)


def chart_of(course: Course, cell: Cell) -> Chart:
    """The map of a cell, by the course at its middle and beside it."""
    row, column = (number * CELL + (CELL - 1) / 2 for number in cell)
    beside = [
        torch.tensor([place - CELL / 4, place, place + CELL / 4], dtype=torch.float64)
        for place in (row, column)
    ]
    angles, sizes = (one.double() for one in course(*beside))  # (3,3) each
    size = float(sizes[1, 1].clamp(-LARGEST, LARGEST))
    turn = cmath.exp(-size * math.log(2) - 1j * math.radians(float(angles[1, 1])))
    across, up = _slope(angles[1, 2], angles[1, 0]), _slope(angles[0, 1], angles[2, 1])
    bend = complex(-up, -across)
    if abs(bend) > (most := STRAIGHT / CELL):
        bend *= most / abs(bend)
    return Chart(turn * complex(column, -row), turn, bend, (row, column))


def _slope(after: Tensor, before: Tensor) -> float:
    """Radians a pixel, of angles half a cell apart; the shorter way, and half a turn is none."""
    return math.radians(float(shortest(after - before))) / (CELL / 2)


def shortest(angles: Tensor) -> Tensor:
    """Degrees between -90 and 90 that are the same, half a turn being none."""
    return (angles + 90) % 180 - 90


def cells_of(rows: Tensor, columns: Tensor) -> Iterator[Cell]:
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


def share(line: Tensor, number: int) -> Tensor:
    """How much of pixels along an axis is of a cell; of all cells together it is 1."""
    middle = number * CELL + (CELL - 1) / 2
    return ((CELL + JOINT) / 2 - (line - middle).abs()).div(JOINT).clamp(0, 1)


def pieces(course: Course, rows: Tensor, columns: Tensor) -> list[Piece]:
    """The parts of a window (rows (h,), columns (w,)); maps that are one draw one part."""
    found: dict[complex | Cell, tuple[Chart, list[Cell]]] = {}
    for cell in cells_of(rows, columns):
        chart = chart_of(course, cell)
        # Without a bend the map is the same from wherever it is counted.
        key = cell if chart.bend else chart.turn
        found.setdefault(key, (chart, []))[1].append(cell)
    return [_piece(chart, cells, rows, columns) for chart, cells in found.values()]


def _piece(chart: Chart, cells: list[Cell], rows: Tensor, columns: Tensor) -> Piece:
    down, right = (
        extent(rows, [one[0] for one in cells]),
        extent(columns, [one[1] for one in cells]),
    )
    rows, columns = rows[down], columns[right]
    # Both parts of a map without poles are largest, and least, on the border.
    lines = [finer(line, chart.parts) for line in (rows, columns)]
    ends = [line[[0, -1]] for line in lines]
    places = torch.cat(
        [chart.at(lines[0], ends[1]).flatten(), chart.at(ends[0], lines[1]).flatten()]
    )
    (top, height), (left, width) = (_side(part) for part in (-places.imag, places.real))
    return Piece(chart, cells, down, right, rows, columns, (height, width), (top, left))


def finer(line: Tensor, parts: int) -> Tensor:
    """Middles of parts of pixels along an axis, (n*parts,)."""
    offsets = (torch.arange(parts, dtype=line.dtype) + 0.5) / parts - 0.5
    return (line[:, None] + offsets).flatten()


def extent(line: Tensor, numbers: list[int]) -> slice:
    """Pixels along an axis from the first to the last that have a share of any of these cells."""
    first, last = (number * CELL + (CELL - 1) / 2 for number in (min(numbers), max(numbers)))
    reach = (CELL + JOINT) / 2
    inside = (line > first - reach) & (line < last + reach)
    start = int(inside.int().argmax())
    return slice(start, start + int(inside.sum()))


def _side(places: Tensor) -> tuple[int, int]:
    """Start and length of a window along an axis in which they lie, with a margin."""
    low, high = (math.floor(float(one)) for one in torch.aminmax(places))
    return low - MARGIN, high - low + 2 * MARGIN + 2
