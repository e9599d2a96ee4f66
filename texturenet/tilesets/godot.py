"""A set of tiles -> the .tres file that Godot 4 reads: a TileSet, its atlas and its terrains."""

import json

from .describing import Described, DescribedTile

# Of a square tile, clockwise from the top (TileSet.CellNeighbor).
AROUND = (
    "top_side", "top_right_corner", "right_side", "bottom_right_corner", "bottom_side",
    "bottom_left_corner", "left_side", "top_left_corner",
)  # fmt: skip
MODES = {"blob": 0, "corner": 1}  # TileSet.TerrainMode: corners and sides, corners alone
ATLAS = "TileSetAtlasSource_1"


def tres(set: Described, image: str) -> str:
    """The text of a .tres file.

    set : what is described
    image : name of the sheet, beside the file
    """
    parts = [
        '[gd_resource type="TileSet" load_steps=3 format=3]\n',
        f'[ext_resource type="Texture2D" path={json.dumps(image)} id="1"]\n',
        f'[sub_resource type="TileSetAtlasSource" id="{ATLAS}"]',
        'texture = ExtResource("1")',
        f"texture_region_size = Vector2i({set.side}, {set.side})",
        *(line for tile in set.tiles for line in _tile(tile)),
        "\n[resource]",
        f"tile_size = Vector2i({set.side}, {set.side})",
        f"terrain_set_0/mode = {MODES[set.kind]}",
    ]
    for number, (name, colour) in enumerate(zip(set.names, set.colours, strict=True)):
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        parts += [
            f"terrain_set_0/terrain_{number}/name = {json.dumps(name, ensure_ascii=False)}",
            f"terrain_set_0/terrain_{number}/color = Color({red:.4g}, {green:.4g}, {blue:.4g}, 1)",
        ]
    return "\n".join([*parts, f'sources/0 = SubResource("{ATLAS}")\n'])


def _tile(tile: DescribedTile) -> list[str]:
    """Its lines: where it is, what it is of, and what has to lie around it."""
    start = f"{tile.column}:{tile.row}/0"
    lines = [
        f"{start} = 0",
        f"{start}/terrain_set = 0",
        f"{start}/terrain = {tile.texture}",
        f"{start}/probability = {tile.probability or 1.0:.6g}",
    ]
    return lines + [
        f"{start}/terrains_peering_bit/{side} = {point}"
        for side, point in zip(AROUND, tile.around, strict=True)
        if point is not None
    ]
