"""Masks by a picture of labels: which net lies where, with borders that are smooth or wander.

Computed for a window from the labels under it: of many nets only those are there that it shows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from ..errors import Refused
from ..noise.philox import Period
from ..sampling.render import whole_pair
from ..types import Place, Size
from .limits import LABEL_FITS, LARGEST_SCALE, MOST_LABELS, WIDEST, WILDEST
from .masks import check_whole, evened, lines_under, sides_of, sure
from .wander import farthest, smooth_noise

NATURAL = 2  # cells that shares of quadratic B-splines take across a straight border
SHARPEST = 0.25  # pixels
LENGTH = 8.0  # of the noise that borders wander by, over how far they wander


@dataclass(frozen=True, eq=False)
class Labels:
    """Shares of N nets; stands where `masks.Masks` does.

    Parameters
    ----------
    names : of the nets
    values : (H,W) uint8, the number of a net, 0 to N-1, in every cell
    scale : pixels a side that a cell is enlarged to; above 1, borders are rounded
    spread : pixels that shares take from one net to the next
    wander : pixels by which borders are moved aside, root mean square
    fit : "once": the border of the picture goes on outside; "tile": it repeats
    origin : (row, column) of its upper left corner on the plane, in pixels
    seed : decides how borders wander
    """

    names: Sequence[str]
    values: Tensor
    scale: int = 1
    spread: int = 0
    wander: float = 0.0
    fit: str = "once"
    origin: Place = (0, 0)
    seed: int = 0

    def __post_init__(self) -> None:
        _check("the number of nets", len(self.names), 1, MOST_LABELS)
        check_whole("scale", self.scale, 1, LARGEST_SCALE)
        check_whole("spread", self.spread, 0, WIDEST)
        object.__setattr__(self, "origin", whole_pair(self.origin))
        _check("wander", self.wander, 0, WILDEST)
        if self.fit not in LABEL_FITS:
            raise Refused(f"fit is {self.fit!r}: of labels it is {' or '.join(LABEL_FITS)}.")

    @property
    def size(self) -> Size:
        """(height, width) of the labels, enlarged, in pixels."""
        height, width = self.values.shape
        return height * self.scale, width * self.scale

    def __call__(self, size: Size, place: Place, period: Period = (None, None)) -> Tensor:
        """Shares (N,h,w) of a window, float32 on the CPU, whose sum is 1."""
        needed, shares = self.seen(size, place, period)
        every = torch.zeros(len(self.names), *size)
        every[needed] = shares
        return every

    def seen(
        self, size: Size, place: Place, period: Period = (None, None)
    ) -> tuple[list[int], Tensor]:
        """Which nets a window shows at all, and their shares (n,h,w)."""
        natural = NATURAL * self.scale if self._smooth else 0
        sides = sides_of(self.spread - natural)
        rows, columns = lines_under(size, place, period, sides)
        present, shares = self._shares(rows, columns, period)
        if self._smooth and self.spread < natural:
            near = max(self.spread, SHARPEST) / natural
            shares = sharpened(shares, 1 - (1 - near) ** 2)
        shares = sure(evened(shares, sides))
        kept = shares.flatten(1).any(1)  # (n,)
        return present[kept].tolist(), shares[kept]

    @property
    def _smooth(self) -> bool:
        return self.scale > 1 or self.wander > 0

    def _shares(self, rows: Tensor, columns: Tensor, period: Period) -> tuple[Tensor, Tensor]:
        """The nets around some rows (h,) and columns (w,), and their shares (n,h,w)."""
        down, right = (
            ((lines - start).double() + 0.5) / self.scale - 0.5
            for lines, start in zip((rows, columns), self.origin, strict=True)
        )  # in cells
        beyond = 1 + math.ceil(self.wander / self.scale * farthest()) if self._smooth else 0
        top, left = (int(lines.min().round()) - beyond for lines in (down, right))
        bottom, end = (int(lines.max().round()) + beyond for lines in (down, right))
        near = self._cells(
            torch.arange(top, bottom + 1)[:, None], torch.arange(left, end + 1), period
        )  # (u,v)
        present = near.unique()
        if len(present) == 1:
            return present, torch.ones(1, len(rows), len(columns))
        if not self._smooth:
            near = near[(down.round().long() - top)[:, None], right.round().long() - left]
            return present, torch.stack([(near == one).float() for one in present])
        at_rows, at_columns = down[:, None] - top, (right - left)[None]
        if self.wander:
            moved = smooth_noise(rows, columns, self._length, self.seed, 2, period)
            at_rows, at_columns = (
                at + self.wander / self.scale * aside
                for at, aside in zip((at_rows, at_columns), moved, strict=True)
            )
        (row, by_row), (column, by_column) = _spline(at_rows), _spline(at_columns)
        width = near.shape[1]
        first = (row - 1) * width + column - 1  # (h,w): the cell before, in both directions
        shares = torch.zeros(len(present), len(rows), len(columns))
        flat = [(near.flatten() == one).float() for one in present[1:]]
        for i, j in product(range(3), repeat=2):
            weights, cells = by_row[i] * by_column[j], first + (i * width + j)
            for share, one in zip(shares[1:], flat, strict=True):
                share.addcmul_(weights, one.take(cells))
        shares[0] = (1 - shares[1:].sum(0)).clamp(min=0)
        return present, shares

    @property
    def _length(self) -> float:
        return max(LENGTH * self.wander, 4.0)

    def _cells(self, rows: Tensor, columns: Tensor, period: Period) -> Tensor:
        """Labels at these rows and columns of cells, which are broadcast."""
        height, width = self.values.shape
        rows, columns = (
            self._first(cells, first, repeats)
            for cells, first, repeats in zip((rows, columns), self.origin, period, strict=True)
        )
        if self.fit == "tile":
            return self.values[rows % height, columns % width]
        return self.values[rows.clamp(0, height - 1), columns.clamp(0, width - 1)]

    def _first(self, cells: Tensor, first: int, repeats: int | None) -> Tensor:
        """The cells of the first period that these are; the border of a tile lies beside its other
        border. Those of a period that is no whole number of cells are left as they are."""
        if not repeats or repeats % self.scale:
            return cells
        middle = first + self.scale // 2
        return ((cells * self.scale + middle) % repeats - middle).div(
            self.scale, rounding_mode="floor"
        )


def _spline(place: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The nearest cell of each place, and the quadratic B-spline weights of the one before it, of
    itself, and of the one behind."""
    nearest = (place + 0.5).floor()
    t = (place - nearest).float()
    return nearest.long(), [0.5 * (0.5 - t) ** 2, 0.75 - t**2, 0.5 * (0.5 + t) ** 2]


def sharpened(shares: Tensor, width: float) -> Tensor:
    """Shares (n,h,w) that go from 0 to 1 where two of them differ by less than `width`, 0 to 1."""
    if len(shares) == 1:
        return shares
    if len(shares) == 2:
        above = shares.flip(0)
    else:
        first, second = shares.topk(2, 0).values
        above = torch.where(shares == first, second, first)
    # Of two nets the limit of twice a share never counts; of more it keeps away what is not there.
    made = torch.minimum((shares - above + width).clamp(min=0), 2 * shares)
    return made / made.sum(0)


def _check(what: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # NaN is not
        raise Refused(f"{what} is {value}: it must lie between {least:g} and {most:g}.")
