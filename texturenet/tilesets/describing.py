"""What files for map editors say of a set of tiles."""

from collections.abc import Sequence
from dataclasses import dataclass

from .sets import Tileset


@dataclass(frozen=True)
class DescribedTile:
    """One tile of a sheet.

    Attributes
    ----------
    identity : its number in the sheet, row by row
    row, column : where it lies there, in tiles
    around : textures at its eight points, clockwise from the top; None where nothing is said
    texture : what it is mostly of
    probability : with which it is chosen among tiles of the same points
    """

    identity: int
    row: int
    column: int
    around: tuple[int | None, ...]
    texture: int
    probability: float


@dataclass(frozen=True)
class Described:
    """A set of tiles.

    Attributes
    ----------
    name : of the set
    kind, side, rows, columns : as of `Tileset`
    names, colours : of the textures; colours as "#rrggbb"
    tiles : in the order of the sheet
    whole : the first tile of each texture alone
    """

    name: str
    kind: str
    side: int
    rows: int
    columns: int
    names: Sequence[str]
    colours: Sequence[str]
    tiles: Sequence[DescribedTile]
    whole: Sequence[int]


def described(made: Tileset, name: str) -> Described:
    """What is said of a set, called `name`."""
    tiles = sorted(
        (_tile(made, number, variant) for number, variant in made.every()),
        key=lambda tile: tile.identity,
    )
    whole = [
        next(tile.identity for tile in tiles if _is_whole(tile, texture))
        for texture in range(len(made.textures))
    ]
    colours = [_hex(one.mean[:3].flatten().clamp(0, 1).tolist()) for one in made.members]
    return Described(
        name, made.kind, made.side, made.rows, made.columns, made.names, colours, tiles, whole
    )


def _tile(made: Tileset, number: int, variant: int) -> DescribedTile:
    tile = made.tiles[number]
    row, column = made.place(number, variant)
    alone = tile.texture == 0 and set(tile.around) == {1}  # it looks as the ground from outside
    return DescribedTile(
        made.identity(number, variant), row, column, tile.around, tile.texture,
        0.0 if alone else 1 / made.variants,
    )  # fmt: skip


def _is_whole(tile: DescribedTile, texture: int) -> bool:
    return tile.texture == texture and set(tile.around) <= {texture, None}


def _hex(colour: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)
