"""What files say about their colours is followed: profiles, chunks of PNG, EXIF."""

import struct
import zlib

import numpy as np
import pytest
import torch
from helpers import profiles
from helpers.pictures import dots
from PIL import Image

from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import to_bytes

P3 = profiles.rgb_profile("Display P3", profiles.DISPLAY_P3)
ADOBE = profiles.rgb_profile("Adobe RGB (1998)", profiles.ADOBE, profiles.ADOBE_GAMMA)
LINEAR = profiles.rgb_profile("Linear", profiles.SRGB, 1.0)
SRGB = profiles.rgb_profile("sRGB IEC61966-2.1", profiles.SRGB)
FROM_P3 = "colours converted from Display P3 to sRGB"
DAMAGED = "its colour profile is damaged and was not used"


def colours():
    """4096, no more saturated than 8 bits of a larger space can tell apart."""
    levels = np.linspace(90, 220, 16).astype(np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), -1).reshape(64, 64, 3)


def p3():
    return profiles.in_space(colours(), profiles.DISPLAY_P3, profiles.coded)


def adobe():
    return profiles.in_space(colours(), profiles.ADOBE, lambda x: x ** (1 / profiles.ADOBE_GAMMA))


def linear():
    return profiles.in_space(colours(), profiles.SRGB, lambda x: x)


def save(path, array, **options):
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(path, **options)
    return path


