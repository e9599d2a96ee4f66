"""Pictures written part by part: whole, the same however they were made, resumed, or absent."""

import errno
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers.nets import texture
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.io import files
from texturenet.io.large import deepzoom, png, sheet
from texturenet.io.large.png import PngSheet
from texturenet.io.large.tiff import TiffSheet
from texturenet.io.pictures import to_bytes
from texturenet.sampling import drawing, large
from texturenet.sampling.drawing import Drawing
from texturenet.sampling.large import LargePicture

tifffile = pytest.importorskip("tifffile")
SUFFIXES = [".tif", ".png"]
pytestmark = pytest.mark.usefixtures("small_parts")


def picture(height=100, width=150, **more):
    view = {"size": (height, width), "seed": 3, "origin": (-5, 7), "tile": "none", "border": None}
    view |= more
    return LargePicture(texture(3), view, {"kind": "picture", "what": "a test, é"})


def expected(drawn):
    view = dict(drawn.view)
    height, width = view.pop("size")
    return to_bytes(drawn.texture.render(height, width, **view))


def decoded(path):
    return tifffile.imread(path) if path.suffix == ".tif" else np.asarray(Image.open(path))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("height", "width"), [(100, 150), (1, 1), (64, 64), (33, 200), (24, 5)])
def test_the_file_holds_the_picture(tmp_path, suffix, height, width):
    drawn, path = picture(height, width), tmp_path / f"big{suffix}"
    assert sum(Drawing(path, drawn).draw(1)) == height * width
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    apart = np.abs(decoded(path).astype(int) - expected(drawn))
    assert apart.max() <= 1  # of rounding, where another cut of blocks tips it
    assert (apart > 0).mean() < 1e-3
    with Image.open(path) as image:
        image.load()
        assert image.size == (width, height)
        text = image.info.get("texturenet") or image.tag_v2[270]
    assert json.loads(text) == drawn.record


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_was_written_is_read_back_part_by_part(tmp_path, suffix):
    drawn, path = picture(), tmp_path / f"big{suffix}"
    list(Drawing(path, drawn).draw(1))
    kind, whole = large.SHEETS[suffix], decoded(path)
    parts = list(kind.read(path))
    assert [part for part, _ in parts] == list(sheet.parts(kind(100, 150)))
    for part, pixels in parts:
        rows, columns = slice(part.row, part.row + part.height), slice(part.column, None)
        assert np.array_equal(pixels, whole[rows, columns][:, : part.width])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_estimate_is_an_upper_bound_and_near(tmp_path, suffix):
    drawn, path = picture(300, 400), tmp_path / f"big{suffix}"
    growing = Drawing(path, drawn)
    list(growing.draw(1))
    assert path.stat().st_size <= growing.bytes_at_most()
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    hard = PngSheet(300, 400)
    packed = sum(
        len(hard.encode(part, noise[part.row : part.row + part.height]))
        for part in sheet.parts(hard)
    )
    assert packed < hard.bytes_at_most()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("stop", [1, 3])
def test_an_interrupted_picture_is_gone_on_with_and_ends_the_same(tmp_path, suffix, stop):
    drawn = picture()
    list(Drawing(tmp_path / f"whole{suffix}", drawn).draw(1))
    path = tmp_path / f"big{suffix}"
    steps = Drawing(path, drawn).draw(1)
    for _ in range(stop):
        next(steps)
    steps.close()
    assert not path.exists()
    # What came after the last note does not count, even if it was written.
    with open(f"{path}.part", "r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"half a part" if suffix == ".png" else b"")
    again = Drawing(path, drawn)
    assert again.resume() == stop
    assert len(list(again.draw(1))) == again.count - stop
    assert path.read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_another_picture_of_the_same_name_begins_anew(tmp_path):
    path = tmp_path / "big.png"
    steps = Drawing(path, picture()).draw(1)
    next(steps)
    steps.close()
    other = LargePicture(texture(3), picture(90, 150).view, {"kind": "picture", "what": "another"})
    growing = Drawing(path, other)
    assert growing.resume() == 0
    list(growing.draw(1))
    assert decoded(path).shape == (90, 150, 3)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"record": 1}', "\xff"])
def test_a_damaged_journal_begins_anew(tmp_path, text):
    """So do, below, one that claims too much, and one whose file is gone or short."""
    path, drawn = tmp_path / "big.png", picture()
    steps = Drawing(path, drawn).draw(1)
    next(steps)
    steps.close()
    (tmp_path / "big.png.journal").write_text(text)
    growing = Drawing(path, drawn)
    assert growing.resume() == 0
    list(growing.draw(1))
    assert decoded(path).shape == (100, 150, 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "claim", [{"done": 10**6}, {"done": -1}, {"done": "2"}, {"done": 1.5}, None]
)
def test_a_journal_that_cannot_be_begins_anew(tmp_path, suffix, claim):
    path, drawn = tmp_path / f"big{suffix}", picture()
    steps = Drawing(path, drawn).draw(1)
    next(steps)
    steps.close()
    if claim is None:
        (tmp_path / f"big{suffix}.part").write_bytes(b"")
    else:
        journal = tmp_path / f"big{suffix}.journal"
        noted = json.loads(journal.read_text().splitlines()[0])
        journal.write_text(json.dumps(noted | {"done": claim}) + "\n0")
    growing = Drawing(path, drawn)
    assert growing.resume() == 0
    list(growing.draw(1))
    assert decoded(path).shape == (100, 150, 3)


