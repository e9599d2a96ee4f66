"""All maps of a material, drawn part by part: the values of the small way, together or absent."""

import errno
import io
import json
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from helpers.nets import WAVES, material
from PIL import Image

from texturenet.errors import Refused
from texturenet.io import files
from texturenet.io.large.png import PngSheet
from texturenet.io.large.sheet import parts
from texturenet.io.large.tiff import TiffSheet
from texturenet.io.map_files import WHITE, read_map
from texturenet.materials.presets import PRESETS
from texturenet.materials.writing import write_material
from texturenet.sampling import drawing, large
from texturenet.sampling.drawing import Drawing
from texturenet.sampling.large import LargeMaterial

NAME = "stone_3"
UNREAL = [f"{NAME}_{word}.png" for word in ("basecolor", "normal", "orm", "height")]


def drawn(height=100, width=80, preset="unreal", stone=None, **more):
    view = {"size": (height, width), "seed": 3, "origin": (-5, 7), "tile": "none", "border": None}
    view |= more
    record = {"kind": "material", "preset": preset, "what": str(view)}
    return LargeMaterial(stone or material(), view, record, preset)


def values(folder):
    """{name: (whole numbers (C,H,W), bits)} of the files of a folder."""
    found = {}
    for path in folder.glob("*.png"):
        read = read_map(path)
        found[path.name] = (read.values * WHITE[read.bits]).round().numpy().astype(int), read.bits
    return found


def small_way(folder, picture):
    height, width = picture.size
    rest = {key: value for key, value in picture.view.items() if key != "size"}
    write_material(picture.texture.maps(height, width, **rest), picture.preset, folder, NAME)
    return values(folder)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_files_hold_the_values_of_the_small_way_to_the_last_bit(tmp_path, preset):
    """Where the blocks that are computed at once are the same."""
    picture = drawn(preset=preset)
    list(Drawing(tmp_path / "large" / NAME, picture).draw(1))
    expected, found = small_way(tmp_path / "small", picture), values(tmp_path / "large")
    assert set(found) == set(expected)
    for name, (numbers, bits) in expected.items():
        assert found[name][1] == bits
        assert np.array_equal(found[name][0], numbers), name
    assert {path.name for path in (tmp_path / "large").iterdir()} == set(found)


@pytest.mark.parametrize(
    "more",
    [
        {"size": (64, 96), "tile": "xy", "origin": (0, 0)},
        {"size": (64, 96), "tile": "xy", "origin": (-1000, 33)},
        {"size": (70, 96), "tile": "x"},
        {"size": (1, 1)},
        {"size": (33, 130), "origin": (2**39, -(2**39))},
        {"size": (64, 64), "tile": "xy", "origin": (0, 0), "border": 9},
    ],
)
@pytest.mark.usefixtures("small_parts")
def test_many_parts_hold_the_values_of_the_small_way(tmp_path, monkeypatch, more):
    """To rounding, where another cut of blocks tips it: 16 bits see 1e-6 of the range."""
    monkeypatch.setattr(large, "AT_ONCE", 40)
    stone = material(scales=2) if "border" in more else None
    picture = drawn(**more, preset="plain", stone=stone)
    list(Drawing(tmp_path / "large" / NAME, picture).draw(1))
    expected, found = small_way(tmp_path / "small", picture), values(tmp_path / "large")
    assert set(found) == set(expected)
    for name, (numbers, bits) in expected.items():
        apart = np.abs(found[name][0] - numbers)
        assert apart.max() <= 1, name
        assert (apart > 0).mean() < (0.15 if bits == 16 else 2e-3), name


