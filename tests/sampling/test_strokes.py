"""Strokes and their files: grain runs along them, and goes over smoothly between."""

import math

import pytest
import torch

from texturenet.errors import Refused
from texturenet.sampling.grain import grain_of, same_upside_down
from texturenet.sampling.stroke_files import strokes_of
from texturenet.sampling.strokes import Stroke, Strokes


def at(course, row, column):
    angles, sizes = course(torch.tensor([row]).double(), torch.tensor([column]).double())
    return float(angles), float(sizes)


def stripes(degrees, side=96):
    """Lines that run so many degrees anticlockwise from the right."""
    turned = math.radians(degrees)
    rows = torch.arange(side).float()[:, None]
    columns = torch.arange(side).float()
    across = rows * math.cos(turned) + columns * math.sin(turned)
    return (0.5 + 0.4 * torch.sin(across / 2)).expand(3, -1, -1)


@pytest.mark.parametrize("degrees", [0, 30, 90, 160])
def test_the_lines_of_a_picture_are_seen(degrees):
    assert abs((grain_of(stripes(degrees)) - degrees + 90) % 180 - 90) < 1


def test_what_is_lit_from_one_side_is_not_the_same_upside_down():
    level = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    assert same_upside_down(level)
    steps = torch.arange(128).float() % 8 / 8  # up slowly, down at once
    assert not same_upside_down((level * 0.2 + steps * 0.8).clamp(0, 1))


def test_along_a_stroke_angles_are_its_own_and_halfway_between_two_the_mean():
    course = Strokes([Stroke([(0, 0), (0, 200)], 20), Stroke([(200, 200), (40, 360)], 20, 0.5)])
    angle, size = at(course, 0, 100)
    assert abs(angle) < 1
    assert abs(size) < 0.01
    angle, size = at(course, 120, 280)
    assert abs(angle - 45) < 1
    assert abs(size - 0.5) < 0.01
    angle, _ = at(Strokes([Stroke([(0, 0), (0, 200)]), Stroke([(200, 0), (180, 200)])]), 95, 100)
    assert 1 < angle < 5


def test_a_course_is_a_function_of_place():
    course = Strokes([Stroke([(0, 0), (90, 80), (10, 200)], 30)], origin=(5, 7))
    rows, columns = torch.arange(-20.0, 120).double(), torch.arange(0.0, 150).double()
    whole = course(rows, columns)[0]
    part = course(rows[33:50], columns[61:90])[0]
    assert torch.allclose(whole[33:50, 61:90], part, atol=1e-9)


def test_places_far_apart_cost_no_more_than_places_beside_each_other(monkeypatch):
    course = Strokes([Stroke([(0, 0), (90, 80), (10, 200)], 30)])
    places = torch.tensor([0.0, 5, 2**30, 2**30 + 3]).double()
    computed = []
    at_lattice = Strokes._at
    monkeypatch.setattr(
        Strokes, "_at", lambda self, *lines: computed.append(lines) or at_lattice(self, *lines)
    )
    angles, sizes = course(places, places)
    assert [len(line) for line in computed[0]] == [4, 4]
    for row in range(4):
        one = course(places[row : row + 1], places)
        assert torch.allclose(angles[row], one[0][0], atol=1e-9)
        assert torch.allclose(sizes[row], one[1][0], atol=1e-9)


def test_json_and_svg_say_the_same_line():
    text = '{"strokes": [{"points": [[10, 20], [30, 60]], "width": 12}]}'
    (one,) = strokes_of(text, "a.json")
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><{} stroke-width="12"/></svg>'
    for shape in (
        'line x1="20" y1="10" x2="60" y2="30"',
        'polyline points="20,10 60,30"',
        'path d="M20 10L60 30"',
        'path d="m20,10l40,20"',
    ):
        (other,) = strokes_of(svg.format(shape), "a.svg")
        assert list(map(tuple, other.points)) == list(map(tuple, one.points))
        assert other.width == one.width == 12


def test_a_width_may_be_a_part_of_a_style_and_a_view_box_that_of_pixels():
    text = '<svg width="90px" height="100%" viewBox="0 0 90 60"><path {} d="M0 0L1 1"/></svg>'
    for words, width in (
        ('stroke-width="9px"', 9), ('style="fill:none;stroke-width: 7"', 7), ("", 64),
    ):  # fmt: skip
        assert strokes_of(text.format(words), "a.svg")[0].width == width


def test_paths_have_curves_and_several_lines():
    path = '<svg><path d="M0 0 H10 V10 Q 20 10 20 20 C20 30 30 30 30 40 Z M50 50 l1 1 1 1"/></svg>'
    first, second = strokes_of(path, "a.svg")
    assert first.points[:3] == [(0, 0), (0, 10), (10, 10)]
    assert (20.0, 20.0) in first.points
    assert (40.0, 30.0) in first.points
    assert first.points[-1] == (0, 0)
    assert second.points == [(50, 50), (51, 51), (52, 52)]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[]", "a.json", "no list"),
        ("{", "a.json", "no file of strokes"),
        ('{"strokes": [{"points": [[0, 0]]}]}', "a.json", "two points"),
        ('{"strokes": [{"points": [[0, 0], [NaN, 1]]}]}', "a.json", "not finite"),
        ('{"strokes": [{"points": [[0, 0], [1, 1]], "width": 0}]}', "a.json", "0 wide"),
        ('{"strokes": [{"points": [[0, 0], [1, 1]], "colour": 0}]}', "a.json", "no 'colour'"),
        ("<svg></svg>", "a.svg", "no line"),
        ("<svg", "a.svg", "no file of strokes"),
        ('<!DOCTYPE svg><svg><path d="M0 0L1 1"/></svg>', "a.svg", "document type"),
        ('<svg><path transform="scale(2)" d="M0 0L1 1"/></svg>', "a.svg", "transform"),
        ('<svg><path d="M0 0A1 1 0 0 0 2 2"/></svg>', "a.svg", "command 'A'"),
        ('<svg><path d="M0 0L1"/></svg>', "a.svg", "ends within"),
        ('<svg><path stroke-width="3mm" d="M0 0L1 1"/></svg>', "a.svg", "'3mm': say pixels"),
        ('<svg width="9mm" viewBox="0 0 9 9"><path d="M0 0L1 1"/></svg>', "a.svg", "its viewBox"),
        ('<svg width="90" viewBox="0 0 9 9"><path d="M0 0L1 1"/></svg>', "a.svg", "its viewBox"),
        ('<svg viewBox="5 0 9 9"><path d="M0 0L1 1"/></svg>', "a.svg", "its viewBox"),
        ('{"strokes": [1]}', "a.json", "no file of strokes"),
    ],
)
def test_a_file_that_is_none_is_refused(text, name, said):
    with pytest.raises(Refused, match=said):
        strokes_of(text, name)


def test_strokes_without_pieces_are_refused():
    for strokes in ([], [Stroke([(3, 3), (3, 3)])]):
        with pytest.raises(Refused):
            Strokes(strokes)
    with pytest.raises(Refused, match="4096"):
        Strokes([Stroke([(0, 0), (0, 2**20)], width=1.0)])
