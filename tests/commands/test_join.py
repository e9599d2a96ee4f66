"""texturenet sample part=K/N, and join: what is said, and what is refused."""

import shlex

import numpy as np
import pytest
from PIL import Image

from texturenet.io.large import zarr
from texturenet.io.large.png import PngSheet
from texturenet.io.large.tiff import TiffSheet

tifffile = pytest.importorskip("tifffile")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch, elsewhere):
    monkeypatch.setattr(TiffSheet, "TILE", 32)
    monkeypatch.setattr(TiffSheet, "ACROSS", 2)
    monkeypatch.setattr(PngSheet, "BAND", 24)
    for name, value in (("CHUNK", 16), ("SHARD", 32), ("SMALLEST", 64)):
        monkeypatch.setattr(zarr, name, value)


@pytest.fixture
def draw(cli, model):
    """draw("big.tif", "2/3", ...) -> (status, output, error)."""

    def call(out, part, *more):
        given = [f"model={model}", "size=[100,150]", "threads=1", f"out={out}", *more]
        return cli("sample", *given, *([f"part={part}"] if part else []))

    return call


def test_parts_are_said_drawn_and_joined(draw, cli, tmp_path):
    for number in (1, 2, 3):
        status, out, error = draw("parts/big.tif", f"{number}/3")
        assert status == 0, error
        assert f"part {number} of 3 of 100x150, which are about" in out
        assert "of this part 4 blocks, up to 0.00 GB" in out
    status, out, error = cli("join", "parts", "out=big.tif")
    assert status == 0, error
    assert "of 3 parts, every block as it was" in out
    draw("whole.png", None)
    apart = np.abs(tifffile.imread("big.tif").astype(int) - np.asarray(Image.open("whole.png")))
    assert apart.max() <= 1
    assert not list(tmp_path.glob("*.journal"))


def test_files_are_named_one_by_one_and_the_picture_lies_beside_them(draw, cli, tmp_path):
    draw("a b/big.png", "1/2")
    draw("a b/big.png", "2/2")
    files = sorted(str(file) for file in (tmp_path / "a b").iterdir())
    assert cli("join", *files)[0] == 0
    assert Image.open("a b/big.png").size == (150, 100)


def test_what_is_missing_is_said_in_a_line_each(draw, cli):
    draw("parts/big.tif", "2/3")
    status, out, error = cli("join", "parts")
    assert status == 2
    command = "texturenet sample model=FILE precision=float32 'size=[100,150]' seed=0"
    lines = [line.partition(", FILE being the net dots (weights ")[0] for line in out.splitlines()]
    assert lines == [
        f"part {n} of 3 is missing; draw it with `{command} out=parts/big.tif part={n}/3`"
        for n in (1, 3)
    ]
    assert error.count("\n") == 1


def test_the_commands_that_are_named_draw_what_is_missing(draw, cli, model):
    more = ["seed=7", "size=[100,152]", "tile=xy", "matching=true"]
    status, _, error = draw("parts of one/big.tif", "2/2", *more)
    assert status == 0, error
    _, out, _ = cli("join", "parts of one")
    command = shlex.split(out.split("`")[1])
    assert command[:3] == ["texturenet", "sample", "model=FILE"]  # none is released as dots
    assert cli("sample", f"model={model}", *command[3:])[0] == 0
    status, _, error = cli("join", "parts of one")
    assert status == 0, error


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """fsspec's store in memory, empty; files on their way lie in tmp_path."""
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    yield system
    for place in system.find("/"):
        system.rm(place)
    system.pseudo_dirs[:] = [""]


def test_of_a_store_parts_alone_are_read_and_named_as_they_are_called_there(draw, cli, memory):
    draw("memory://parts/big.tif", "1/2")
    memory.pipe({"/parts/notes.txt": b"mine", "/parts/old/big.tif.2of2": b"another"})
    status, out, error = cli("join", "memory://parts", "out=big.tif")
    assert status == 2
    assert "part 2 of 2 is missing" in error
    assert "out=memory:///parts/big.tif part=2/2`" in out
    memory.pipe("/parts/big.tif.2of2", b"another")
    _, _, error = cli("join", "memory://parts", "out=big.tif")
    assert "memory:///parts/big.tif.2of2 is no part of a picture" in error


def test_a_store_without_parts_and_without_a_name_for_the_picture_is_refused(cli, memory):
    memory.pipe("/parts/notes.txt", b"mine")
    status, out, error = cli("join", "memory://parts")
    assert (status, out) == (2, "")
    assert "say out=FILE, or out=URL, as well" in error
    assert "memory://parts holds no parts" in cli("join", "memory://parts", "out=big.tif")[2]
    assert "cannot read memory://none" in cli("join", "memory://none", "out=big.tif")[2]


def test_a_zarr_in_parts_is_joined_in_its_store(draw, cli, memory, tmp_path):
    pytest.importorskip("zarr")
    for part in ("2/2", "1/2"):
        status, out, error = draw("memory://deep/big.zarr", part)
        assert status == 0, error
        assert "sent to memory://deep/big.zarr" in out
    place = "/deep/big.zarr/0/c/0/1/1"
    shard = memory.cat(place)
    memory.pipe(place, b"damaged")
    status, out, _ = cli("join", "memory://deep/big.zarr")
    assert status == 2
    assert "big.zarr.1of2: shard 1/1 is damaged; draw it with `texturenet sample" in out
    assert "out=memory:///deep/big.zarr part=1/2`" in out
    memory.pipe(place, shard)
    status, out, error = cli("join", "memory://deep/big.zarr/")
    assert status == 0, error
    assert "every shard as it was drawn; 2 coarser levels" in out
    draw("big.zarr", None)
    folder = tmp_path / "big.zarr"
    whole = {f"/deep/big.zarr/{file.relative_to(folder)}": file.read_bytes()
             for file in folder.rglob("*") if file.is_file()}  # fmt: skip
    assert {place: memory.cat(place) for place in memory.find("/")} == whole


