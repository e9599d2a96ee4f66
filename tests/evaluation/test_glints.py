"""Glints: found where they are put, and in no photograph of the same texture."""

import io

import pytest
import torch
from PIL import Image

from texturenet.evaluation.glints import glint_map, per_million
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import to_bytes

PLACES = [(30, 40), (31, 90), (77, 12), (120, 121), (90, 60)]


@pytest.fixture(scope="module")
def gravel():
    return load_picture("gravel", side=256).pixels[0]


def spoilt(picture, colour):
    """Single pixels of another colour."""
    picture = picture.clone()
    for row, column in PLACES:
        picture[:, row, column] = torch.tensor(colour)
    return picture


def places(found):
    """Rows and columns of the picture, whose outermost pixels a map leaves out."""
    return {(row + 1, column + 1) for row, column in found.nonzero().tolist()}


@pytest.mark.parametrize("name", ["brick", "grass", "gravel", "ihc", "pebbles", "weave"])
def test_another_part_of_a_photograph_has_hardly_any(name):
    picture = load_picture(name).pixels[0]
    half = picture.shape[2] // 2
    left, right = picture[..., :half], picture[..., half:]
    found = [glint_map(left, right), glint_map(right, left)]
    assert per_million(torch.stack(found)) < 20


def test_its_own_highlights_are_none(gravel):
    assert not glint_map(gravel, gravel).any()
    assert not glint_map(gravel[:, 40:160, 60:200], gravel).any()


def test_pixels_brighter_than_all_are_found_and_nothing_else(gravel):
    assert gravel.max() < 0.95
    assert places(glint_map(spoilt(gravel, [1.0] * 3), gravel)) == set(PLACES)


def test_a_margin_passes_and_so_does_what_does_not_stand_out(gravel):
    barely = gravel.max().item() + 1 / 255
    assert not glint_map(gravel.clamp(max=0.9 * barely) * 1.1, gravel).any()
    # A large pale stone is brighter than the exemplar all over, and no speck.
    stone = gravel.clone()
    stone[:, 100:140, 100:140] = 1.0
    assert not glint_map(stone, gravel)[100:138, 100:138].any()


@pytest.mark.parametrize("within", [0.05, 0.9])
def test_what_stands_out_too_much_is_found_within_the_range(within, gravel):
    """Dark pixels on pale stones, bright ones in dark gaps: neither is out of the range."""
    quiet = gravel * 0.2 + (0.8 if within < 0.5 else 0.1) * (1 - 0.2)
    assert places(glint_map(spoilt(quiet, [within] * 3), gravel)) >= set(PLACES)


def test_one_colour_is_enough(gravel):
    tinted = gravel.clone()
    for row, column in PLACES:
        tinted[2, row, column] = 1.0
    assert places(glint_map(tinted, gravel)) == set(PLACES)


def test_rounding_and_jpeg_make_none(gravel):
    file = io.BytesIO()
    Image.fromarray(to_bytes(gravel)).save(file, "JPEG", quality=85)
    pixels = torch.frombuffer(bytearray(Image.open(file).tobytes()), dtype=torch.uint8)
    again = pixels.view(256, 256, 3).permute(2, 0, 1) / 255
    assert per_million(glint_map(again, gravel)) < 20
    assert not glint_map((gravel * 255).round() / 255, gravel).any()


def test_an_exemplar_that_reaches_the_ends_has_glints_that_stand_out_alone():
    """Uniform noise has all values there are, and every relief but the strongest."""
    noise = torch.rand(3, 128, 128, generator=torch.Generator().manual_seed(0))
    smooth = 0.5 + 0.1 * (noise - 0.5)
    black = spoilt(smooth, [0.0] * 3)
    assert not glint_map(black, noise).any()
    assert places(glint_map(black, smooth)) == set(PLACES)


def test_glints_are_counted_in_a_million():
    found = torch.zeros(200, 500, dtype=torch.bool)
    found[3, :7] = True
    assert per_million(found) == pytest.approx(70)
