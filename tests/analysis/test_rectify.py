"""Slant, tilt and lens: what Pillow or plain formulas bent comes back, and what is straight stays.

Pictures are bent by other code than the one that mends them.
"""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from texturenet.analysis.directions import tilt_of
from texturenet.analysis.perspective import perspective_of, with_lens
from texturenet.analysis.rectify import (
    between_corners,
    check_corners,
    corners_of,
    frame_of,
    homography,
    largest_frame,
    plain_view,
    rectified,
    size_of,
)
from texturenet.errors import Refused
from texturenet.io.exemplars import load_picture

SIDE = 512
PHOTO = 1536  # pixels a side of what is "photographed": all detail is in it
CORNERS = [(90, 225), (165, 1350), (1395, 1470), (1500, 60)]


def image_of(picture):
    return Image.fromarray((picture[0].permute(1, 2, 0) * 255).round().byte().numpy())


def tensor_of(image):
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None] / 255


def photographed(name, corners, side=PHOTO):
    """An exemplar whose corners lie at these places of a photograph, by Pillow."""
    image = image_of(load_picture(name).pixels)
    large = image.resize((2 * PHOTO, 2 * PHOTO), Image.Resampling.NEAREST)
    ends = [(0, 0), (0, 2 * PHOTO), (2 * PHOTO, 2 * PHOTO), (2 * PHOTO, 0)]
    equations, wanted = [], []
    for (row, column), (down, right) in zip(corners, ends, strict=True):
        equations.append([column, row, 1, 0, 0, 0, -right * column, -right * row])
        equations.append([0, 0, 0, column, row, 1, -down * column, -down * row])
        wanted += [right, down]
    numbers = np.linalg.solve(np.array(equations, float), np.array(wanted, float))
    data = tuple(numbers)
    return tensor_of(
        large.transform((side, side), Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC)
    )


def slanted(name, slope, bulge=0.0):
    """An exemplar as a camera sees it that is turned by a slope: u = x / (1 + slope x), behind a
    lens x -> x (1 + bulge r^2); as large as its edges allow."""
    picture = load_picture(name, side=SIDE).pixels
    line = (torch.arange(SIDE) + 0.5) / SIDE - 0.5
    down, right = torch.meshgrid(line, line, indexing="ij")
    bent, (ideal_down, ideal_right) = (down, right), (down, right)
    for _ in range(50):  # the lens, the other way round
        stretch = 1 + bulge * (ideal_down**2 + ideal_right**2)
        ideal_down, ideal_right = bent[0] / stretch, bent[1] / stretch
    depth = 1 + slope[0] * ideal_down + slope[1] * ideal_right
    plane = torch.stack([ideal_right / depth, ideal_down / depth], -1)
    grid = plane / plane.abs().max().clamp(min=0.5)
    return F.grid_sample(picture, grid[None], "bicubic", align_corners=False).clamp(0, 1)


def turned(name, degrees):
    """An exemplar turned clockwise, without the corners that are empty then."""
    image = image_of(load_picture(name).pixels).rotate(-degrees, Image.Resampling.BICUBIC)
    kept = int(SIDE * 0.8)
    edge = (SIDE - kept) // 2
    return tensor_of(image)[..., edge : edge + kept, edge : edge + kept]


