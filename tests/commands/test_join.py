"""texturenet sample part=K/N, and join: what is said, and what is refused."""

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
    assert out.splitlines() == [
        f"part {n} of 3 is missing; draw it with part={n}/3" for n in (1, 3)
    ]
    assert error.count("\n") == 1


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
