"""A Deep Zoom pyramid goes by the name that it was given, whatever libvips makes of such names."""

import json
import re

import pytest
import torch

from texturenet.errors import Refused
from texturenet.io.large import deepzoom
from texturenet.io.pictures import save_picture

pytest.importorskip("pyvips")
SIZE = (300, 500)
NAMES = ["wall[1]", "wall(1)", "wall.zip", "wall.szi", "wall.dz", "wall.v2", "-v", "a %d:é", "[x]"]


def drawn(path):
    """The whole picture, where `write` reads it."""
    return save_picture(deepzoom.flat(path), torch.rand(3, *SIZE))


@pytest.mark.parametrize("suffix", [".dzi", ".Dzi"])
@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_name(tmp_path, name, suffix):
    path = tmp_path / f"{name}{suffix}"
    drawn(path)
    assert deepzoom.write(path, *SIZE) == path
    made = {file.name for file in tmp_path.iterdir()}
    assert made == {f"{name}{suffix}", f"{name}_files", f"{name}.html"}
    assert "Width" in path.read_text()
    levels = sorted(int(level.name) for level in (tmp_path / f"{name}_files").iterdir())
    assert levels == list(range(10))
    page = (tmp_path / f"{name}.html").read_text()
    assert json.loads(re.search(r"name = (.*), \[height", page)[1]) == name


@pytest.mark.parametrize("folder", ["a[1]", "b.zip", "c d"])
def test_any_folder_is_a_folder(tmp_path, folder):
    path = tmp_path / folder / "wall.dzi"
    path.parent.mkdir()
    drawn(path)
    deepzoom.write(path, *SIZE)
    assert {file.name for file in path.parent.iterdir()} == {"wall.dzi", "wall_files", "wall.html"}


def test_a_failure_leaves_nothing_hidden_and_the_picture_to_go_on_from(tmp_path, monkeypatch):
    path = tmp_path / "wall.dzi"
    drawn(path)
    monkeypatch.setattr(deepzoom, "CUT", "import sys; sys.exit('no space: it is full')")
    with pytest.raises(Refused, match=r"no space: it is full. The whole picture is kept as wall"):
        deepzoom.write(path, *SIZE)
    assert [file.name for file in tmp_path.iterdir()] == ["wall.dzi.tif"]
    monkeypatch.undo()
    deepzoom.write(path, *SIZE)
    assert {file.name for file in tmp_path.iterdir()} == {"wall.dzi", "wall_files", "wall.html"}


def test_what_was_there_is_kept_when_the_next_fails(tmp_path, monkeypatch):
    path = tmp_path / "wall.dzi"
    drawn(path)
    deepzoom.write(path, *SIZE)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    drawn(path)
    monkeypatch.setattr(deepzoom, "CUT", "import sys; sys.exit('failed')")
    with pytest.raises(Refused, match="failed"):
        deepzoom.write(path, *SIZE)
    for file, data in before.items():
        assert file.read_bytes() == data