def chunk(name, data, *, checksum=None):
    checksum = zlib.crc32(name + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def save_png(path, array, *chunks):
    """A PNG with these chunks after its header."""
    data = save(path, array).read_bytes()
    path.write_bytes(data[:33] + b"".join(chunks) + data[33:])
    return path


def gamma(exponent):
    return chunk(b"gAMA", struct.pack(">I", round(exponent * 100000)))


def primaries(*numbers):
    return chunk(b"cHRM", struct.pack(">8I", *(round(number * 100000) for number in numbers)))


def profile(data):
    return chunk(b"iCCP", b"a name\0\0" + zlib.compress(data))


INTENT = chunk(b"sRGB", b"\0")
SRGB_PRIMARIES = primaries(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
P3_PRIMARIES = primaries(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


def check(path, wanted, *notes):
    """A file gives this picture, within 2 of 255, and these notes."""
    picture = load_picture(str(path))
    assert picture.notes == notes
    away = np.abs(to_bytes(picture.pixels).astype(int) - wanted)
    assert away.max() <= 2


def check_unchanged(path, wanted, *notes):
    picture = load_picture(str(path))
    assert picture.notes == notes
    assert np.array_equal(to_bytes(picture.pixels), wanted)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize(
    ("array", "icc", "name"),
    [(p3, P3, "Display P3"), (adobe, ADOBE, "Adobe RGB (1998)"), (linear, LINEAR, "Linear")],
)
def test_one_picture_in_several_spaces_is_one_picture(tmp_path, suffix, array, icc, name):
    options = {"lossless": True} if suffix == ".webp" else {}
    path = save(tmp_path / f"a{suffix}", array(), icc_profile=icc, **options)
    # Eight bits of light do not tell dark greys apart: what they hold is read exactly.
    wanted = colours()
    if name == "Linear":
        wanted = np.round(255 * profiles.coded(linear() / 255)).astype(int)
    check(path, wanted, f"colours converted from {name} to sRGB")


@pytest.mark.parametrize(
    ("icc", "colorants", "curve"),
    [
        (P3, profiles.DISPLAY_P3, profiles.light),
        (ADOBE, profiles.ADOBE, lambda x: x**profiles.ADOBE_GAMMA),
        (LINEAR, profiles.SRGB, lambda x: x),
    ],
)
def test_every_colour_is_what_the_formulas_make_of_it(tmp_path, icc, colorants, curve):
    """Also those that sRGB lacks, which end at its rim."""
    numbers = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = save(tmp_path / "a.png", numbers, icc_profile=icc)
    found = to_bytes(load_picture(str(path)).pixels)
    assert np.abs(found - profiles.meant(numbers, colorants, curve)).max() < 1.5


def test_a_phones_jpeg(tmp_path):
    """Whose own loss comes on top."""
    options = {"quality": 100, "subsampling": 0, "icc_profile": P3}
    smooth = np.asarray(Image.fromarray(colours()).resize((512, 512), Image.Resampling.NEAREST))
    stored = profiles.in_space(smooth, profiles.DISPLAY_P3, profiles.coded)
    picture = load_picture(str(save(tmp_path / "a.jpg", stored, **options)))
    assert picture.notes == (FROM_P3,)
    away = np.abs(to_bytes(picture.pixels).astype(int) - smooth)
    assert away.mean() < 1
    assert np.quantile(away, 0.99) <= 2


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_what_is_srgb_keeps_its_bytes(tmp_path, suffix):
    """With every kind of profile of that name."""
    from PIL import ImageCms

    built_in = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (SRGB, built_in):
        plain = save(tmp_path / f"plain{suffix}", dots())
        path = save(tmp_path / f"a{suffix}", dots(), icc_profile=icc)
        assert torch.equal(load_picture(str(path)).pixels, load_picture(str(plain)).pixels)
        assert load_picture(str(path)).notes == ()


def test_greys_of_light(tmp_path):
    """In 8 and in 16 bits; the darkest are where a coarse table goes wrong."""
    icc = profiles.grey_profile("Gray 1.0", 1.0)
    words = "colours converted from Gray 1.0 to sRGB"
    ramp = np.arange(256, dtype=np.uint8).repeat(16).reshape(64, 64)
    wanted = np.round(255 * profiles.coded(ramp / 255))[..., None].repeat(3, 2)
    path = save(tmp_path / "a.png", ramp, icc_profile=icc)
    check(path, wanted, "grey converted to RGB", words)
    fine = np.linspace(0, 65535, 64 * 64).round().astype(np.uint16).reshape(64, 64)
    wanted = np.round(255 * profiles.coded(fine / 65535))[..., None].repeat(3, 2)
    said = "grey values from 0 to 65535 converted to RGB, 65535 being white"
    for suffix in (".png", ".tif"):
        check(save(tmp_path / f"b{suffix}", fine, icc_profile=icc), wanted, said, words)
    check(
        save_png(tmp_path / "c.png", fine, gamma(1)),
        wanted,
        said,
        words.replace("Gray 1.0", "gAMA"),
    )
    check(
        save(tmp_path / "d.tif", (fine / 65535).astype(np.float32), icc_profile=icc),
        wanted,
        "grey values from 0 to 1 converted to RGB, 1 being white",
        words,
    )


def test_a_grey_picture_may_have_a_profile_for_colours(tmp_path):
    grey = np.asarray(Image.fromarray(dots()).convert("L"))
    check_unchanged(
        save(tmp_path / "a.png", grey, icc_profile=SRGB),
        grey[..., None].repeat(3, 2),
        "grey converted to RGB",
    )
    wanted = np.round(255 * profiles.coded((grey / 255) ** profiles.ADOBE_GAMMA))
    check(
        save(tmp_path / "b.png", grey, icc_profile=ADOBE),
        wanted[..., None].repeat(3, 2),
        "grey converted to RGB",
        "colours converted from Adobe RGB (1998) to sRGB",
    )


def test_inks_are_those_of_their_profile(tmp_path):
    """Paper, one ink, and black, by the Lab values of the profile."""
    labs = {(0, 0, 0, 0): (100, 0, 0), (1, 0, 0, 0): (60, -30, -40), (0, 0, 1, 0): (90, -5, 80)}
    icc = profiles.cmyk_profile("Inks", lambda *inks: labs.get(inks, (0, 0, 0)))
    inks = np.zeros((48, 48, 4), np.uint8)
    inks[:16, :, 0], inks[16:32, :, 2] = 255, 255
    image = Image.fromarray(inks, "CMYK")
    path = save(tmp_path / "a.tif", image, icc_profile=icc)
    lab_image = np.array([[(60 * 2.55, 98, 88), (90 * 2.55, 123, 208), (255, 128, 128)]])
    wanted = np.asarray(_from_lab(lab_image))
    picture = load_picture(str(path))
    assert picture.notes == ("CMYK converted to RGB", "colours converted from Inks to sRGB")
    found = to_bytes(picture.pixels)[[8, 24, 40], 0].astype(int)
    assert np.abs(found - wanted[0]).max() <= 2
    assert not np.array_equal(found, np.asarray(image.convert("RGB"))[[8, 24, 40], 0])


def _from_lab(encoded):
    """Lab of 8 bits -> sRGB, by the formulas of CIE 15 and IEC 61966-2-1."""
    lightness, a, b = encoded[..., 0] / 2.55, encoded[..., 1] - 128, encoded[..., 2] - 128
    y = (lightness + 16) / 116
    ratios = np.stack([y + a / 500, y, y - b / 200], -1)
    xyz = np.where(ratios > 6 / 29, ratios**3, 3 * (6 / 29) ** 2 * (ratios - 4 / 29)) * profiles.D50
    return np.round(255 * profiles.coded(xyz @ np.linalg.inv(np.array(profiles.SRGB).T).T))


def test_transparency_stays(tmp_path):
    see_through = np.dstack([p3(), np.full((64, 64), 255, np.uint8)])
    see_through[:10, :, 3] = 0
    wanted = colours().copy()
    wanted[:10] = 255
    path = save(tmp_path / "a.png", see_through, icc_profile=P3)
    check(path, wanted, "transparent parts laid on white", FROM_P3)


def test_a_palette_is_of_the_same_colours(tmp_path):
    few = p3()[::8, ::8].repeat(8, 0).repeat(8, 1)
    image = Image.fromarray(few).quantize(64)
    assert np.array_equal(np.asarray(image.convert("RGB")), few)
    path = save(tmp_path / "a.png", image, icc_profile=P3)
    wanted = colours()[::8, ::8].repeat(8, 0).repeat(8, 1)
    check(path, wanted, "palette converted to RGB", FROM_P3)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize("icc", [b"nonsense", P3[:200], P3[:128] + bytes(400)])
def test_a_damaged_profile_is_named_and_not_fatal(tmp_path, suffix, icc):
    plain = load_picture(str(save(tmp_path / f"plain{suffix}", dots())))
    picture = load_picture(str(save(tmp_path / f"a{suffix}", dots(), icc_profile=icc)))
    assert picture.notes == (DAMAGED,)
    assert torch.equal(picture.pixels, plain.pixels)


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"iCCP", b"a name\0\0not deflated"),
        chunk(b"iCCP", b"a name\0\1" + zlib.compress(P3)),
        chunk(b"iCCP", b""),
        chunk(b"iCCP", b"a name\0\0" + zlib.compress(bytes(2**25))),
    ],
)
def test_a_damaged_chunk_of_a_profile_is_named_and_not_fatal(tmp_path, broken):
    check_unchanged(save_png(tmp_path / "a.png", dots(), broken), dots(), DAMAGED)


