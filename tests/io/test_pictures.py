"""Picture files: every kind a user has is read and said, no unsound one is; saving is whole."""

import json
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.pictures import dots
from PIL import Image

from texturenet.errors import Refused
from texturenet.imaging import beside
from texturenet.io import exemplars
from texturenet.io.exemplars import exemplar_table, load_picture, open_picture
from texturenet.io.pictures import opened_picture, read_bytes, save_picture, to_bytes


def write(path, array, mode=None, **options):
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def pixels(path, **options):
    return load_picture(str(path), **options).pixels


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".png", {}), (".webp", {"lossless": True}), (".tif", {}), (".bmp", {})],
)
def test_lossless_formats_come_back_exactly(tmp_path, suffix, options):
    picture = load_picture(str(write(tmp_path / f"a{suffix}", dots(), **options)))
    assert np.array_equal(to_bytes(picture.pixels), dots())
    assert picture.notes == ()
    assert picture.pixels.dtype is torch.float32


def test_jpeg_comes_back_closely(tmp_path):
    found = to_bytes(pixels(write(tmp_path / "a.jpg", dots(), quality=95, subsampling=0)))
    assert np.abs(found.astype(int) - dots()).mean() < 3


@pytest.mark.parametrize("orientation", range(2, 9))
def test_exif_orientation_is_undone_and_said(tmp_path, orientation):
    upright = Image.fromarray(dots()[:24])
    # How a camera would have stored the upright picture under each tag.
    T = Image.Transpose
    stored = upright.transpose(
        {2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE,
         6: T.ROTATE_90, 7: T.TRANSVERSE, 8: T.ROTATE_270}[orientation]
    )  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    picture = load_picture(str(tmp_path / "a.png"))
    assert np.array_equal(to_bytes(picture.pixels), dots()[:24])
    assert "EXIF" in picture.notes[0]


def test_alpha_is_laid_on_white_and_said(tmp_path):
    see_through = np.dstack([dots(), np.full((48, 48), 255, np.uint8)])
    see_through[:10, :, 3] = 0
    picture = load_picture(str(write(tmp_path / "a.png", see_through)))
    assert (picture.pixels[..., :10, :] == 1).all()
    assert np.array_equal(to_bytes(picture.pixels)[10:], dots()[10:])
    assert picture.notes == ("transparent parts laid on white",)


def packed(path, alpha):
    """Colours whose alpha is something (48,48), in a file."""
    return write(path, np.dstack([dots(), alpha.astype(np.uint8)]))


RAMP = np.linspace(0, 255, 48 * 48).reshape(48, 48)
CUT = np.where(RAMP < 60, 0, 255)


def test_alpha_that_bleaches_a_picture_is_warned_of(tmp_path):
    picture = load_picture(str(packed(tmp_path / "a.png", RAMP)))
    assert "which bleaches it much" in picture.notes[1]


@pytest.mark.parametrize("alpha", [RAMP, 0 * RAMP, 0 * RAMP + 128])
def test_alpha_of_a_material_that_is_no_cut_out_is_no_part_of_its_colour(tmp_path, alpha):
    file = replace(open_picture(str(packed(tmp_path / "a.png", alpha))), alpha="judged")
    picture = file.picture()
    assert np.array_equal(to_bytes(picture.pixels), dots())
    assert "alpha left out" in picture.notes[0]


def test_a_cut_out_of_a_material_is_laid_on_white(tmp_path):
    file = open_picture(str(packed(tmp_path / "a.png", CUT)))
    judged = replace(file, alpha="judged").picture()
    assert torch.equal(judged.pixels, file.picture().pixels)
    assert judged.notes == ("transparent parts laid on white",)


def test_alpha_that_is_another_map_is_ignored_even_if_it_may_be_a_cut_out(tmp_path):
    file = replace(open_picture(str(packed(tmp_path / "a.png", CUT))), alpha="ignored")
    picture = file.picture()
    assert np.array_equal(to_bytes(picture.pixels), dots())
    assert picture.notes == ("its alpha holds another map, and is no part of the colour",)