def middle(picture):
    return picture[..., SIDE // 8 : -SIDE // 8, SIDE // 8 : -SIDE // 8]


@pytest.mark.parametrize("name", ["brick", "redbrick", "weave", "pebbles"])
def test_a_slant_is_undone_by_four_corners_to_the_pixel(name):
    """Nothing that is moved by a pixel, anywhere in the middle, is as like the exemplar."""
    photo = photographed(name, CORNERS)
    view, frame = between_corners(CORNERS, (PHOTO, PHOTO))
    mended = rectified(photo, view, frame, (SIDE, SIDE))
    exemplar = load_picture(name).pixels
    apart = (middle(mended) - middle(exemplar)).abs().mean().item()
    assert apart <= 2 / 255
    for way in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        moved = (middle(mended.roll(way, (2, 3))) - middle(exemplar)).abs().mean(1, keepdim=True)
        here = (middle(mended) - middle(exemplar)).abs().mean(1, keepdim=True)
        assert (F.adaptive_avg_pool2d(moved, 3) > 2 * F.adaptive_avg_pool2d(here, 3)).all(), way


def test_a_homography_takes_its_points_to_their_images():
    points = torch.tensor([(0, 0), (0, 3), (2, 3), (2, 0)]).double()
    images = torch.tensor([(1, 1), (0, 4), (5, 5), (3, 0)]).double()
    matrix = homography(points, images)
    found = torch.cat([points, torch.ones(4, 1).double()], 1) @ matrix.T
    assert torch.allclose(found[:, :2] / found[:, 2:], images, atol=1e-12)


def test_the_frame_between_corners_is_as_large_as_its_sides_or_as_it_is_said_to_be():
    corners = [(10, 10), (10, 90), (50, 90), (50, 10)]
    view, frame = between_corners(corners, (100, 200))
    assert size_of(frame, (100, 200)) == (40, 80)
    assert np.allclose(corners_of(view, frame, (100, 200)), corners)
    _, square = between_corners(corners, (100, 200), proportion=1.0)
    assert size_of(square, (100, 200)) == (57, 57)


@pytest.mark.parametrize(("times", "most"), [(2, 1e-5), (3, 1e-5), (8, 0.02), (16, 0.02)])
def test_what_is_shrunk_is_the_mean_of_what_it_covers(times, most):
    picture = load_picture("gravel").pixels[..., :480, :480]
    side = 480 // times
    small = rectified(picture, plain_view(), frame_of((480, 480)), (side, side))
    assert (small - F.avg_pool2d(picture, times)).abs().mean() < most


def test_a_plain_view_changes_nothing():
    picture = load_picture("pebbles").pixels[..., :300, :400]
    size = (300, 400)
    assert largest_frame(plain_view(), size) == pytest.approx(frame_of(size), abs=1e-4)
    again = rectified(picture, plain_view(), frame_of(size), size)
    assert (again - picture).abs().max() < 1e-3


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ([(0, 0), (0, 101), (50, 50), (50, 0)], r"corner \[0,101\] lies outside .* 80x100"),
        ([(-1, 0), (0, 90), (50, 50), (50, 0)], r"corner \[-1,0\] lies outside"),
        ([(0, 0), (0, 0), (50, 50), (50, 0)], "two of the corners are the same"),
        ([(0, 0), (50, 50), (0, 50), (50, 0)], "convex"),
        ([(0, 0), (0, 50), (10, 10), (50, 0)], "convex"),
        ([(0, 0), (0, 50), (0, 90), (50, 0)], "convex"),
        ([(0, 0), (50, 0), (50, 50), (0, 50)], "anticlockwise"),
    ],
)
def test_corners_that_are_none_of_a_rectangle_are_refused(corners, words):
    with pytest.raises(Refused, match=words):
        check_corners(corners, (80, 100))


def test_the_largest_frame_lies_inside_the_photograph():
    seen = perspective_of(slanted("redbrick", (0.3, 0.1)))
    frame = largest_frame(seen.view, (SIDE, SIDE))
    points = np.array(corners_of(seen.view, frame, (SIDE, SIDE)))
    assert points.min() > -0.01
    assert points.max() < SIDE + 0.01
    # Two of them touch its edge at least.
    assert (np.abs(points - points.clip(0.5, SIDE - 0.5)).max(1) > 0).sum() >= 2


SLOPES = [(0.3, 0.1), (-0.15, 0.4), (0.0, -0.2)]


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("name", ["redbrick", "weave", "knit", "scales"])
def test_the_slant_of_a_regular_texture_is_found(name, slope):
    seen = perspective_of(slanted(name, slope))
    assert math.dist(seen.slope, slope) < 0.02
    reach = (abs(slope[0]) + abs(slope[1])) / 2
    assert seen.change == pytest.approx((1 + reach) / (1 - reach) - 1, abs=0.05)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("name", ["redbrick", "knit", "scales"])
def test_a_slant_that_is_mended_is_there_no_more(name, slope):
    photo = slanted(name, slope)
    seen = perspective_of(photo)
    assert seen.found
    frame = largest_frame(seen.view, (SIDE, SIDE))
    mended = rectified(photo, seen.view, frame, size_of(frame, (SIDE, SIDE)))
    after = perspective_of(mended)
    assert not after.found
    assert after.change < 0.06


