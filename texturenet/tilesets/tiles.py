"""Which tiles a set has, and what each of them borders on.

A tile has nine points: its corners, the middles of its edges, and its centre. A point has the
number of a texture. In a corner set the corners alone have one ("Wang tiles", Cohen, Shade, Hiller,
Deussen 2003; with colours at corners, Lagae and Dutre 2006), and what lies between follows from
them. In a blob set a tile is of texture 0 in its centre, and knows its eight neighbours.
"""

from dataclasses import dataclass
from itertools import product

Points = tuple[tuple[int | None, ...], ...]  # 3 rows of 3; None where nothing is said
# (row, column) of the points around the centre, clockwise from the top.
AROUND = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))


@dataclass(frozen=True)
class Tile:
    """One tile of a set.

    Attributes
    ----------
    number : among those of the set, from 0 on
    points : what lies at its nine points
    """

    number: int
    points: Points

    @property
    def around(self) -> tuple[int | None, ...]:
        """The eight points around the centre, clockwise from the top."""
        return tuple(self.points[row][column] for row, column in AROUND)

    @property
    def corners(self) -> tuple[int | None, ...]:
        """Upper left, upper right, lower left, lower right."""
        return tuple(self.points[row][column] for row, column in product((0, 2), repeat=2))

    @property
    def texture(self) -> int:
        """What it is mostly of: its centre, or what most of its corners have."""
        if (centre := self.points[1][1]) is not None:
            return centre
        corners = [corner for corner in self.corners if corner is not None]
        return max(sorted(set(corners)), key=corners.count)

    def column(self, place: int) -> tuple[int | None, ...]:
        """Its left (0), middle (1) or right (2) points, from top to bottom."""
        return tuple(row[place] for row in self.points)


def tiles_of(kind: str, count: int) -> list[Tile]:
    """Those of a set of so many textures."""
    return corner_tiles(count) if kind == "corner" else blob_tiles()


def corner_tiles(count: int) -> list[Tile]:
    """A tile for every choice of four corners: 16 of two textures, 81 of three. The number is that
    of the corners, read as digits: upper left first, lower right last."""
    every = product(range(count), repeat=4)
    return [
        Tile(number, ((a, None, b), (None, None, None), (c, None, d)))
        for number, (a, b, c, d) in enumerate(every)
    ]


def blob_tiles() -> list[Tile]:
    """The 47 tiles of texture 0 on texture 1, from the one alone to the one that is inside, and
    behind them that of texture 1 alone."""
    found = [tile for edges in product((False, True), repeat=4) for tile in _corners_between(edges)]
    points = [_blob(edges, corners) for edges, corners in found]
    return [Tile(number, one) for number, one in enumerate([*points, ((1, 1, 1),) * 3])]


def blob_points(neighbours: tuple[bool, ...]) -> Points:
    """The points of a tile of texture 0 by whether its eight neighbours, clockwise from the top,
    are of texture 0 too. A corner counts only where both edges beside it do."""
    edges = neighbours[::2]
    corners = tuple(neighbours[2 * i + 1] and edges[i] and edges[(i + 1) % 4] for i in range(4))
    return _blob(edges, corners)


def _corners_between(edges: tuple[bool, ...]) -> list[tuple[tuple[bool, ...], tuple[bool, ...]]]:
    """Every choice of corners that these edges, clockwise from the top, allow."""
    allowed = [(False, True) if edges[i] and edges[(i + 1) % 4] else (False,) for i in range(4)]
    return [(edges, corners) for corners in product(*allowed)]


def _blob(edges: tuple[bool, ...], corners: tuple[bool, ...]) -> Points:
    around = [one for pair in zip(edges, corners, strict=True) for one in pair]
    at = {place: int(not one) for place, one in zip(AROUND, around, strict=True)} | {(1, 1): 0}
    return tuple(tuple(at[row, column] for column in range(3)) for row in range(3))
