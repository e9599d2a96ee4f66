"""Data maps: their numbers come back as they are, and nothing touches them."""

import importlib.util
import io
import json
import struct
import sys
import zlib

import numpy as np
import pytest
import torch
from helpers.disks import small_disk
from helpers.pictures import dots
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageCms, ImageOps

from texturenet.errors import Refused
from texturenet.io import map_files, map_png
from texturenet.io.map_files import read_map, write_map
from texturenet.io.pictures import read_text


def noise(channels=3, height=12, width=17):
    return torch.rand(channels, height, width, generator=torch.Generator().manual_seed(1))


def ramp(kind, white, shape=(48, 48)):
    return np.linspace(0, white, int(np.prod(shape))).reshape(shape).astype(kind)


def save(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


@settings(max_examples=60, deadline=None)
@given(data=some.data())
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_whole_numbers_come_back_exactly(tmp_path_factory, suffix, data):
    bits = data.draw(some.sampled_from([8, 16]))
    shape = [data.draw(some.integers(1, most)) for most in (4, 9, 9)]
    length, white = int(np.prod(shape)) * bits // 8, map_files.WHITE[bits]
    numbers = data.draw(some.binary(min_size=length, max_size=length))
    whole = np.frombuffer(numbers, f"u{bits // 8}").reshape(shape).astype(np.float64)
    values = torch.from_numpy((whole / white).astype(np.float32))
    found = read_map(write_map(tmp_path_factory.mktemp("map") / f"a{suffix}", values, bits))
    assert found.bits == bits
    assert torch.equal((found.values.double() * white).round(), torch.from_numpy(whole))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("bits", "error"), [(32, 0.0), (16, 2**-12)])
def test_floating_point_comes_back_from_exr(tmp_path, channels, bits, error):
    pytest.importorskip("OpenEXR")
    values = noise(channels)
    found = read_map(write_map(tmp_path / "a.exr", values, bits))
    assert (found.values - values).abs().max() <= error
    assert (found.bits, found.format) == (bits, "EXR")