@pytest.mark.parametrize(
    ("mode", "said"),
    [("L", "grey"), ("1", "black and white"), ("P", "palette"), ("LA", "grey"), ("CMYK", "CMYK")],
)
def test_other_modes_are_converted_and_said(tmp_path, mode, said):
    suffix = ".tif" if mode == "CMYK" else ".png"
    picture = load_picture(str(write(tmp_path / f"a{suffix}", dots(), mode)))
    assert picture.pixels.shape == (1, 3, 48, 48)
    assert picture.notes == (f"{said} converted to RGB",)
    wanted = np.array(Image.fromarray(dots()).convert(mode).convert("RGB"))
    assert np.array_equal(to_bytes(picture.pixels), wanted)


def test_sixteen_bits_keep_their_range(tmp_path):
    ramp = np.linspace(0, 65535, 48 * 48).reshape(48, 48).astype(np.uint16)
    for suffix in (".png", ".tif"):
        picture = load_picture(str(write(tmp_path / f"a{suffix}", ramp)))
        assert np.abs(to_bytes(picture.pixels)[..., 0] - ramp / 257).max() <= 0.51
        assert "from 0 to 65535 converted to RGB, 65535 being white" in picture.notes[0]


def test_twelve_bits_in_sixteen_are_said_to_be_dark(tmp_path):
    ramp = np.linspace(0, 4095, 48 * 48).reshape(48, 48).astype(np.uint16)
    picture = load_picture(str(write(tmp_path / "a.png", ramp)))
    assert "from 0 to 4095 converted to RGB, 65535 being white" in picture.notes[0]


@pytest.mark.parametrize("kind", [np.float32, np.int32])
@pytest.mark.parametrize("white", [1, 255, 65535])
def test_wider_greys_keep_their_brightness(tmp_path, kind, white):
    values = np.zeros((48, 48), kind)
    values[:, 24:] = white
    picture = load_picture(str(write(tmp_path / "a.tif", values)))
    assert (picture.pixels[..., :24] == 0).all()
    assert (picture.pixels[..., 24:] == 1).all()
    assert f"{white} being white" in picture.notes[0]


def test_white_may_be_zero(tmp_path):
    import tifffile

    ramp = np.linspace(0, 65535, 48 * 48).reshape(48, 48).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric="miniswhite")
    found = to_bytes(load_picture(str(tmp_path / "a.tif")).pixels)[..., 0]
    assert np.abs(found - (255 - ramp / 257)).max() <= 0.51


def test_channels_apart_in_sixteen_bits_are_refused(tmp_path):
    import tifffile

    planes = np.zeros((3, 48, 48), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate")
    with pytest.raises(Refused, match="keeps its channels apart"):
        load_picture(str(tmp_path / "a.tif"))


@pytest.mark.parametrize("value", [-5.0, 7e9])
def test_one_value_everywhere_outside_every_range_is_refused(tmp_path, value):
    path = write(tmp_path / "a.tif", np.full((48, 48), value, np.float32))
    with pytest.raises(Refused, match="everywhere: there is nothing to learn"):
        load_picture(str(path))


def test_eight_bits_are_never_taken_for_sixteen(tmp_path):
    wide = np.zeros((48, 72, 3), np.uint8)  # its rows are 216 bytes long
    wide[:, ::2] = 9
    assert load_picture(str(write(tmp_path / "a.bmp", wide))).notes == ()


def test_the_first_picture_of_a_phones_jpeg_is_meant(tmp_path):
    large, small = Image.fromarray(dots()), Image.fromarray(dots(16))
    large.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[small])
    picture = load_picture(str(tmp_path / "a.jpg"))
    assert picture.pixels.shape == (1, 3, 48, 48)
    assert picture.notes == ("the first of its 2 pictures",)


@pytest.mark.parametrize("orientation", [0, 1, 9])
def test_orientations_that_turn_nothing_are_not_said(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(dots()).save(tmp_path / "a.png", exif=exif)
    assert load_picture(str(tmp_path / "a.png")).notes == ()


def test_sixteen_bit_colour_is_said(tmp_path):
    rows = b"".join(b"\0" + dots()[i].astype(">u2").tobytes() for i in range(48))
    header = struct.pack(">IIBBBBB", 48, 48, 16, 2, 0, 0, 0)
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    ))  # fmt: skip
    assert "16 bits a channel reduced to 8" in load_picture(str(path)).notes