def test_a_worker_that_dies_costs_no_progress(tmp_path, monkeypatch):
    """As when the system ends it for its memory."""
    from concurrent.futures.process import BrokenProcessPool

    path, drawn = tmp_path / "big.png", picture()
    pixels, calls = LargePicture.pixels, []

    def dying(self, part):
        calls.append(part)
        if len(calls) == 3:
            raise BrokenProcessPool
        return pixels(self, part)

    monkeypatch.setattr(LargePicture, "pixels", dying)
    with pytest.raises(Refused, match="The same call goes on"):
        list(Drawing(path, drawn).draw(1))
    again = Drawing(path, drawn)
    assert again.resume() == 2
    list(again.draw(1))
    assert decoded(path).shape == (100, 150, 3)


def test_what_another_has_just_finished_is_not_spoilt(tmp_path):
    """The journal is read under the lock."""
    path, drawn = tmp_path / "big.png", picture()
    steps = Drawing(path, drawn).draw(1)
    next(steps)
    late = Drawing(path, drawn)
    with pytest.raises(Refused, match="being drawn"):
        late.resume()
    list(steps)
    whole = path.read_bytes()
    list(Drawing(path, drawn).draw(1))
    assert path.read_bytes() == whole


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_several_processes_make_the_same_file(tmp_path, suffix, monkeypatch):
    monkeypatch.undo()  # workers have the parts of every day
    drawn = picture(1100, 4200)
    for name, workers in (("one", 1), ("two", 2)):
        list(Drawing(tmp_path / f"{name}{suffix}", drawn).draw(workers))
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("after", [0, 2])
def test_a_disk_that_fills_midway_loses_no_part_that_was_drawn(tmp_path, monkeypatch, after):
    path = tmp_path / "big.png"
    growing = Drawing(path, picture())
    accept, calls = PngSheet.accept, []

    def full(self, *arguments):
        calls.append(1)
        if len(calls) == after + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return accept(self, *arguments)

    monkeypatch.setattr(PngSheet, "accept", full)
    rest = "; the same call goes on after 2 parts" if after else ""
    with pytest.raises(Refused, match=f"No space left on device{rest}"):
        list(growing.draw(1))
    assert not path.exists()
    if not after:
        assert list(tmp_path.iterdir()) == []
        return
    again = Drawing(path, picture())
    assert again.resume() == after
    list(again.draw(1))
    list(Drawing(tmp_path / "whole.png", picture()).draw(1))
    assert path.read_bytes() == (tmp_path / "whole.png").read_bytes()


def test_a_disk_that_is_too_small_is_refused_at_once(tmp_path, monkeypatch):
    free = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: free)
    growing = Drawing(tmp_path / "deep" / "er" / "big.tif", picture())
    with pytest.raises(Refused, match=r"big.tif would need 0.\d+ MB; .* has 0.001 MB free"):
        growing.check_room()
    assert list(tmp_path.iterdir()) == []


def test_what_a_part_takes_is_its_length_where_the_system_has_no_blocks(tmp_path, monkeypatch):
    """As on Windows."""
    path = tmp_path / "big.png.part"
    path.write_bytes(bytes(1000))
    status = type("Status", (), {"st_size": 1000})
    monkeypatch.setattr(Path, "stat", lambda *_, **__: status)
    assert drawing._disk_use(path) == 1000


def test_two_at_once_is_refused_and_harms_nothing(tmp_path):
    pytest.importorskip("fcntl")
    path, drawn = tmp_path / "big.png", picture()
    first = Drawing(path, drawn).draw(1)
    next(first)
    second = Drawing(path, drawn)
    with pytest.raises(Refused, match="being drawn by another process"):
        list(second.draw(1))
    list(first)
    assert decoded(path).shape == (100, 150, 3)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="cannot write"):
        list(Drawing(tmp_path / "file" / "big.png", picture()).draw(1))


@given(some.binary(max_size=300), some.binary(max_size=300))
def test_checksums_of_pieces_combine(first, second):
    both = png._both(zlib.adler32(first), zlib.adler32(second), len(second))
    assert both == zlib.adler32(first + second)


def test_checksums_of_long_pieces_combine():
    first, second = (np.random.default_rng(s).bytes(200_000) for s in (1, 2))
    both = png._both(zlib.adler32(first), zlib.adler32(second), len(second))
    assert both == zlib.adler32(first + second)


