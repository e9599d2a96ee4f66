"""`Tileset`: every tile of a set, as pictures, as maps, and as one sheet."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from ..blending.blend import card_of
from ..blending.blended import Blend
from ..blending.heights import Member
from ..errors import Refused
from ..materials.kinds import Maps
from ..noise.fields import Plane
from ..sampling.texture import Texture
from ..types import Place, Size
from .calm import calmest
from .patches import Kept, Patch
from .shares import PATCHES, SHARED, TileShares
from .tiles import Tile, tiles_of

COLUMNS = {"corner": None, "blob": 8}  # of a sheet; of a corner set as many as make it square
TRIED = 12  # places for what tiles share, of which one is taken
APART = 256  # pixels at least between patches of a plane
CORNERS, ACROSS, DOWN, OWN = range(4)  # columns of patches on the plane; of variants from OWN on


@dataclass(frozen=True, eq=False)
class Tileset:
    """All tiles of a set; made by `tileset`.

    Attributes
    ----------
    textures, members : the nets, and what was measured of them
    kind : "corner" or "blob"
    side : pixels of a tile
    variants : tiles of the same points that differ inside
    seed : which plane of noise
    softness, strength, spread, wander, overlap : as of `tileset`, `Blend` and `TileShares`
    notes : what a user has to know, in sentences
    """

    textures: tuple[Texture, ...]
    members: tuple[Member, ...]
    kind: str
    side: int
    variants: int
    seed: int
    softness: float
    strength: float
    spread: float
    wander: float
    overlap: int
    notes: tuple[str, ...] = ()
    kept: Kept = field(default_factory=Kept)
    chosen: dict[tuple[int, tuple[int | None, ...]], int] = field(default_factory=dict)

    @cached_property
    def tiles(self) -> list[Tile]:
        """Those that differ in their points."""
        return tiles_of(self.kind, len(self.textures))

    @property
    def names(self) -> list[str]:
        """Of the nets."""
        return [str(one.card["name"]) for one in self.textures]

    @property
    def columns(self) -> int:
        """Of the sheet, in tiles."""
        return COLUMNS[self.kind] or len(self.textures) ** 2

    @property
    def rows(self) -> int:
        """Of the sheet, in tiles."""
        return len(self) // self.columns

    def __len__(self) -> int:
        return len(self.tiles) * self.variants

    def place(self, number: int, variant: int) -> Place:
        """(row, column) of a tile in the sheet, in tiles: variants stand below each other, each as
        a sheet of its own."""
        row, column = divmod(number, self.columns)
        return variant * (self.rows // self.variants) + row, column

    def identity(self, number: int, variant: int) -> int:
        """The number of a tile in the sheet, row by row."""
        row, column = self.place(number, variant)
        return row * self.columns + column

    def blend(self, number: int, variant: int = 0) -> Blend:
        """A tile as a texture, whose place (0,0) is its upper left corner. Up to SHARED pixels
        outside of it it shows what its neighbours do."""
        tile = self.tiles[number]
        masks = TileShares(
            tile, len(self.textures), self.side, self.overlap, self.spread, self.wander,
            self.seed, variant,
        )  # fmt: skip
        members = [
            replace(member, texture=self._patch(member.texture, tile, variant, row, column))
            for row, column in PATCHES
            for member in self.members
        ]
        first = self.textures[0]
        return Blend(
            first.net, card_of(list(self.textures), self.names), tuple(members), masks, "height",
            self.softness, self.strength,
        )  # fmt: skip

    def picture(self, number: int, variant: int = 0, margin: int = 0) -> Tensor:
        """A tile (3,side,side) in [0,1], on the CPU; with a margin of so many pixels around it."""
        one, (size, at) = self.blend(number, variant), self._window(margin)
        return one.picture(one.still(self._noise, self.seed), size, at)

    def maps(self, number: int, variant: int = 0, margin: int = 0) -> Maps:
        """All maps of a tile. Raises Refused for nets of colour alone."""
        one, (size, at) = self.blend(number, variant), self._window(margin)
        window = one.still(self._noise, self.seed, one.material.count)
        return one.maps_of(window, size, at)

    def sheet(self, tell: Callable[[int], object] = lambda done: None) -> Tensor:
        """All tiles (3,H,W) in [0,1]. tell: is called with the number of tiles that are done."""
        made = torch.empty(3, self.rows * self.side, self.columns * self.side)
        for done, (number, variant) in enumerate(self.every(), 1):
            self._put(made, self.picture(number, variant), number, variant)
            tell(done)
        return made

    def sheets(self, tell: Callable[[int], object] = lambda done: None) -> Maps:
        """All maps of all tiles, {kind: (C,H,W)}. Raises Refused for nets of colour alone."""
        made: dict[str, Tensor] = {}
        size = self.rows * self.side, self.columns * self.side
        for done, (number, variant) in enumerate(self.every(), 1):
            for kind, values in self.maps(number, variant).items():
                whole = made.setdefault(kind, torch.empty(len(values), *size))
                self._put(whole, values, number, variant)
            tell(done)
        return made

    def every(self) -> Iterator[tuple[int, int]]:
        """(number, variant) of all tiles, in the order of the sheet."""
        return ((number, variant) for variant in range(self.variants)
                for number in range(len(self.tiles)))  # fmt: skip

    def cut(self, sheet: Tensor, number: int, variant: int) -> Tensor:
        """A tile out of a sheet (C,H,W)."""
        top, left = (place * self.side for place in self.place(number, variant))
        return sheet[:, top : top + self.side, left : left + self.side]

    def _put(self, sheet: Tensor, tile: Tensor, number: int, variant: int) -> None:
        self.cut(sheet, number, variant)[:] = tile

    @property
    def _noise(self) -> Plane:
        return Plane(self.seed, self.textures[0].card["law"])

    def _window(self, margin: int) -> tuple[Size, Place]:
        if not 0 <= margin <= SHARED:
            raise Refused(f"margin is {margin}: a tile knows {SHARED} pixels of its neighbours.")
        return (self.side + 2 * margin,) * 2, (-margin, -margin)

    @cached_property
    def _step(self) -> int:
        """Pixels from one patch on the plane to the next: the waves of all nets fit in."""
        whole = math.lcm(*(one.coarsest for one in self.textures))
        return -(-(self.side + APART) // whole) * whole

    def _patch(self, texture: Texture, tile: Tile, variant: int, row: int, column: int) -> Patch:
        """A net at the patch that a tile shows in its middle (1,1), at its corners and edges."""
        points = tile.points
        middle = row == 1, column == 1
        if middle == (True, True):
            place = tile.number, OWN + variant
        elif middle == (True, False):  # the left or the right edge
            place = self._shared(DOWN, tile.column(column)), DOWN
        elif middle == (False, True):
            place = self._shared(ACROSS, points[row]), ACROSS
        else:
            place = self._shared(CORNERS, (points[row][column],)), CORNERS
        at = (
            place[0] * self._step - (self.side if row == 2 else 0),
            place[1] * self._step - (self.side if column == 2 else 0),
        )
        kept = None if middle == (True, True) else self.kept
        return Patch(texture.net, texture.card, at, kept)

    def _shared(self, group: int, points: tuple[int | None, ...]) -> int:
        """The row of patches where what tiles share lies: of those tried the calmest."""
        key = group, points
        if key not in self.chosen:
            first = _number(points, len(self.textures)) * TRIED
            nets = [self.members[point] for point in {*points} - {None} if point is not None]
            reach = self.overlap + SHARED
            across, down = group != DOWN, group != ACROSS  # whether it begins before its place
            size = (2 * reach if across else self.side, 2 * reach if down else self.side)
            places = [
                ((first + i) * self._step - reach * across, group * self._step - reach * down)
                for i in range(TRIED)
            ]
            self.chosen[key] = first + calmest(nets, self.seed, places, size)
        return self.chosen[key]


def _number(points: Sequence[int | None], base: int) -> int:
    """Points as digits of one number."""
    number = 0
    for point in points:
        if point is not None:
            number = number * base + point
    return number