def test_float_tiff_by_range(tmp_path):
    ramp = np.linspace(0, 1, 2304, dtype=np.float32).reshape(48, 48)
    plain = load_picture(str(write(tmp_path / "a.tif", ramp)))
    assert (plain.pixels[0, 0] - torch.tensor(ramp)).abs().max() < 0.0021
    stretched = load_picture(str(write(tmp_path / "b.tif", ramp * 7 - 3)))
    assert "from -3 to 4" in stretched.notes[0]
    assert torch.equal(stretched.pixels, plain.pixels)


def test_crop_then_resize_never_enlarging(tmp_path):
    path = write(tmp_path / "a.png", dots())
    cropped = load_picture(str(path), crop=[4, 6, 20, 30])
    assert np.array_equal(to_bytes(cropped.pixels), dots()[4:24, 6:36])
    resized = load_picture(str(path), crop=[4, 6, 20, 40], side=10)
    assert resized.pixels.shape == (1, 3, 10, 20)
    assert resized.notes == ("cropped to 20x40 at 4,6", "resized from 20x40 to 10x20")
    assert pixels(path, side=500).shape == (1, 3, 48, 48)


@pytest.fixture
def few_pixels(monkeypatch):
    """What counts as too large to be used whole: more than 40x40 pixels."""
    monkeypatch.setattr(exemplars, "MOST_PIXELS", 1600)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_part_of_a_very_large_picture_is_the_same_as_of_any_other(
    tmp_path, monkeypatch, suffix, orientation
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = write(tmp_path / f"a{suffix}", dots()[:40], exif=exif)
    how = {"crop": [4, 6, 20, 30], "side": 10}
    usual = load_picture(str(path), **how)
    monkeypatch.setattr(exemplars, "MOST_PIXELS", 1600)
    large = load_picture(str(path), **how)
    assert torch.equal(large.pixels, usual.pixels)
    assert large.notes == usual.notes


@pytest.mark.usefixtures("few_pixels")
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_very_large_picture_can_be_brought_down(tmp_path, suffix):
    """A JPEG is decoded at a part of its size, which is enough."""
    rows, columns = np.mgrid[:480, :640]
    smooth = np.stack([rows // 2, columns // 3, (rows + columns) // 5], -1).astype(np.uint8)
    picture = load_picture(str(write(tmp_path / f"a{suffix}", smooth, quality=95)), side=24)
    usual = np.asarray(Image.fromarray(smooth).resize((32, 24), Image.Resampling.LANCZOS))
    assert np.abs(to_bytes(picture.pixels).astype(int) - usual).max() <= 4
    decoded = [note for note in picture.notes if note.startswith("decoded at")]
    assert decoded == (["decoded at 60x80 of its 480x640 pixels"] if suffix == ".jpg" else [])


@pytest.mark.usefixtures("few_pixels")
@pytest.mark.parametrize("how", [{}, {"side": 45}, {"crop": [0, 0, 45, 45]}])
def test_a_picture_too_large_to_be_used_is_refused_naming_crop(tmp_path, how):
    path = write(tmp_path / "a.png", dots())
    with pytest.raises(Refused, match=r"48x48 pixels, more than .* picture.crop=\[top,left"):
        load_picture(str(path), **how)


@pytest.mark.usefixtures("few_pixels")
def test_a_picture_too_large_for_memory_is_refused_with_both_amounts(tmp_path, monkeypatch):
    path = write(tmp_path / "a.png", dots())
    monkeypatch.setattr(exemplars, "BYTES_A_PIXEL", 2**50)
    with pytest.raises(Refused, match="the 48x48 pixels of .* needs .* GB of memory; .* are free"):
        load_picture(str(path), crop=[0, 0, 9, 9])


def test_a_phones_picture_of_200_megapixels_gives_its_crop(tmp_path):
    """More than Pillow itself opens; its own limit stays what the program has set."""
    limit = Image.MAX_IMAGE_PIXELS
    large = Image.new("L", (16_384, 12_288), 9)
    large.paste(Image.fromarray(dots()).convert("L"), (5000, 7000))
    large.save(tmp_path / "a.png", compress_level=1)
    picture = load_picture(str(tmp_path / "a.png"), crop=[7000, 5000, 48, 48])
    wanted = np.asarray(Image.fromarray(dots()).convert("L").convert("RGB"))
    assert np.array_equal(to_bytes(picture.pixels), wanted)
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("limit", [10, 1000])
def test_the_limit_that_a_program_sets_for_pillow_is_its_own(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    path = write(tmp_path / "a.png", dots())
    assert np.array_equal(read_bytes(path), dots())
    assert np.array_equal(to_bytes(pixels(path)), dots())
    with opened_picture(path):
        assert limit == Image.MAX_IMAGE_PIXELS


def bomb(path):
    """A few kilobytes of PNG that claim 40,000 x 40,000 pixels."""
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 10_000)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ))  # fmt: skip


def animated(path):
    frames = [Image.fromarray(dots()), Image.fromarray(dots()[::-1])]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def odd_floats(path):
    values = np.zeros((48, 48), np.float32)
    values[3, 4], values[5, 6] = np.nan, np.inf
    Image.fromarray(values).save(path)


def truncated(path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:3000])


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("empty.png", lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
        ("text.png", lambda path: path.write_text("no picture"), "is not a picture"),
        ("cut.png", truncated, "is a damaged picture"),
        ("cut.jpg", truncated, "is a damaged picture"),
        ("moving.gif", animated, "holds 2 frames"),
        ("moving.webp", animated, "holds 2 frames"),
        ("pages.tif", animated, "holds 2 frames"),
        ("bomb.png", bomb, "40000x40000 pixels, more than 1000 megapixels"),
        ("odd.tif", odd_floats, "2 values that are NaN or infinite"),
        ("dot.png", lambda path: Image.new("RGB", (1, 1)).save(path), "1x1 pixels .* least 16"),
        ("strip.png", lambda path: Image.new("RGB", (500, 15)).save(path), "15x500 .* least 16"),
    ],
)
def test_what_is_not_a_sound_picture_is_refused(tmp_path, name, make, words):
    make(tmp_path / name)
    with pytest.raises(Refused, match=words):
        load_picture(str(tmp_path / name), smallest=16)