def test_a_tile_is_its_own_neighbour_in_every_file(tmp_path):
    """Parts at the border look at the pixels of the next tile."""
    size = {"tile": "xy", "size": (64, 64)}
    list(Drawing(tmp_path / "a" / NAME, drawn(**size, origin=(0, 0))).draw(1))
    list(Drawing(tmp_path / "b" / NAME, drawn(**size, origin=(20, 36))).draw(1))
    one, other = values(tmp_path / "a"), values(tmp_path / "b")
    for name, (numbers, bits) in one.items():
        moved = np.roll(numbers, (-20, -36), (1, 2))
        apart = np.abs(other[name][0] - moved)
        assert apart.max() <= 1, name
        assert (apart > 0).mean() < (0.15 if bits == 16 else 2e-3), name


def test_waves_and_constants_are_drawn(tmp_path):
    picture = drawn(preset="plain", stone=material(waves=WAVES))
    list(Drawing(tmp_path / "large" / NAME, picture).draw(1))
    expected, found = small_way(tmp_path / "small", picture), values(tmp_path / "large")
    assert all(np.array_equal(found[name][0], numbers) for name, (numbers, _) in expected.items())
    assert set(np.unique(found[f"{NAME}_metallic.png"][0])) == {64}


@pytest.mark.usefixtures("small_parts")
def test_the_net_is_computed_once_for_all_files(tmp_path, monkeypatch):
    stone, pixels = material(), []
    usual = type(stone).maps_of

    def counted(self, window, size, origin):
        pixels.append(size[0] * size[1])
        return usual(self, window, size, origin)

    monkeypatch.setattr(type(stone), "maps_of", counted)
    assert sum(Drawing(tmp_path / NAME, drawn(stone=stone)).draw(1)) == 100 * 80
    assert sum(pixels) == 100 * 80


@pytest.mark.usefixtures("small_parts")
def test_parts_and_what_is_drawn_around_them_fill_a_band():
    """So that the net's blocks have no thin rest."""
    first = Drawing(PATH, drawn()).sheets[0].part(0)
    assert first.height + 2 == PngSheet.BAND
    assert {sheet.count for sheet in Drawing(PATH, drawn()).sheets} == {5}


PATH = drawing.Path("folder") / NAME