def test_very_wide_pictures_have_lower_bands():
    for width in (10, 40_000, 10**6, 2**31 - 1):
        rows = PngSheet(10, width).part(0).height
        assert rows == 1 or rows * width * 3 <= PngSheet.BAND_BYTES


def test_foreign_files_are_not_read_as_sheets(tmp_path):
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "a.tif")
    with pytest.raises(Refused, match="not laid out"):
        list(TiffSheet.read(tmp_path / "a.tif"))
    noisy = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(noisy.cumsum(axis=1, dtype=np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(Refused, match="not laid out"):
        list(PngSheet.read(tmp_path / "a.png"))


def test_a_png_that_ends_too_early_is_refused(tmp_path):
    path = tmp_path / "big.png"
    list(Drawing(path, picture()).draw(1))
    data = path.read_bytes()
    second = data.index(b"IDAT", data.index(b"IDAT") + 1)  # the first is the header of the stream
    path.write_bytes(data[: second - 4])
    with pytest.raises(Refused, match="ends too early"):
        list(PngSheet.read(path))


def test_a_png_of_ours_is_sound_chunk_by_chunk(tmp_path):
    path = tmp_path / "big.png"
    list(Drawing(path, picture()).draw(1))
    data = io.BytesIO(path.read_bytes()[8:])
    names = []
    while head := data.read(8):
        length, name = struct.unpack(">I4s", head)
        body = data.read(length)
        assert struct.unpack(">I", data.read(4))[0] == zlib.crc32(name + body)
        names.append(name)
    assert names[:2] == [b"IHDR", b"tEXt"]
    assert names[-1] == b"IEND"


def test_deep_zoom_has_every_level_and_a_page(tmp_path):
    pyvips = pytest.importorskip("pyvips")
    path = tmp_path / "a & <b>.dzi"
    for seed in (1, 3):  # once more over what is there
        drawn = picture(600, 700, seed=seed)
        list(Drawing(deepzoom.flat(path), drawn).draw(1))
        deepzoom.write(path, 600, 700)
        names = {file.name for file in tmp_path.iterdir()}
        assert names == {"a & <b>.dzi", "a & <b>_files", "a & <b>.html"}
    tiles = tmp_path / "a & <b>_files"
    assert sorted(int(level.name) for level in tiles.iterdir()) == list(range(11))
    assert len(list((tiles / "10").iterdir())) == 3 * 3
    shown = pyvips.Image.new_from_file(str(tiles / "10" / "0_0.jpg")).numpy()
    assert np.abs(shown.astype(int) - expected(drawn)[:256, :256]).mean() < 6
    page = (tmp_path / "a & <b>.html").read_text()
    assert "<title>a &amp; &lt;b&gt;</title>" in page
    assert 'name = "a & \\u003cb>", [height, width] = [600, 700]' in page
    assert "http" not in page  # it asks nobody


def test_without_libvips_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvips", None)
    with pytest.raises(Refused, match=r"texturenet\[deepzoom\]"):
        deepzoom.check(Path("a.dzi"))


def test_a_folder_that_a_browser_saved_is_left_alone(tmp_path):
    pytest.importorskip("pyvips")
    (tmp_path / "page_files").mkdir()
    with pytest.raises(Refused, match="page_files exists already"):
        deepzoom.check(tmp_path / "page.dzi")
    (tmp_path / "page.dzi").touch()  # then both are ours
    deepzoom.check(tmp_path / "page.dzi")


# Pictures of some megapixels, as if they were large.
IN_PARTS = """
from texturenet.commands import drawing, main
from texturenet.io.large.png import PngSheet
drawing.STREAMED = 2**20
PngSheet.BAND_BYTES = 2**21
if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "name"), [(1, "big.png"), (2, "big.tif")])
def test_a_signal_leaves_a_part_to_go_on_from(tmp_path, workers, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    release.save(tmp_path / "m.safetensors", texture(3).net, {"name": "m", "law": "uniform"})
    command = [sys.executable, "-c", IN_PARTS, "sample", "model=m.safetensors"]
    command += ["size=[4096,1500]", f"out={name}", f"workers={workers}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 100
    journal = tmp_path / f"{name}.journal"
    while process.poll() is None and not (
        journal.exists() and json.loads(journal.read_text().splitlines()[0])["done"] >= 2
    ):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 143, err
    assert err == "texturenet: interrupted.\n"
    assert "the same command goes on" in out
    assert not (tmp_path / name).exists()
    done = subprocess.run(command, capture_output=True, text=True)
    assert "going on after" in done.stdout, done.stderr
    with Image.open(name) as image:
        image.load()
        assert image.size == (1500, 4096)
    assert {file.name for file in tmp_path.iterdir()} == {name, "m.safetensors"}
