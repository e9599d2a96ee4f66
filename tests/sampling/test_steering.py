"""Textures that follow a field: told to their net, or by turned pieces of their plane."""

import itertools
import math

import pytest
import torch
from helpers.nets import random_net, texture
from helpers.steering import BOTH, slanting, steerable

from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.noise.steering import Steering
from texturenet.sampling.courses import Called, Even, Painted, painted
from texturenet.sampling.steering import Steered, Warped, steered
from texturenet.sampling.strokes import Stroke, Strokes

WAVES = {"torus": 32, "vectors": [[0, 2], [3, -1]]}


def plain(folder):
    """A net without steer -> its path."""
    return str(
        release.save(folder / "dots.safetensors", random_net(3), {"name": "dots", "law": "uniform"})
    )


@pytest.mark.parametrize("make", [steerable, plain], ids=["told", "warped"])
def test_windows_of_a_field_agree(tmp_path, make):
    followed = steered(str(make(tmp_path)), slanting)
    whole = followed.render(150, 170, 1, (-40, 900))
    for height, width, top, left in ((40, 30, -40, 900), (61, 50, 37, 951)):
        part = followed.render(height, width, 1, (top, left))
        down, right = top + 40, left - 900
        inside = whole[:, down : down + height, right : right + width]
        assert (part - inside).abs().max() < 2e-5


def test_a_net_that_is_told_draws_other_pictures_at_other_angles_and_sizes(tmp_path):
    path = str(steerable(tmp_path))
    made = [steered(path, field).render(32, 32) for field in ((0, 0), (30, 0), (30, 0.3))]
    assert min((a - b).abs().max() for a, b in itertools.pairwise(made)) > 1e-3
    # Half a turn is none, where lines have no head and tail.
    assert torch.allclose(steered(path, (210, 0)).render(32, 32), made[1], atol=1e-5)


@pytest.mark.parametrize("tile", ["x", "y", "xy"])
def test_a_tile_repeats_its_field_with_it(tmp_path, tile):
    followed = steered(str(steerable(tmp_path)), slanting)
    side = 8 * followed.coarsest
    view = followed.view((side, side), 3, (0, 0), tile)
    moved = side * ("y" in tile), side * ("x" in tile)
    here, there = view((side, side), (0, 0)), view((side, side), moved)
    assert (here - there).abs().max() < 1e-5


def test_a_film_of_it_follows_the_field(tmp_path):
    followed = steered(str(steerable(tmp_path)), slanting)
    film = followed.film("interpolate", seconds=0.2, fps=10, size=32, seeds=(3, 4))
    assert torch.allclose(film[0], followed.render(32, 32, 3), atol=1e-6)


def test_what_a_net_cannot_follow_is_said(tmp_path):
    sizes = lambda rows, columns: (0.0, columns / 100)  # noqa: E731
    turned = str(steerable(tmp_path, Steering(1), name="turned"))
    sized = str(steerable(tmp_path, Steering(0, (-1, 1)), name="sized"))
    both = str(steerable(tmp_path))
    (said,) = steered(turned, sizes).remarks((50, 50))
    assert "sizes of the field do nothing" in said
    (said,) = steered(sized, (10, 0.5)).remarks((50, 50))
    assert "angles of the field do nothing" in said
    (said,) = steered(both, sizes).remarks((50, 200))
    assert "1.00 to 3.97" in said
    assert "0.71 to 1.41" in said
    assert not steered(both, (10, 0.25)).remarks((50, 50))
    (said,) = steered(plain(tmp_path), slanting).remarks((300, 300))
    assert "without steer" in said
    assert not steered(plain(tmp_path), (30, 2)).remarks((300, 300))
    (said,) = steered(plain(tmp_path), (30, 3)).remarks((300, 300))
    assert "beyond 0.25 and 4.00 is drawn at these ends" in said


def test_of_large_pictures_some_maps_are_looked_at(tmp_path, monkeypatch):
    followed, charts = steered(plain(tmp_path), slanting), []
    chart_of = Warped.chart
    monkeypatch.setattr(
        Warped, "chart", lambda self, cell: charts.append(cell) or chart_of(self, cell)
    )
    small = followed.distortion((300, 300), (0, 0))
    assert len(charts) == 4 * 4
    charts.clear()
    large = followed.distortion((2**20, 2**20), (0, 0))
    assert len(charts) == 17 * 17
    assert charts[0] == (-1, -1)  # the cells that are joined to the first and the last
    assert charts[-1] == (2**13, 2**13)
    assert large.size == pytest.approx(small.size)


def test_beyond_the_sizes_learnt_it_draws_their_ends(tmp_path):
    path = str(steerable(tmp_path))
    assert torch.equal(
        steered(path, (0, 3.0)).render(20, 20), steered(path, (0, 0.5)).render(20, 20)
    )


def test_an_even_field_turns_the_plane_as_a_whole():
    dots = texture(3)
    turned = Warped(dots.net, dots.card, Even(90.0))
    # A quarter of a turn, anticlockwise about the origin: row, column -> column, -row.
    inside = dots.render(30, 40, 1, (5, -20))
    around = turned.render(40, 30, 1, (-19, 5))
    assert torch.allclose(around, torch.rot90(inside, 1, (1, 2)), atol=1e-4)


def test_twice_the_size_is_every_second_pixel_of_the_plane_beside_those_between():
    dots = texture(3)
    large = Warped(dots.net, dots.card, Even(0.0, 1.0))
    assert torch.allclose(large.render(20, 20)[:, ::2, ::2], dots.render(10, 10), atol=1e-4)