@pytest.mark.parametrize("stop", [1, 3])
@pytest.mark.usefixtures("small_parts")
def test_an_interrupted_material_is_gone_on_with_and_ends_the_same(tmp_path, stop):
    list(Drawing(tmp_path / "whole" / NAME, drawn()).draw(1))
    folder = tmp_path / "again"
    steps = Drawing(folder / NAME, drawn()).draw(1)
    for _ in range(stop):
        next(steps)
    steps.close()
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.part" for name in UNREAL), f"{UNREAL[0]}.journal",
    }  # fmt: skip
    again = Drawing(folder / NAME, drawn())
    assert again.resume() == stop
    assert len(list(again.draw(1))) == again.count - stop
    for name in UNREAL:
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert len(list(folder.iterdir())) == len(UNREAL)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("lost", range(4))
def test_a_material_of_which_a_part_is_lost_begins_anew(tmp_path, lost):
    steps = Drawing(tmp_path / NAME, drawn()).draw(1)
    next(steps)
    steps.close()
    (tmp_path / f"{UNREAL[lost]}.part").unlink()
    again = Drawing(tmp_path / NAME, drawn())
    assert again.resume() == 0
    list(again.draw(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(UNREAL)


@pytest.mark.usefixtures("small_parts")
def test_another_preset_of_the_same_name_begins_anew(tmp_path):
    steps = Drawing(tmp_path / NAME, drawn()).draw(1)
    next(steps)
    steps.close()
    other = Drawing(tmp_path / NAME, drawn(preset="unity_hdrp"))
    assert other.resume() == 0
    list(other.draw(1))
    assert read_map(tmp_path / f"{NAME}_maskmap.png").values.shape == (4, 100, 80)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("killed", range(10))
def test_a_kill_while_files_are_moved_is_mended_by_the_same_call(tmp_path, monkeypatch, killed):
    """Wherever it comes: before it all files are the earlier ones, or some are missing; afterwards
    all are new, and nothing was drawn again."""
    list(Drawing(tmp_path / NAME, drawn(seed=8)).draw(1))
    list(Drawing(tmp_path / "whole" / NAME, drawn()).draw(1))
    usual, calls = drawing.Path.replace, []

    def replace(path, target):
        if path.suffix == ".aside":  # the journal's
            return usual(path, target)
        calls.append(path)
        if len(calls) > killed:
            raise KeyboardInterrupt if len(calls) == killed + 1 else OSError
        return usual(path, target)

    note = {"_note.txt": lambda path: path.write_text("belongs to them")}
    with monkeypatch.context() as patch:
        patch.setattr(drawing.Path, "replace", replace)
        try:
            list(Drawing(tmp_path / NAME, drawn(), note).draw(1))
            assert killed == len(calls) == 4 + 5  # the earlier files, and the new ones
        except KeyboardInterrupt:
            assert not (tmp_path / f"{NAME}_note.txt").exists()
    if killed < 9:
        monkeypatch.setattr(LargeMaterial, "pixels", None)
        again = Drawing(tmp_path / NAME, drawn(), note)
        assert again.resume() == again.count
        assert list(again.draw(1)) == []
    for name in UNREAL:
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    left = {path.name for path in tmp_path.iterdir() if not path.name.endswith(".aside")}
    assert left == {*UNREAL, "whole", f"{NAME}_note.txt"}


@pytest.mark.usefixtures("small_parts")
def test_a_disk_that_fills_in_the_last_file_loses_no_part(tmp_path, monkeypatch):
    accept, calls = PngSheet.accept, []

    def full(self, *arguments):
        calls.append(1)
        if len(calls) == 2 * 4 + 4:  # the last file of the third part
            raise OSError(errno.ENOSPC, "No space left on device")
        return accept(self, *arguments)

    monkeypatch.setattr(PngSheet, "accept", full)
    with pytest.raises(Refused, match="No space left on device; the same call goes on after 2"):
        list(Drawing(tmp_path / NAME, drawn()).draw(1))
    assert not any((tmp_path / name).exists() for name in UNREAL)
    again = Drawing(tmp_path / NAME, drawn())
    assert again.resume() == 2
    list(again.draw(1))
    list(Drawing(tmp_path / "whole" / NAME, drawn()).draw(1))
    for name in UNREAL:
        assert (tmp_path / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_room_is_that_of_all_files(tmp_path, monkeypatch):
    growing = Drawing(tmp_path / NAME, drawn(400, 500))
    assert growing.bytes_at_most() > 400 * 500 * (3 + 3 + 3 + 2)
    free = type("Usage", (), {"free": growing.bytes_at_most() - 1})
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: free)
    with pytest.raises(Refused, match=r"stone_3 would need 2.\d+ MB; .* has 2.\d+ MB free"):
        growing.check_room()
    free.free += 1
    growing.check_room()


@pytest.mark.parametrize("preset", ["plain", "unity_hdrp"])
def test_the_files_are_no_larger_than_said(tmp_path, preset):
    growing = Drawing(tmp_path / NAME, drawn(100, 300, preset))
    list(growing.draw(1))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= growing.bytes_at_most()


@pytest.mark.usefixtures("small_parts")
def test_two_at_once_are_refused_whatever_file_they_share(tmp_path):
    pytest.importorskip("fcntl")
    first = Drawing(tmp_path / NAME, drawn()).draw(1)
    next(first)
    before = {path.name for path in tmp_path.iterdir()}
    for preset in ("unreal", "godot", "plain"):  # plain shares all but the first
        with pytest.raises(Refused, match="is being drawn by another process"):
            list(Drawing(tmp_path / NAME, drawn(preset=preset)).draw(1))
        assert {path.name for path in tmp_path.iterdir()} == before
    list(first)
    assert {path.name for path in tmp_path.iterdir()} == set(UNREAL)


def test_a_size_that_no_png_holds_is_refused_with_the_remedy():
    wide = drawn(1, 2**24 + 1)
    with pytest.raises(Refused, match=r"1x16777217 pixels, of which .* by 16777216: say a smaller"):
        Drawing(PATH, wide).check_room()


def test_a_folder_where_a_file_should_be_is_refused_at_once(tmp_path):
    (tmp_path / UNREAL[2]).mkdir()
    with pytest.raises(Refused, match="orm.png is a folder"):
        Drawing(tmp_path / NAME, drawn()).check_room()


def test_a_texture_of_colour_alone_has_no_such_files():
    from helpers.nets import texture

    with pytest.raises(Refused, match="draws colour alone"):
        Drawing(PATH, drawn(stone=texture(3)))


@pytest.mark.slow
def test_several_processes_make_the_same_files(tmp_path):
    picture = drawn(600, 2100)
    for name, workers in (("one", 1), ("two", 2)):
        list(Drawing(tmp_path / name / NAME, picture).draw(workers))
    for name in UNREAL:
        one, two = ((tmp_path / folder / name).read_bytes() for folder in ("one", "two"))
        assert one == two


KINDS = [(channels, bits) for channels in (1, 2, 3, 4) for bits in (8, 16)]


@pytest.mark.parametrize(("channels", "bits"), KINDS)
@pytest.mark.parametrize("kind", [PngSheet, TiffSheet])
def test_sheets_of_all_channels_and_bits_come_back(tmp_path, monkeypatch, kind, channels, bits):
    """By the project's reader of maps, by parts, and of PNG chunk by chunk."""
    pytest.importorskip("tifffile")
    monkeypatch.setattr(TiffSheet, "TILE", 32)
    monkeypatch.setattr(TiffSheet, "ACROSS", 2)
    monkeypatch.setattr(PngSheet, "BAND", 24)
    numbers = np.random.default_rng(0).integers(0, 2**bits, (70, 90, channels), f"u{bits // 8}")
    sheet, path = kind(70, 90, channels, bits), tmp_path / f"a{kind.SUFFIXES[0]}"
    sheet.begin(path, json.dumps({"é": 1}))
    with open(path, "r+b") as file:
        for part in parts(sheet):
            rows, columns = part.row + part.height, part.column + part.width
            some = numbers[part.row : rows, part.column : columns]
            sheet.accept(file, part, sheet.encode(part, some))
        sheet.end(file)
        size = file.seek(0, io.SEEK_END)
        sheet.end(file)  # a second time
        assert file.seek(0, io.SEEK_END) == size <= sheet.bytes_at_most()
    read = read_map(path)
    assert read.bits == bits
    assert np.array_equal((read.values * WHITE[bits]).round().permute(1, 2, 0), numbers)
    again = np.zeros_like(numbers)
    for part, pixels in kind.read(path):
        rows, columns = part.row + part.height, part.column + part.width
        again[part.row : rows, part.column : columns] = pixels
    assert np.array_equal(again, numbers)
    if kind is PngSheet:
        check_chunks(path)
        with Image.open(path) as image:
            assert json.loads(image.info["texturenet"]) == {"é": 1}


def check_chunks(path):
    data = io.BytesIO(path.read_bytes()[8:])
    while head := data.read(8):
        length, name = struct.unpack(">I4s", head)
        body = data.read(length)
        assert struct.unpack(">I", data.read(4))[0] == zlib.crc32(name + body)


def test_sheets_of_other_kinds_are_not_read(tmp_path):
    Image.fromarray(np.zeros((40, 40), np.uint8)).convert("P").save(tmp_path / "a.png")
    with pytest.raises(Refused, match="not laid out"):
        list(PngSheet.read(tmp_path / "a.png"))


def test_a_state_of_wrong_numbers_fits_nothing(tmp_path):
    path = tmp_path / "a.png"
    sheet = PngSheet(10, 10)
    sheet.begin(path, "")
    assert sheet.fits(path)
    for wrong in ({"bits": -8}, {"channels": "3"}, {"position": 1.5}, {"position": 10**9}):
        assert not replace(sheet, **wrong).fits(path)