def test_a_large_profile_and_a_wrong_checksum_are_no_damage_to_the_picture(tmp_path):
    """Pillow alone would refuse both."""
    large = chunk(b"iCCP", b"a\0\0" + zlib.compress(P3 + bytes(2**21)))
    check(save_png(tmp_path / "a.png", p3(), large), colours(), FROM_P3)
    wrong = chunk(b"iCCP", b"a\0\0" + zlib.compress(P3), checksum=1)
    check(save_png(tmp_path / "b.png", p3(), wrong), colours(), FROM_P3)


def test_a_profile_for_other_pixels_is_named_and_not_used(tmp_path):
    path = save(tmp_path / "a.png", dots(), icc_profile=profiles.grey_profile("Gray", 1.0))
    check_unchanged(
        path, dots(), "its colour profile Gray is for GRAY, not for RGB, and was not used"
    )


@pytest.mark.parametrize(
    ("array", "chunks", "name"),
    [
        (linear, [gamma(1)], "gAMA"),
        (linear, [gamma(1), SRGB_PRIMARIES], "gAMA and cHRM"),
        (p3, [P3_PRIMARIES], "cHRM"),
        (p3, [chunk(b"cICP", bytes([12, 13, 0, 1]))], "cICP 12/13"),
        # One counts: cICP, then iCCP, then sRGB, then the others.
        (p3, [chunk(b"cICP", bytes([12, 13, 0, 1])), profile(LINEAR), gamma(1)], "cICP 12/13"),
        (p3, [profile(P3), gamma(1), SRGB_PRIMARIES], "Display P3"),
        (p3, [gamma(1), profile(P3)], "Display P3"),
    ],
)
def test_the_chunks_of_a_png_are_followed(tmp_path, array, chunks, name):
    wanted = colours()
    if array is linear:
        wanted = np.round(255 * profiles.coded(linear() / 255)).astype(int)
    check(
        save_png(tmp_path / "a.png", array(), *chunks),
        wanted,
        f"colours converted from {name} to sRGB",
    )


@pytest.mark.parametrize(
    "chunks",
    [
        [INTENT],
        [INTENT, gamma(1), P3_PRIMARIES],
        [gamma(0.45455)],
        [gamma(0.45455), SRGB_PRIMARIES],
        [SRGB_PRIMARIES],
        [profile(SRGB), gamma(1)],
        [chunk(b"cICP", bytes([1, 13, 0, 1])), profile(LINEAR)],
    ],
)
def test_chunks_that_say_srgb_change_nothing(tmp_path, chunks):
    check_unchanged(save_png(tmp_path / "a.png", dots(), *chunks), dots())


@pytest.mark.parametrize(
    ("chunks", "note"),
    [
        ([gamma(0)], "its gAMA chunk is damaged and was not used"),
        ([gamma(1000)], "its gAMA chunk is damaged and was not used"),
        ([primaries(*8 * [0])], "its cHRM chunk is damaged and was not used"),
        ([primaries(*8 * [0.3])], "its cHRM chunk is damaged and was not used"),
        (
            [chunk(b"cICP", bytes([9, 16, 0, 1]))],
            "its cICP chunk names colours that are not supported, and was not used",
        ),
        ([profile(b"nonsense"), INTENT, gamma(1)], DAMAGED),
    ],
)
def test_chunks_that_mean_nothing_are_named_and_not_used(tmp_path, chunks, note):
    check_unchanged(save_png(tmp_path / "a.png", dots(), *chunks), dots(), note)


def test_cameras_name_adobe_rgb_in_exif(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    path = save(tmp_path / "a.webp", adobe(), exif=exif, lossless=True)
    check(path, colours(), "colours converted from Adobe RGB (by its EXIF) to sRGB")
    exif.get_ifd(0x8769)[0xA005] = {1: "R98"}  # sRGB
    check_unchanged(save(tmp_path / "b.webp", dots(), exif=exif, lossless=True), dots())


def test_a_crop_is_converted_like_the_whole(tmp_path):
    path = str(save(tmp_path / "a.png", p3(), icc_profile=P3))
    whole, part = load_picture(path), load_picture(path, crop=[3, 5, 20, 30])
    assert torch.equal(part.pixels, whole.pixels[..., 3:23, 5:35])