def test_the_photograph_of_bricks_was_taken_at_a_slant():
    seen = perspective_of(load_picture("brick").pixels)
    assert seen.found
    assert seen.sharper > 5
    assert seen.change == pytest.approx(0.48, abs=0.01)
    assert seen.slope[0] == pytest.approx(0.35, abs=0.03), "what is nearer lies below"


IRREGULAR = ["gravel", "grass", "rust", "leather", "terrazzo", "beads", "leaves", "lichen", "wood"]


@pytest.mark.parametrize("name", ["redbrick", "weave", "knit", "scales", "pebbles", *IRREGULAR])
def test_no_slant_is_found_where_there_is_none(name):
    assert not perspective_of(load_picture(name).pixels).found


@pytest.mark.parametrize("name", IRREGULAR)
def test_nothing_is_made_of_what_an_irregular_texture_cannot_tell(name):
    """Rather none than a wrong one."""
    assert not perspective_of(slanted(name, (0.3, 0.1))).found
    assert with_lens(load_picture(name).pixels, perspective_of(load_picture(name).pixels)) is None


@pytest.mark.parametrize("bulge", [0.2, -0.1, -0.2])
@pytest.mark.parametrize("name", ["redbrick", "scales"])
def test_a_strong_lens_is_found_on_short_periods(name, bulge):
    """0.2 moves the corners of a square by a tenth of their distance from its middle."""
    photo = slanted(name, (0.0, 0.0), bulge)
    lens = with_lens(photo, perspective_of(photo))
    assert lens is not None
    assert lens.bulge == pytest.approx(bulge, abs=0.06)
    frame = largest_frame(lens.view, (SIDE, SIDE))
    mended = rectified(photo, lens.view, frame, size_of(frame, (SIDE, SIDE)))
    assert with_lens(mended, perspective_of(mended)) is None


def test_a_lens_and_a_slant_are_found_together():
    photo = slanted("scales", (0.2, 0.1), -0.2)
    lens = with_lens(photo, perspective_of(photo))
    assert lens is not None
    assert lens.bulge == pytest.approx(-0.2, abs=0.03)
    assert math.dist(lens.slope, (0.2, 0.1)) < 0.02


@pytest.mark.parametrize("name", ["redbrick", "weave", "knit", "scales"])
def test_no_lens_is_found_where_there_is_none(name):
    picture = load_picture(name).pixels
    assert with_lens(picture, perspective_of(picture)) is None


@pytest.mark.parametrize("degrees", [3.0, -3.0, 7.0])
@pytest.mark.parametrize("name", ["redbrick", "weave", "wood", "knit"])
def test_how_far_a_texture_is_turned_is_found(name, degrees):
    tilt = tilt_of(turned(name, degrees))
    assert tilt.found
    assert tilt.upright == pytest.approx(degrees, abs=0.3)
    assert tilt.level == pytest.approx(degrees, abs=0.3)


def test_a_texture_that_is_turned_back_is_straight():
    photo = turned("weave", 3.0)
    size = tuple(photo.shape[-2:])
    view = tilt_of(photo).straightening(plain_view())
    frame = largest_frame(view, size)
    tilt = tilt_of(rectified(photo, view, frame, size_of(frame, size)))
    assert max(abs(tilt.upright), abs(tilt.level)) < 0.2


def test_a_sheared_texture_becomes_square():
    """Level lines stay, upright ones lean."""
    image = image_of(load_picture("weave").pixels)
    lean = math.tan(math.radians(5))
    data = (1, lean, -lean * SIDE / 2, 0, 1, 0)  # right at the top
    leaning = image.transform(image.size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC)
    photo = tensor_of(leaning)[..., 40:-40, 40:-40]
    tilt = tilt_of(photo)
    assert tilt.upright == pytest.approx(5, abs=0.3)
    assert tilt.level == pytest.approx(0, abs=0.2)
    size = tuple(photo.shape[-2:])
    view = tilt.straightening(plain_view())
    frame = largest_frame(view, size)
    after = tilt_of(rectified(photo, view, frame, size_of(frame, size)))
    assert max(abs(after.upright), abs(after.level)) < 0.25


@pytest.mark.parametrize("name", [*IRREGULAR, "pebbles", "redbrick", "weave", "scales"])
def test_no_tilt_is_found_where_there_is_none(name):
    assert not tilt_of(load_picture(name).pixels).found
