"""What is seen at a pixel of a tile: the share of each net, in each of nine patches.

Patches are those of the four corners, of the four edges, and of the inside. On a line of SHARED
pixels on both sides of an edge only what belongs to the edge and to its two corners is seen, and
how much of each net follows from the points of that edge alone: a tile and its neighbour see the
same there.
"""

from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from ..blending.labels import sharpened
from ..blending.masks import sure
from ..blending.wander import smooth_noise
from ..noise.philox import Period
from ..types import Place, Size
from .tiles import Tile

SHARED = 2  # pixels on each side of an edge; slopes of a material look at one
PATCHES = tuple(product(range(3), repeat=2))  # (row, column): 0 and 2 are edges, 1 is inside
INSIDE = PATCHES.index((1, 1))
AWAY = 2**20  # pixels from one tile's noise to that of the next


@dataclass(frozen=True, eq=False)
class TileShares:
    """The shares of N nets in the nine patches of one tile; stands where `masks.Masks` does.

    Parameters
    ----------
    tile : which
    nets : N
    side : pixels of the tile
    overlap : pixels over which the patch of an edge gives way to the inside
    spread : pixels that shares take from one net to the next, where a border is straight
    wander : pixels by which borders between nets are moved aside, root mean square
    seed, variant : decide how borders wander; near edges all variants are the same
    """

    tile: Tile
    nets: int
    side: int
    overlap: int
    spread: float
    wander: float
    seed: int
    variant: int

    def __call__(self, size: Size, place: Place, period: Period = (None, None)) -> Tensor:
        """Shares (9N,h,w) of a window around the tile's upper left corner, patches first."""
        needed, shares = self.seen(size, place, period)
        every = torch.zeros(len(PATCHES) * self.nets, *size)
        every[needed] = shares
        return every

    def seen(
        self, size: Size, place: Place, period: Period = (None, None)
    ) -> tuple[list[int], Tensor]:
        """Which of the 9N a window shows at all, and their shares (n,h,w)."""
        rows, columns = (
            torch.arange(start, start + length) for start, length in zip(place, size, strict=True)
        )
        down, right = self._near(rows), self._near(columns)  # (3,h), (3,w)
        patches = torch.einsum("ih,jw->ijhw", down, right).flatten(0, 1)  # (9,h,w)
        nets = self._nets(rows, columns, patches[INSIDE])  # (N,h,w)
        shares = sure((patches[:, None] * nets).flatten(0, 1))  # (9N,h,w)
        needed = [i for i, some in enumerate(shares.flatten(1).any(1).tolist()) if some]
        return needed, shares[needed]

    def _near(self, lines: Tensor) -> Tensor:
        """How much lines (n,) belong to the first edge, the inside and the second edge (3,n)."""
        place = lines.float() + 0.5
        first, second = (
            _smooth(1 - (distance - SHARED) / self.overlap)
            for distance in (place, self.side - place)
        )
        return torch.stack([first, 1 - first - second, second])

    def _nets(self, rows: Tensor, columns: Tensor, inside: Tensor) -> Tensor:
        """The share of each net (N,h,w)."""
        points = {one for row in self.tile.points for one in row if one is not None}
        made = torch.zeros(self.nets, len(rows), len(columns))
        if len(points) == 1:
            made[points.pop()] = 1
            return made
        moved = self._moved(rows, columns, inside)  # (2,h,w), in sides
        lines = rows[:, None].expand(inside.shape), columns.expand(inside.shape)
        down, right = (
            self._between(at, aside) for at, aside in zip(lines, moved, strict=True)
        )  # (3,h,w): weights of the three points along each axis
        for row, column in PATCHES:
            if (net := self.tile.points[row][column]) is not None:
                made[net] += down[row] * right[column]
        return sharpened(made, self._width)

    @property
    def _blob(self) -> bool:
        return self.tile.points[1][1] is not None

    @property
    def _width(self) -> float:
        """By how much two shares differ, half of `spread` away from a straight border."""
        part = self.spread / 2 / (self.side - 2 * SHARED) * (2 if self._blob else 1)
        return float(2 * _smooth(torch.tensor(0.5 + min(part, 0.5))) - 1)

    def _between(self, lines: Tensor, moved: Tensor) -> Tensor:
        """Weights (3,h,w) of the first point, the one in the middle, and the last."""
        at = ((lines + 0.5 - SHARED) / (self.side - 2 * SHARED)).clamp(0, 1)
        at = (at + moved * (4 * at * (1 - at))).clamp(0, 1)  # edges stay where they are
        if not self._blob:
            last = _smooth(at)
            return torch.stack([1 - last, torch.zeros_like(last), last])
        first, last = _smooth(1 - 2 * at), _smooth(2 * at - 1)
        return torch.stack([first, 1 - first - last, last])

    def _moved(self, rows: Tensor, columns: Tensor, inside: Tensor) -> Tensor:
        """How far borders are moved down and to the right (2,h,w), in sides of the tile."""
        if not self.wander:
            return torch.zeros(2, len(rows), len(columns))
        length, repeats = self.side / 3, (self.side, self.side)
        shared = smooth_noise(rows, columns, length, self.seed, 2, repeats)
        far = AWAY * (1 + self.tile.number), AWAY * self.variant
        own = smooth_noise(rows + far[0], columns + far[1], length, self.seed, 2)
        return self.wander / self.side * torch.lerp(shared, own, inside)


def _smooth(share: Tensor) -> Tensor:
    share = share.clamp(0, 1)
    return share.square() * (3 - 2 * share)