def test_missing_files_and_unknown_names_are_refused(tmp_path):
    with pytest.raises(Refused, match="there is no exemplar 'gravle'.* Did you mean gravel"):
        load_picture("gravle")
    with pytest.raises(Refused, match="neither as a file"):
        load_picture(str(tmp_path / "absent.png"))


def test_a_folder_is_not_a_picture(tmp_path):
    with pytest.raises(Refused, match="cannot read .*: Is a directory"):
        load_picture(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("a.webp", (3, 1, 16_384), "cannot hold 1x16384 pixels: WEBP ends at 16383"),
        ("a.jpg", (3, 65_501, 1), "JPEG ends at 65500"),
    ],
)
def test_formats_end_somewhere(tmp_path, name, size, words):
    with pytest.raises(Refused, match=words):
        save_picture(tmp_path / name, torch.zeros(size))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("crop", [[0, 0, 49, 10], [-1, 0, 10, 10], [0, 0, 0, 10], [40, 0, 9, 9]])
def test_crops_outside_are_refused_with_both_sizes(tmp_path, crop):
    path = write(tmp_path / "a.png", dots())
    with pytest.raises(Refused, match="does not lie inside .* which is 48x48"):
        load_picture(str(path), crop=crop)


def test_every_exemplar_of_the_project_has_a_source_a_licence_and_a_file():
    table = exemplar_table()
    assert {"brick", "gravel", "grass", "ihc"} < set(table)
    for name, entry in table.items():
        assert entry["origin"], name
        assert entry["licence"], name
        assert min(load_picture(name).pixels.shape[-2:]) >= 256


def test_saved_pictures_carry_their_facts(tmp_path):
    x = torch.rand(3, 9, 7)
    path = save_picture(tmp_path / "a.png", x, {"seed": 3})
    assert json.loads(Image.open(path).text["texturenet"]) == {"seed": 3}
    assert (pixels(path)[0] - x).abs().max() <= 0.5 / 255 + 1e-6


def test_saving_refuses_what_it_cannot_write(tmp_path):
    with pytest.raises(Refused, match="'a.xyz': use .png"):
        save_picture(tmp_path / "a.xyz", torch.rand(3, 4, 4))
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot write"):
        save_picture(tmp_path / "file" / "a.png", torch.rand(3, 4, 4))


def test_beside_keeps_every_picture():
    a, b = torch.zeros(3, 4, 5), torch.full((3, 8, 6), 0.5)
    row = beside([a, b], gap=2)
    assert row.shape == (3, 8, 13)
    assert (row[:, 2:6, :5] == 0).all()
    assert (row[:, :, 7:] == 0.5).all()
    assert (row[:, :, 5:7] == 1).all()