def test_floating_point_beyond_one_is_as_it_is(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    values = ramp(np.float32, 7) - 3
    tifffile.imwrite(tmp_path / "a.tif", values)
    found = read_map(tmp_path / "a.tif")
    assert np.array_equal(found.values[0].numpy(), values)
    assert (found.bits, found.mode) == (32, "grey")


@pytest.mark.parametrize(
    ("channels", "mode"), [(1, "grey"), (2, "grey and alpha"), (3, "RGB"), (4, "RGBA")]
)
@pytest.mark.parametrize("bits", [8, 16])
def test_it_says_which_channels_there_are(tmp_path, channels, mode, bits):
    found = read_map(write_map(tmp_path / "a.png", noise(channels), bits))
    assert (found.mode, found.format, len(found.values)) == (mode, "PNG", channels)
    assert found.values.dtype is torch.float32


def test_half_is_written_as_the_nearest_number(tmp_path):
    for bits, number in ((8, 128), (16, 32768)):
        path = write_map(tmp_path / f"{bits}.png", torch.full((1, 2, 2), 0.5), bits)
        assert (read_map(path).values * map_files.WHITE[bits]).unique().tolist() == [number]


def test_whole_numbers_are_cut_to_black_and_white(tmp_path):
    path = write_map(tmp_path / "a.png", torch.tensor([[[-0.5, 1.5]]]), 16)
    assert read_map(path).values.tolist() == [[[0, 1]]]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_another_reader_sees_the_same_in_a_png(tmp_path, channels, bits):
    pyvips = pytest.importorskip("pyvips")
    values = noise(channels, 33, 21)
    path = write_map(tmp_path / "a.png", values, bits)
    other = pyvips.Image.new_from_file(str(path)).numpy().reshape(33, 21, channels)
    assert other.dtype == f"u{bits // 8}"
    wanted = (values.double() * map_files.WHITE[bits]).round().permute(1, 2, 0)
    assert np.array_equal(other, wanted.numpy())


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("filtered", ["none", "sub", "up", "avg", "paeth", "all"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pngs_of_16_bits_by_others_lose_nothing(tmp_path, channels, filtered, interlace):
    pyvips = pytest.importorskip("pyvips")
    pixels = np.random.default_rng(2).integers(0, 65536, (19, 23, channels), np.uint16)
    kind = "grey16" if channels < 3 else "rgb16"
    picture = pyvips.Image.new_from_array(pixels).copy(interpretation=kind)
    picture.pngsave(str(tmp_path / "a.png"), filter=filtered, interlace=interlace, bitdepth=16)
    found = read_map(tmp_path / "a.png")
    assert found.bits == 16
    assert np.array_equal((found.values.double() * 65535).round().permute(1, 2, 0).numpy(), pixels)


def test_rows_are_filtered_alike_in_bands_of_any_height(tmp_path, monkeypatch):
    values = noise(3, 1, 20).expand(3, 40, 20)  # rows are best stored as no change
    whole = write_map(tmp_path / "a.png", values, 16).read_bytes()
    monkeypatch.setattr(map_png, "BAND", 7 * 20 * 6)
    assert write_map(tmp_path / "b.png", values, 16).read_bytes() == whole


def test_smooth_maps_are_stored_small(tmp_path):
    rows, columns = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    hills = (torch.sin(rows / 20) * torch.cos(columns / 30))[None] / 2 + 0.5
    path = write_map(tmp_path / "a.png", hills, 16)
    numbers = (hills * 65535).round().numpy().astype(">u2")
    assert path.stat().st_size < 0.8 * len(zlib.compress(numbers.tobytes()))


@pytest.mark.parametrize(
    ("name", "bits"), [("a.png", 8), ("a.png", 16), ("a.tif", 16), ("a.exr", 16), ("a.exr", 32)]
)
def test_the_same_values_make_the_same_bytes(tmp_path, name, bits):
    pytest.importorskip("OpenEXR")
    first, again = (
        write_map(tmp_path / folder / name, noise(), bits).read_bytes() for folder in "bc"
    )
    assert first == again


def test_jpeg_and_webp_have_the_numbers_of_their_decoder(tmp_path):
    for name, options in (("a.jpg", {"quality": 90}), ("a.webp", {"quality": 90})):
        path = save(tmp_path / name, dots(), **options)
        wanted = np.asarray(Image.open(path)).transpose(2, 0, 1)
        assert np.array_equal((read_map(path).values * 255).round().numpy(), wanted)
        assert read_map(path).format in ("JPEG", "WEBP")
    grey = save(tmp_path / "b.jpg", dots()[..., 0])
    assert read_map(grey).mode == "grey"


def test_no_profile_and_no_gamma_touch_the_numbers(tmp_path):
    plain = save(tmp_path / "a.png", dots())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = save(tmp_path / "b.png", dots(), icc_profile=profile).read_bytes()
    gamma = struct.pack(">I4sI", 4, b"gAMA", 100_000)
    gamma += struct.pack(">I", zlib.crc32(gamma[4:]))
    (tmp_path / "b.png").write_bytes(data[:33] + gamma + data[33:])
    assert torch.equal(read_map(tmp_path / "b.png").values, read_map(plain).values)
    jpeg = save(tmp_path / "a.jpg", dots())
    other = save(tmp_path / "b.jpg", dots(), icc_profile=profile)
    assert torch.equal(read_map(jpeg).values, read_map(other).values)


def test_a_damaged_profile_does_not_matter(tmp_path):
    data = save(tmp_path / "a.png", dots()).read_bytes()
    profile = struct.pack(">I4s", 9, b"iCCP") + b"name\0\1odd"  # of an unknown compression
    profile += struct.pack(">I", zlib.crc32(profile[4:]))
    (tmp_path / "b.png").write_bytes(data[:33] + profile + data[33:])
    assert torch.equal(read_map(tmp_path / "b.png").values, read_map(tmp_path / "a.png").values)


def test_transparency_changes_no_colour(tmp_path):
    pixels = np.dstack([dots(), np.zeros((48, 48), np.uint8)])
    found = read_map(save(tmp_path / "a.png", pixels))
    assert np.array_equal((found.values * 255).round().numpy(), pixels.transpose(2, 0, 1))


def test_a_palette_of_greys_is_grey(tmp_path):
    image = Image.fromarray(dots()[..., 0]).convert("P")
    image.putpalette([255 - level for level in range(256) for _ in range(3)])
    image.save(tmp_path / "a.png")
    found = read_map(tmp_path / "a.png")
    assert np.array_equal((255 - found.values[0] * 255).round().numpy(), dots()[..., 0])


def test_black_and_white_is_grey(tmp_path):
    image = Image.fromarray(dots()).convert("1")
    image.save(tmp_path / "a.png")
    found = read_map(tmp_path / "a.png")
    assert found.values.unique().tolist() == [0, 1]
    assert np.array_equal(found.values[0].numpy(), np.asarray(image))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"compression": "zlib", "predictor": True},
        {"tile": (16, 16)},
    ],
)
def test_tiffs_of_every_layout_are_read(tmp_path, options):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.random.default_rng(3).integers(0, 65536, (48, 48, 3), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", **options)
    found = read_map(tmp_path / "a.tif")
    assert np.array_equal((found.values.double() * 65535).round().permute(1, 2, 0).numpy(), pixels)


def test_tiffs_that_keep_channels_apart_are_read(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    planes = np.random.default_rng(3).integers(0, 256, (3, 20, 30), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate")
    assert np.array_equal((read_map(tmp_path / "a.tif").values * 255).round().numpy(), planes)


def test_a_thumbnail_in_a_tiff_is_passed_over(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(dots(16), photometric="rgb", subfiletype=1)
        file.write(dots(48), photometric="rgb")
    assert read_map(tmp_path / "a.tif").values.shape == (3, 48, 48)


def test_white_may_be_zero(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", ramp(np.uint16, 65535), photometric="miniswhite")
    found = read_map(tmp_path / "a.tif").values[0]
    assert (found[0, 0], found[-1, -1]) == (1, 0)


@pytest.mark.parametrize(
    ("names", "order"),
    [
        ("RGB", "RGB"),
        ("RGBA", "RGBA"),
        ("XYZ", "XYZ"),
        (("normal.R", "normal.G", "normal.B"), ("normal.R", "normal.G", "normal.B")),
        (("depth",), ("depth",)),
    ],
)
def test_exr_channels_are_found_by_their_letters(tmp_path, names, order):
    library = pytest.importorskip("OpenEXR")
    planes = {name: np.full((4, 5), index, np.float32) for index, name in enumerate(names)}
    library.File({}, planes).write(str(tmp_path / "a.exr"))
    wanted = [list(names).index(name) for name in order]
    assert read_map(tmp_path / "a.exr").values[:, 0, 0].tolist() == wanted


def exr_of_windows(path, stored, shown):
    """A file that stores 4x6 pixels, numbered, at one place, and shows those of another."""
    library = pytest.importorskip("OpenEXR")
    windows = {"dataWindow": stored, "displayWindow": shown}
    header = {name: tuple(np.array(corner, np.int32) for corner in corners)
              for name, corners in windows.items()}  # fmt: skip
    library.File(header, {"Y": np.arange(24, dtype=np.float32).reshape(4, 6)}).write(str(path))
    return path


def test_of_an_exr_with_overscan_what_it_shows_is_read(tmp_path):
    path = exr_of_windows(tmp_path / "a.exr", [(-1, -2), (4, 1)], [(0, -1), (3, 0)])
    rows, columns = slice(1, 3), slice(1, 5)
    assert torch.equal(read_map(path).values[0], torch.arange(24.0).reshape(4, 6)[rows, columns])


def test_an_exr_that_stores_a_part_of_what_it_shows_is_refused(tmp_path):
    path = exr_of_windows(tmp_path / "a.exr", [(0, 0), (5, 3)], [(0, 0), (7, 3)])
    with pytest.raises(Refused, match=r"stores 4x6 pixels .* of the 4x8 that it shows"):
        read_map(path)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_map_carries_its_record(tmp_path, suffix, bits, channels):
    values, record = noise(channels), {"seed": 3, "model": "Ölfarbe"}
    path = write_map(tmp_path / f"a{suffix}", values, bits, record)
    if suffix == ".png":
        text = read_text(path)
    else:
        text = pytest.importorskip("tifffile").TiffFile(path).pages[0].description
    assert json.loads(text) == record
    assert torch.equal(read_map(path).values, read_map(write_map(path, values, bits)).values)


def test_an_exr_carries_its_record(tmp_path):
    library = pytest.importorskip("OpenEXR")
    path = write_map(tmp_path / "a.exr", noise(), 16, {"seed": 3})
    assert json.loads(library.File(str(path)).header()["comments"]) == {"seed": 3}


def exif_in(data, orientation):
    """A PNG whose chunk eXIf says an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(body)) + b"eXIf" + body
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + body))
    end = 8 + 25  # after the signature and the header
    return data[:end] + chunk + data[end:]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_that_is_stored_turned_is_read_upright(tmp_path, orientation, bits):
    plain, path = tmp_path / "a.png", tmp_path / "turned.png"
    path.write_bytes(exif_in(write_map(plain, noise(3), bits).read_bytes(), orientation))
    found = read_map(path)
    assert found.turned == (orientation > 1)
    write_map(tmp_path / "b.png", found.values, 8)
    with Image.open(write_map(plain, noise(3), 8)) as image:
        image.getexif()[0x0112] = orientation
        wanted = np.asarray(ImageOps.exif_transpose(image))
    with Image.open(tmp_path / "b.png") as image:
        assert np.array_equal(np.asarray(image), wanted)


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_other_files_that_are_stored_turned_are_read_upright(tmp_path, suffix):
    turned(tmp_path / f"a{suffix}")
    found = read_map(tmp_path / f"a{suffix}")
    assert found.turned
    upright, stored = (
        torch.from_numpy(pixels.copy()).permute(2, 0, 1) / 255
        for pixels in (np.rot90(dots(), -1), dots())
    )
    away = [(found.values - one).abs().mean() for one in (upright, stored)]
    assert away[0] < away[1] / 2


def png_of(width, height, depth=8):
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 10_000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def moving(path):
    frames = [Image.fromarray(dots()), Image.fromarray(dots()[::-1])]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def turned(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    save(path, dots(), exif=exif)


def cut(path, bits=8):
    save(path, np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    if path.suffix in (".png", ".tif", ".exr"):
        write_map(path, noise(3, 64, 64), bits)
    path.write_bytes(path.read_bytes()[:-1000])


def flipped_bits(path):
    data = bytearray(write_map(path, noise(3, 64, 64), 16).read_bytes())
    data[500] ^= 1
    path.write_bytes(data)


def tiff(path, array, **options):
    pytest.importorskip("tifffile").imwrite(path, array, **options)


def with_nan(path):
    values = np.zeros((4, 5), np.float32)
    values[1, 2], values[2, 3] = np.nan, np.inf
    if path.suffix == ".tif":
        return tiff(path, values)
    return pytest.importorskip("OpenEXR").File({}, {"Y": values}).write(str(path))


def exr(path, **planes):
    pytest.importorskip("OpenEXR").File({}, planes).write(str(path))


def cut_exr(path):
    pytest.importorskip("OpenEXR")
    path.write_bytes(write_map(path, noise(3, 64, 64), 32).read_bytes()[:-9])


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("a.png", lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
        ("a.png", lambda path: path.write_text("no map"), "no map that can be read: save it as"),
        ("a.png", lambda path: path.mkdir(), "cannot read .*: Is a directory"),
        ("a.png", lambda path: None, "cannot read .*: No such file"),
        ("a.png", lambda path: Image.fromarray(dots()).convert("P").save(path),
         "palette of colours, no numbers: save it as grey or RGB"),
        ("a.jpg", lambda path: Image.fromarray(dots()).convert("CMYK").save(path), "CMYK"),
        ("a.tif", lambda path: Image.fromarray(dots()).convert("CMYK").save(path),
         "SEPARATED colours, no numbers"),
        ("a.tif", lambda path: Image.fromarray(dots()).convert("P").save(path), "PALETTE colours"),
        ("a.tif", with_nan, "2 values that are NaN or infinite: replace them"),
        ("a.exr", with_nan, "2 values that are NaN or infinite: replace them"),
        ("a.tif", lambda path: tiff(path, np.full((4, 4), 1e300)), "16 values that are NaN or inf"),
        ("a.webp", moving, "2 frames"),
        ("a.png", moving, "2 frames"),
        ("a.tif", moving, "2 pages"),
        ("a.png", lambda path: path.write_bytes(png_of(20_000, 9)), "9x20000 .* a smaller size"),
        ("a.png", lambda path: path.write_bytes(png_of(12_000, 12_000, 16)), "100 megapixels"),
        ("a.tif", lambda path: tiff(path, np.zeros((2, 16_385), np.uint8)), "2x16385 pixels"),
        ("a.exr", lambda path: exr(path, Y=np.zeros((16_385, 1), np.float32)), "16385x1 pixels"),
        ("a.png", cut, "is damaged .*get it or save it again"),
        ("a.png", lambda path: cut(path, 16), "is damaged"),
        ("a.png", flipped_bits, "is damaged .checksum of b'IDAT'"),
        ("a.jpg", cut, "is damaged"),
        ("a.webp", cut, "is damaged"),
        ("a.tif", lambda path: cut(path, 16), "is damaged"),
        ("a.exr", cut_exr, "is damaged"),
        ("a.tif", lambda path: tiff(path, np.zeros((4, 4), np.int16)), "int16 numbers: save it"),
        ("a.tif", lambda path: tiff(path, np.zeros((4, 4), np.uint32)), "uint32 numbers: save it"),
        ("a.tif", lambda path: tiff(path, np.zeros((4, 4), bool)), "1 bits a channel: save it"),
        ("a.tif", lambda path: tiff(path, np.zeros((4, 4, 5), np.uint8), photometric="minisblack",
                                    planarconfig="contig"), "5 channels: save it as grey, RGB"),
        ("a.exr", lambda path: exr(path, R=np.zeros((4, 4), "f"), Z=np.zeros((4, 4), "f")),
         "the channels R, Z: save it as RGB"),
        ("a.exr", lambda path: exr(path, Y=np.zeros((4, 4), np.uint32)), "uint32 numbers: save it"),
    ],
)  # fmt: skip
def test_what_holds_no_sound_numbers_is_refused_on_one_line(tmp_path, capfd, name, make, words):
    make(tmp_path / name)
    with pytest.raises(Refused, match=words) as refusal:
        read_map(tmp_path / name)
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr().out == ""


def test_compressions_that_are_not_read_are_named(tmp_path):
    pytest.importorskip("tifffile")
    if importlib.util.find_spec("imagecodecs"):
        pytest.skip("imagecodecs is there")
    save(tmp_path / "a.tif", dots(), compression="tiff_lzw")
    with pytest.raises(Refused, match="compressed by LZW.*: save it without compression"):
        read_map(tmp_path / "a.tif")


def test_a_file_too_large_for_memory_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    free = type("Memory", (), {"available": 1000})
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    path = save(tmp_path / "a.png", dots())
    with pytest.raises(Refused, match="the 48x48 pixels of .* needs .* of memory"):
        read_map(path)


@pytest.mark.parametrize(("library", "suffix", "extra"), [("OpenEXR", ".exr", "exr"),
                                                          ("tifffile", ".tif", "big")])  # fmt: skip
def test_a_missing_extra_is_named(tmp_path, monkeypatch, library, suffix, extra):
    pytest.importorskip(library)
    path = write_map(tmp_path / f"a{suffix}", noise(), 16)
    monkeypatch.setitem(sys.modules, library, None)
    for act in (lambda: read_map(path), lambda: write_map(path, noise(), 16)):
        with pytest.raises(Refused, match=rf"pip install 'texturenet\[{extra}\]'"):
            act()


@pytest.mark.parametrize(
    ("name", "values", "bits", "words"),
    [
        ("a.jpg", noise(), 8, "cannot write a map as 'a.jpg': use .png, .tif or .exr"),
        ("a.png", noise(), 32, "cannot have 32 bits: use 8 or 16"),
        ("a.exr", noise(), 8, "cannot have 8 bits: use 16 or 32"),
        ("a.png", noise(5), 8, r"the shape \(5, 12, 17\) is none"),
        ("a.png", noise()[0], 8, r"the shape \(12, 17\) is none"),
        ("a.png", noise() / 0, 8, "values that are not numbers"),
    ],
)
def test_what_no_file_can_hold_is_not_written(tmp_path, name, values, bits, words):
    with pytest.raises(Refused, match=words):
        write_map(tmp_path / name, values, bits)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_a_full_disk_leaves_the_earlier_map(tmp_path, name):
    path = write_map(tmp_path / name, noise(1, 2, 2), 8)
    earlier = path.read_bytes()
    with pytest.raises(Refused, match="cannot write"), small_disk():
        write_map(path, noise(3, 64, 64), 16)
    assert path.read_bytes() == earlier
    assert list(tmp_path.iterdir()) == [path]


def test_every_file_of_the_real_sets_is_read(shared):
    files = sorted((shared / "materials").glob("*/*.*"))
    if not files:
        pytest.skip("no sets there")
    for path in files:
        image = Image.open(io.BytesIO(path.read_bytes()))
        found = read_map(path)
        assert found.values.shape[-2:] == (image.height, image.width), path
        assert 0 <= found.values.min() < found.values.max() <= 1 or "metallic" in path.name, path
