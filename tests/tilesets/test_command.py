"""`texturenet tileset`, in this process."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.nets import material
from helpers.tiles import contrasted
from PIL import Image

from texturenet.generator import release
from texturenet.io.pictures import read_text

MODELS = "models=dots.safetensors,lines.safetensors"
SMALL = MODELS, "side=16", "variants=1"


@pytest.fixture(autouse=True)
def somewhere(elsewhere):
    """Every command here runs in a folder of its own."""
    for name, seed in (("dots", 1), ("lines", 2), ("rings", 3)):
        release.save(f"{name}.safetensors", contrasted(name, seed=seed).net,
                     {"name": name, "law": "uniform"})  # fmt: skip


def pixels(file):
    return np.asarray(Image.open(file))


def test_it_writes_a_sheet_its_descriptions_and_every_tile(cli):
    status, said, _ = cli("tileset", *SMALL, "out=made/")
    assert status == 0
    assert "dots_lines.png: 4x4 tiles of 16 pixels, seed 0" in said
    assert {path.name for path in Path("made").iterdir()} == {
        "dots_lines.png", "dots_lines.tsx", "dots_lines.tres", "dots_lines_tiles"
    }  # fmt: skip
    sheet, tiles = pixels("made/dots_lines.png"), sorted(Path("made/dots_lines_tiles").iterdir())
    assert sheet.shape == (64, 64, 3)
    assert len(tiles) == 16
    assert np.array_equal(pixels("made/dots_lines_tiles/dots_lines_06_0.png"), sheet[16:32, 32:48])
    record = json.loads(Image.open("made/dots_lines.png").info["texturenet"])
    assert (record["kind"], record["set"], record["side"]) == ("tileset", "corner", 16)


def test_tiles_of_an_earlier_set_are_named(cli):
    cli("tileset", MODELS, "side=16", "variants=2", "out=made/")
    _, said, _ = cli("tileset", *SMALL, "out=made/")
    assert "has 16 more, as dots_lines_00_1.png, that are not of this set" in said
    _, said, _ = cli("tileset", MODELS, "side=16", "variants=2", "out=made/")
    assert "not of this set" not in said


def test_kinds_and_counts_make_sheets_of_their_size(cli):
    three = MODELS + ",rings.safetensors"
    cli("tileset", three, "side=16", "variants=1", "files=false", "out=three.png")
    assert pixels("three.png").shape == (144, 144, 3)
    assert not Path("three_tiles").exists()
    cli("tileset", *SMALL, "kind=blob", "variants=2", "out=blob.png")
    assert pixels("blob.png").shape == (12 * 16, 8 * 16, 3)


def test_all_maps_of_materials_have_sheets(cli):
    for name, seed in (("stone", 1), ("soil", 2)):
        one = material(seed=seed)
        release.save(f"{name}.safetensors", one.net, one.card | {"name": name})
    words = "models=stone.safetensors,soil.safetensors", "side=16", "variants=1", "preset=godot"
    status, said, error = cli("tileset", *words)
    assert status == 0, error
    assert "godot: " in said
    for kind in ("albedo", "normal", "height", "orm"):
        assert pixels(f"stone_soil_material_{kind}.png").shape[:2] == (64, 64)
        record = json.loads(read_text(Path(f"stone_soil_material_{kind}.png")))
        assert (record["kind"], record["preset"]) == ("tileset", "godot")
    assert np.array_equal(pixels("stone_soil_material_albedo.png"), pixels("stone_soil.png"))
    assert 'type="TileSet"' in Path("stone_soil.tres").read_text()
    assert "StandardMaterial3D" in Path("stone_soil_material.tres").read_text()


@pytest.mark.parametrize(
    "word",
    ["side=32", "seed=1", "softness=16", "spread=1", "wander=0", "overlap=3", "kind=blob",
     "invert=dots.safetensors", "variants=2", "models=lines.safetensors,dots.safetensors"],
)  # fmt: skip
def test_every_option_changes_the_sheet(cli, word):
    words = [*SMALL, "files=false"]
    changed = [one for one in words if one.split("=")[0] != word.split("=")[0]] + [word]
    assert cli("tileset", *words, "out=a.png")[0] == 0
    assert cli("tileset", *changed, "out=b.png")[0] == 0
    one, other = pixels("a.png"), pixels("b.png")
    assert one.shape != other.shape or (one != other).any()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["models=dots.safetensors"], "1 given, 2 to 3 needed, as a,b"),
        ([MODELS + ",rings.safetensors", "kind=blob"], "3 models: a set of kind blob has 2"),
        ([MODELS, "side=8"], "side is 8: it must lie between 16 and 1024"),
        ([MODELS, "preset=plain"], "preset=plain needs a material"),
        ([MODELS, "out=a.jpg"], "out is a.jpg: say a folder, or a name that ends in .png"),
        ([MODELS, "side=1024", "variants=5"], "sheet would be 20480 pixels long"),
        ([MODELS, "invert=dits"], "invert names 'dits'. Did you mean dots"),
        (["models=dots.safetensors,nothing"], "there is no model 'nothing'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(cli, words, said):
    status, _, wrong = cli("tileset", *words)
    assert (status, wrong.count("\n")) == (2, 1)
    assert said in wrong
    assert not list(Path().glob("*.tsx"))


@pytest.mark.parametrize(
    ("word", "said"),
    [("out=dots.safetensors/tiles.png", "cannot write into dots.safetensors"),
     ("out=taken.png", "taken.tsx is a folder")],
)  # fmt: skip
def test_places_that_cannot_be_written_are_refused_before_tiles_are_drawn(
    cli, monkeypatch, word, said
):
    Path("taken.tsx").mkdir()
    monkeypatch.setattr("texturenet.tilesets.sets.Tileset.picture", lambda *_: 1 / 0)
    status, _, wrong = cli("tileset", *SMALL, word)
    assert (status, wrong.count("\n")) == (2, 1)
    assert said in wrong