def test_a_store_with_folders_is_joined_as_well(draw, cli, tmp_path, monkeypatch):
    pytest.importorskip("zarr")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = (tmp_path / "there" / "big.zarr").as_uri()
    for part in ("1/2", "2/2"):
        assert draw(url, part)[0] == 0
    status, out, error = cli("join", url)
    assert status == 0, out + error
    draw("big.zarr", None)
    files = [file for file in (tmp_path / "big.zarr").rglob("*") if file.is_file()]
    there = tmp_path / "there" / "big.zarr"
    assert all(
        (there / file.relative_to(tmp_path / "big.zarr")).read_bytes() == file.read_bytes()
        for file in files
    )


def test_where_a_store_failed_the_same_call_sends_the_shards_and_draws_none(
    draw, memory, monkeypatch
):
    pytest.importorskip("zarr")
    with monkeypatch.context() as failing:
        failing.setattr(type(memory), "put_file", lambda *_, **__: 1 / 0)
        status, _, error = draw("memory://big.zarr", "1/2")
        assert (status, memory.find("/")) == (2, [])
        assert "the same call sends it" in error
    status, out, error = draw("memory://big.zarr", "1/2")
    assert status == 0, error
    assert "going on after 10 of 10 parts" in out
    assert memory.isfile("/big.zarr.1of2")


def test_a_store_that_fails_in_a_join_is_said_in_a_line(draw, cli, memory, monkeypatch):
    pytest.importorskip("zarr")
    draw("memory://big.zarr", "1/1")
    monkeypatch.setattr(type(memory), "open", lambda *_, **__: 1 / 0)
    status, _, error = cli("join", "memory://big.zarr")
    assert status == 2
    assert "cannot join memory://big.zarr (division by zero): the same call" in error


@pytest.mark.parametrize("place", ["nowhere/big.zarr", "nowhere.zarr", "memory://nowhere/a.zarr"])
def test_a_zarr_that_is_not_there_is_refused(cli, memory, place):
    status, _, error = cli("join", place)
    assert status == 2
    assert "is no picture in parts" in error
    assert f"{place.rpartition('/')[2]} part=1/16` to part=16/16" in error


def test_deep_zoom_is_made_of_the_parts_of_a_tiff(draw, cli, tmp_path, monkeypatch):
    pytest.importorskip("pyvips")
    monkeypatch.setattr(TiffSheet, "TILE", 64)
    draw("parts/big.tif", "1/1")
    status, _, error = cli("join", "parts", "out=big.dzi")
    assert status == 0, error
    assert {file.name for file in tmp_path.iterdir()} >= {"big.dzi", "big_files", "big.html"}


def test_a_zarr_in_parts_is_joined_where_it_lies(draw, cli, tmp_path):
    pytest.importorskip("zarr")
    for part in ("2/2", "1/2"):
        status, _, error = draw("big.zarr", part)
        assert status == 0, error
    status, out, error = cli("join", "big.zarr")
    assert status == 0, error
    assert "every shard as it was drawn; 2 coarser levels" in out
    assert [file.name for file in tmp_path.glob("big*")] == ["big.zarr"]
    draw("whole.zarr", None)
    names = {str(file.relative_to(tmp_path / "whole.zarr"))
             for file in (tmp_path / "whole.zarr").rglob("*") if file.is_file()}  # fmt: skip
    for name in names - {"zarr.json"}:  # which holds the name
        both = [(tmp_path / folder / name).read_bytes() for folder in ("whole.zarr", "big.zarr")]
        assert both[0] == both[1], name


@pytest.mark.parametrize(
    ("part", "more", "message"),
    [
        ("3", [], "say K/N"),
        ("4/3", [], "part is 4/3: say 1/3 to 3/3"),
        ("1/0", [], "part is of 0 parts: say K/N"),
        ("1/99", [], "has 12 blocks"),
        ("1/2", ["count=2"], "leave count out"),
        ("1/2", ["preset=plain"], "leave preset out"),
    ],
)
def test_parts_that_cannot_be_are_refused(draw, part, more, message):
    status, _, error = draw("big.tif", part, *more)
    assert status == 2
    assert message in error


@pytest.mark.parametrize("out", ["big.jpg", "big.dzi"])
def test_parts_of_other_formats_are_refused(draw, out):
    status, _, error = draw(out, "1/2")
    assert status == 2
    assert "parts are of .tif, .tiff, .png, .zarr" in error


def test_parts_of_one_format_make_no_other(draw, cli):
    draw("parts/big.png", "1/1")
    status, _, error = cli("join", "parts", "out=big.tif")
    assert status == 2
    assert "parts of a .png: say .png" in error


def test_a_folder_that_holds_none_is_refused(cli, tmp_path):
    (tmp_path / "empty").mkdir()
    status, _, error = cli("join", "empty")
    assert status == 2
    assert "holds no parts" in error
