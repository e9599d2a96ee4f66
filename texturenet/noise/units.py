"""Numbers that are drawn once for each unit of a lattice: one brick is darker than the next.

Noise of single cells knows nothing of a lattice. A net that is to draw a brick in one colour of its
own would have to pick the noise of one place in it and carry it to its joints, which it does not
learn where bricks are large. So it is told, beside the waves of the lattice, numbers that are the
same all over a unit. Units lie in rows, along the crests of one wave, and are cut at right angles
to them: rectangles that lie as bricks do.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import Refused
from .philox import AT_ONCE, PICTURES, Period, cells_at

UNIT_SCALE = 254  # where noise draws them: of no scale that there is
MOST = 16
FAR = 2**16  # pixels, farther than units of one torus are apart
Vector = tuple[int, int]


class Pictures(NamedTuple):
    """Whose waves these are: of B pictures.

    seeds : their halves (2,B), see `philox.halves`
    shifts : how far each moves the waves (B,2), (down, right) in pixels
    stream : of `philox`
    period : of their planes, a whole number of the waves' periods
    """

    seeds: Tensor
    shifts: Tensor
    stream: int = PICTURES
    period: Period = (None, None)


@dataclass(frozen=True)
class Units:
    """The units of a lattice, and how many numbers each of them has.

    rows : a wave of the lattice, (down, right) in whole cycles on a torus; rows lie along its
        crests, one to a cycle
    across : one that counts the units in a row; both together span the lattice
    channels : numbers of each unit, uniform on (0,1)
    """

    rows: Vector
    across: Vector
    channels: int

    def __post_init__(self) -> None:
        whole = [self.channels, *self.rows, *self.across]
        pairs = {len(self.rows), len(self.across)} == {2}
        if not pairs or {type(number) for number in whole} != {int} or not 0 < whole[0] <= MOST:
            raise Refused(f"units have 1 to {MOST} numbers each, and two waves of whole cycles.")
        if self.area <= 0:
            raise Refused("the waves of units do not span a lattice in the order that is used.")
        if sum(number**2 for number in self.rows) > self.area**2:
            raise Refused("units are longer than the square on which their lattice closes.")

    def facts(self) -> dict[str, object]:
        """As a card states them."""
        return {"rows": [*self.rows], "across": [*self.across], "channels": self.channels}

    @property
    def waves(self) -> tuple[Vector, Vector]:
        """Both."""
        return self.rows, self.across

    @property
    def area(self) -> int:
        """Units on the torus."""
        (down, right), (row, column) = self.across, self.rows
        return down * column - right * row

    def longest(self, torus: int) -> float:
        """Pixels of a unit along its longer side."""
        apart = torus / math.hypot(*self.rows)
        return max(apart, torus**2 / self.area / apart)

    def at(
        self, rows: Tensor, columns: Tensor, cell: int, torus: int, pictures: Pictures
    ) -> Tensor:
        """The numbers of the units in which the middles of cells lie.

        Parameters
        ----------
        rows, columns : cell indices (h,) and (w,) that follow each other, int64, on the device to
            compute on
        cell : pixels a side of a cell
        torus : pixels a side of the square that the waves are of
        pictures : B of them

        Returns
        -------
        float32 (B,C,h,w) on (0,1)
        """
        seeds, shifts = (one.to(rows.device) for one in pictures[:2])
        size = len(shifts), self.channels, len(rows), len(columns)
        field = torch.empty(size, dtype=torch.float32, device=rows.device)
        # A GPU would have to be asked how many units there are, and draws them cell by cell.
        if rows.device.type != "cpu" or torus % cell:
            step = max(1, AT_ONCE[rows.device.type] // max(1, len(columns) * len(shifts)))
            for part, some in zip(field.split(step, dim=2), rows.split(step), strict=True):
                middles = self._middles(some, columns, cell, torus, shifts)
                self._draw(seeds, middles, pictures, part)
            return field
        for number, part in enumerate(field):
            one = Pictures(
                seeds[:, number : number + 1], shifts[number : number + 1], *pictures[2:]
            )
            part.copy_(self._once_each(rows, columns, cell, torus, one))
        return field

    def _draw(
        self, seeds: Tensor, middles: tuple[Tensor, Tensor], pictures: Pictures, to: Tensor
    ) -> None:
        """Write the numbers of the units with these middles (B,h,w) to a tensor (B,C,h,w)."""
        down, right = (
            line % length if length else line
            for line, length in zip(middles, pictures.period, strict=True)
        )
        cells_at(seeds.view(2, -1, 1, 1), UNIT_SCALE, down, right, to, pictures.stream)

    def _once_each(
        self, rows: Tensor, columns: Tensor, cell: int, torus: int, picture: Pictures
    ) -> Tensor:
        """The numbers (C,h,w) of one picture, whose rows and columns follow each other: each unit's
        are drawn once. Where the units lie in a torus they lie in the next."""
        side = torus // cell
        down, right = self._middles(rows[:side], columns[:side], cell, torus, picture.shifts)
        top, left = down.min(), right.min()
        place, which = ((down[0] - top) * FAR + right[0] - left).unique(return_inverse=True)
        units = place // FAR + top, place % FAR + left  # (n,) each, in the first torus
        lines = [torch.arange(len(line)) for line in (rows, columns)]
        counts = [int(line[-1]) // side + 1 for line in lines]
        further = [torus * torch.arange(count) for count in counts]
        middles = (
            units[0].view(-1, 1, 1) + further[0].view(-1, 1),
            units[1].view(-1, 1, 1) + further[1],
        )
        size = len(place), *counts
        numbers = torch.empty(1, self.channels, size[0], counts[0] * counts[1])
        flat = tuple(one.expand(size).reshape(1, size[0], -1) for one in middles)
        self._draw(picture.seeds, (flat[0], flat[1]), picture, numbers)
        row, column = lines
        index = which[row % side][:, column % side] * (counts[0] * counts[1])
        index += (row // side * counts[1])[:, None] + column // side
        return numbers.view(self.channels, -1)[:, index]

    def _middles(
        self, rows: Tensor, columns: Tensor, cell: int, torus: int, shifts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Rows and columns (B,h,w) of the pixels in which the middles of the units lie that the
        middles of cells lie in: all in whole numbers, so that every cell of a unit finds the same.
        """
        (row, column), area = self.rows, self.area
        square = row * row + column * column
        # As far as whole turns of waves do not count.
        turns = self._turns(rows % (2 * torus), columns % (2 * torus), cell, torus, shifts)
        # What is left to the middle of the row, and then to that of the unit: fractions of a turn,
        # times `whole` and `whole * square`.
        over = turns.over
        left = torus * square - turns.across % turns.whole_across
        half = square * area * cell
        down_by = half + column * left + row * area * over
        right_by = half - row * left + column * area * over
        share = 2 * square * area
        return (
            rows[:, None] * cell + down_by.div(share, rounding_mode="floor"),
            columns * cell + right_by.div(share, rounding_mode="floor"),
        )

    def counted(
        self, rows: Tensor, columns: Tensor, cell: int, torus: int, shifts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Which row of units, and which unit of it, the middles of cells lie in: whole numbers
        (B,h,w) each, those of units beside each other. Parameters as `at` takes them, for rows and
        columns near the origin; shifts (B,2)."""
        turns = self._turns(rows, columns, cell, torus, shifts)
        return turns.along // (2 * torus), turns.across // turns.whole_across

    def _turns(
        self, rows: Tensor, columns: Tensor, cell: int, torus: int, shifts: Tensor
    ) -> "_Turns":
        (down, right), (row, column) = self.across, self.rows
        square, lean = row * row + column * column, down * row + right * column
        # The middles of cells in half pixels, moved.
        y = ((2 * rows + 1) * cell + 2 * shifts[:, :1])[:, :, None]  # (B,h,1)
        x = ((2 * columns + 1) * cell + 2 * shifts[:, 1:])[:, None]  # (B,1,w)
        along = row * y + column * x
        over = torus - along % (2 * torus)
        across = square * (down * y + right * x) + lean * over
        return _Turns(along, over, across, 2 * torus * square)


class _Turns(NamedTuple):
    """Where the middles of cells lie in waves of units, (B,h,w) each.

    along : turns of the wave of rows, times twice the torus
    over : what is left of `along` to the middle of the row
    across : turns of the other wave at the middle of the row, times `whole_across`
    """

    along: Tensor
    over: Tensor
    across: Tensor
    whole_across: int