def test_maps_of_a_warp_are_conformal_and_bend_as_the_course_does():
    dots = texture(3)
    bending = Called(lambda rows, columns: (columns / 10, 0.0))
    chart = Warped(dots.net, dots.card, bending).chart((0, 0))
    row, column = chart.middle
    for offset in (0.0, 20.0):
        places = chart.at(
            torch.tensor([row, row - 0.01]).double(),
            torch.tensor([column, column + 0.01]).double() + offset,
        )
        right, up = places[0, 1] - places[0, 0], places[1, 0] - places[0, 0]
        assert abs(up / right - 1j) < 1e-4
        angle = math.degrees(-torch.angle(right).item())
        assert abs(angle - (column + offset) / 10) < 0.05


def test_joints_keep_the_contrast_of_the_plane():
    dots = texture(4, step=4)
    followed = Warped(dots.net, dots.card, Called(slanting))
    window = followed.view((512, 512), 0, (0, 0), "none")((512, 512), (0, 0))[0]
    plane = dots.view((512, 512), 0, (0, 0), "none")((512, 512), (0, 0))[0]
    joint = (torch.arange(512) + 16) % 128 < 32
    ratio = window[:, joint].std() / plane.std()
    assert 0.85 < ratio < 1.1


def test_it_says_where_it_breaks():
    dots = texture(3)
    joints = Warped(dots.net, dots.card, Called(slanting)).joints((200, 200))
    assert joints[60, 60] == 0
    assert joints[60, 127] > 0.9
    assert not Warped(dots.net, dots.card, Even(30.0)).joints((200, 200)).any()


def test_it_says_how_far_sizes_are_off():
    dots = texture(3)
    octave = Warped(dots.net, dots.card, Called(lambda rows, columns: (0.0, columns / 128)))
    assert 1.35 < octave.distortion((128, 128), (0, 0)).size < 1.45  # half an octave at the borders
    assert Warped(dots.net, dots.card, Even(30.0, 1.5)).distortion((128, 128), (-9, 2**38)) == (
        pytest.approx((1, 0), abs=5e-3)
    )


def test_it_says_whether_waves_meet_at_joints():
    net, card = random_net(3, channels=7), {"name": "dots", "law": "uniform"}
    size = (300, 300)
    followed = Warped(net, card | {"waves": WAVES}, Called(slanting))
    joined, meeting = followed.joints(size) > 0, followed.meeting(size)
    assert (meeting[~joined] == 1).all()
    assert abs(meeting[joined].mean()) < 0.3
    (said,) = followed.remarks(size)
    assert "of them its waves do not meet" in said
    assert Warped(net, card, Called(slanting)).meeting(size) is None


def test_waves_meet_where_maps_are_whole_periods_apart():
    # Columns beyond 128 are drawn at half the size: by a map that is x pixels further on at x.
    halved = Called(lambda rows, columns: (0.0, -(columns > 128).double()))
    waves = {"torus": 64, "vectors": [[0, 4]]}  # with a period of 16
    meeting = Warped(random_net(3, channels=5), {"waves": waves}, halved).meeting((40, 256))[0]
    for column, cosine in ((100, 1), (120, -1), (124, 0), (128, 1), (136, -1), (200, 1)):
        assert abs(meeting[column] - cosine) < 1e-3


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda one: one.render(64, 64, tile="xy"), "does not repeat"),
        (lambda one: one.film("displace"), "displace"),
        (lambda one: one.maps(8, 8), "colour alone"),
    ],
)
def test_what_turned_pieces_cannot_do_is_refused(ask, said):
    dots = texture(3)
    with pytest.raises(Refused, match=said):
        ask(Warped(dots.net, dots.card, Even(30.0)))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("north", "say an angle"),
        ((1, math.nan), "finite"),
        (lambda rows, columns: rows, "pair"),
        (lambda rows, columns: (torch.full((7,), 1.0), 0.0), "shape"),
        (lambda rows, columns: (math.nan, 0.0), "NaN"),
    ],
)
def test_what_is_no_field_is_refused(tmp_path, field, said):
    with pytest.raises(Refused, match=said):
        steered(plain(tmp_path), field).render(8, 8)


def test_of_a_picture_red_is_the_angle_and_green_the_size():
    picture = torch.zeros(3, 4, 4)
    picture[0], picture[1] = 0.25, 0.75
    places = torch.arange(4.0).double()
    angles, sizes = painted(picture, (8, 8))(places, places)
    assert torch.allclose(angles, torch.tensor(90.0).double())
    assert torch.allclose(sizes, torch.tensor(1.0).double())
    angles, sizes = painted(picture[:1], (8, 8), turn=180)(places, places)
    assert torch.allclose(angles, torch.tensor(45.0).double())
    assert not sizes.any()


def test_between_two_pixels_angles_take_the_shorter_way():
    angles = torch.tensor([[350.0, 30.0]])
    course = Painted(angles, torch.zeros(1, 2), (1, 2))
    middle = course(torch.tensor([0.0]).double(), torch.tensor([0.5]).double())[0]
    assert abs((float(middle) - 10 + 180) % 360 - 180) < 1e-6


@pytest.mark.parametrize(
    ("value", "turn", "said"),
    [(math.nan, 360, "NaN"), (1.5, 360, "0 to 1"), (0.5, 90, "180 or 360")],
)
def test_a_picture_that_is_no_field_is_refused(value, turn, said):
    with pytest.raises(Refused, match=said):
        painted(torch.full((3, 2, 2), value), (2, 2), turn=turn)


def test_strokes_know_which_way_the_texture_lies(tmp_path):
    path = str(steerable(tmp_path))
    line = Strokes([Stroke([(0, 0), (0, 100)])])
    followed = steered(path, line)
    assert isinstance(followed, Steered)
    assert followed.course.grain != 0
    assert followed.course.turns == BOTH.turns
