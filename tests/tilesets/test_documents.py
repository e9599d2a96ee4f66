"""What Tiled and Godot are told: read back, each tile is the one that it says."""

import re
import shutil
import subprocess
from xml.etree import ElementTree as Xml

import pytest
import torch
from helpers.tiles import small

from texturenet.io.pictures import save_picture
from texturenet.tilesets import godot, tiled
from texturenet.tilesets.describing import described

SETS = [("corner", 2), ("corner", 3), ("blob", 2)]
TILED = shutil.which("tmxrasterizer")


def told(kind, count):
    made = small(kind, count, 2 if count == 2 else 1)
    return made, described(made, "set")


@pytest.mark.parametrize(("kind", "count"), SETS)
def test_the_tile_of_each_wangid_is_the_one_with_these_points(kind, count):
    made, described_set = told(kind, count)
    root = Xml.fromstring(tiled.tsx(described_set, "set.png").split("\n", 1)[1])
    wangset = root.find("wangsets/wangset")
    assert wangset.get("type") == {"corner": "corner", "blob": "mixed"}[kind]
    names = [colour.get("name") for colour in wangset.findall("wangcolor")]
    assert names == made.names
    columns, seen = int(root.get("columns")), set()
    for one in wangset.findall("wangtile"):
        row, column = divmod(int(one.get("tileid")), columns)
        variant, row = divmod(row, made.rows // made.variants)
        tile = made.tiles[row * columns + column]
        wangid = [int(label) for label in one.get("wangid").split(",")]
        assert wangid == [0 if point is None else point + 1 for point in tile.around]
        seen.add((tile.number, variant))
    assert seen == set(made.every())
    assert int(root.get("tilecount")) == len(made)
    image = root.find("image")
    assert (int(image.get("height")), int(image.get("width"))) == (made.rows * 16, columns * 16)


def test_variants_share_the_probability_and_the_one_that_stands_alone_has_none():
    _, described_set = told("blob", 2)
    root = Xml.fromstring(tiled.tsx(described_set, "set.png").split("\n", 1)[1])
    odds = {int(tile.get("id")): float(tile.get("probability")) for tile in root.findall("tile")}
    assert odds[0] == odds[48] == 0  # stands alone, and has the edges of the ground
    assert odds[1] == odds[47] == 0.5
    colours = root.findall("wangsets/wangset/wangcolor")
    assert [int(colour.get("tile")) for colour in colours] == [46, 47]


@pytest.mark.parametrize(("kind", "count"), SETS)
def test_godot_is_told_what_lies_around_each_tile(kind, count):
    made, described_set = told(kind, count)
    text = godot.tres(described_set, "set.png")
    assert f"terrain_set_0/mode = {1 if kind == 'corner' else 0}" in text
    assert "texture_region_size = Vector2i(16, 16)" in text
    bits = re.findall(r"^(\d+):(\d+)/0/terrains_peering_bit/(\w+) = (\d)$", text, re.MULTILINE)
    found = {(int(row), int(column), side): int(point) for column, row, side, point in bits}
    for number, variant in made.every():
        place, tile = made.place(number, variant), made.tiles[number]
        around = [found.get((*place, side)) for side in godot.AROUND]
        assert around == list(tile.around)
        row, column = place
        assert f"\n{column}:{row}/0/terrain = {tile.texture}\n" in text
    assert re.findall(r'terrain_set_0/terrain_(\d)/name = "(\w+)"', text) == [
        (str(number), name) for number, name in enumerate(made.names)
    ]


def test_names_are_escaped():
    made = small()
    text = tiled.tsx(described(made, 'a<&"b'), "a&b.png")
    assert Xml.fromstring(text.split("\n", 1)[1]).get("name") == 'a<&"b'
    assert r'path="a\"b.png"' in godot.tres(described(made, "a"), 'a"b.png')


MAP = """<?xml version="1.0" encoding="UTF-8"?>
<map version="1.8" orientation="orthogonal" renderorder="right-down" width="2" height="1"
 tilewidth="16" tileheight="16" infinite="0" nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" source="set.tsx"/>
 <layer id="1" name="ground" width="2" height="1"><data encoding="csv">2,19</data></layer>
</map>
"""


@pytest.mark.skipif(TILED is None, reason="Tiled is not here")
def test_tiled_itself_draws_a_map_of_them(tmp_path):
    made, described_set = told("corner", 2)
    save_picture(tmp_path / "set.png", made.sheet())
    (tmp_path / "set.tsx").write_text(tiled.tsx(described_set, "set.png"))
    (tmp_path / "map.tmx").write_text(MAP)
    command = [TILED, str(tmp_path / "map.tmx"), str(tmp_path / "map.png")]
    surroundings = {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin", "HOME": str(tmp_path)}
    subprocess.run(command, check=True, timeout=60, env=surroundings)
    from texturenet.io.pictures import read_bytes

    drawn = torch.from_numpy(read_bytes(tmp_path / "map.png").copy()).permute(2, 0, 1) / 255
    wanted = torch.cat([made.picture(1, 0), made.picture(2, 1)], 2)
    assert (drawn - wanted).abs().max() <= 0.51 / 255
