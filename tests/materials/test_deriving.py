"""Normals out of a height, and a height out of normals."""

import math

import pytest
import torch

from texturenet.errors import Refused
from texturenet.materials import normals
from texturenet.materials.deriving import with_derived
from texturenet.materials.reading import Material

SIDE = 64
DEPTH = 0.08


def hills():
    """(1,SIDE,SIDE) from 0 to 1."""
    place = 2 * math.pi * torch.arange(SIDE) / SIDE
    height = torch.sin(2 * place)[:, None] + torch.cos(3 * place + 0.4)
    return ((height - height.min()) / (height.max() - height.min()))[None]


def material(**maps):
    return Material({"colour": torch.rand(3, SIDE, SIDE), **maps}, ())


def test_normals_of_a_height_have_its_slopes():
    height = hills()
    made = with_derived(material(height=height), "normal", DEPTH)
    assert list(made.maps) == ["colour", "normal", "height"]
    slopes = normals.slopes_of(made.maps["normal"])[:, 1:-1, 1:-1]
    expected = DEPTH * SIDE * normals.gradient(height[0])
    assert torch.allclose(slopes, expected, atol=1e-5)
    assert expected.abs().max() > 0.1


def test_a_height_of_normals_is_the_one_they_came_from():
    height = hills()
    normal = with_derived(material(height=height), "normal", DEPTH).maps["normal"]
    made = with_derived(material(normal=normal), "height", 0.5).maps["height"]
    assert (made.min(), made.max()) == (0, 1)
    assert (made - height).abs().max() < 0.03  # borders have slopes of one side only


def test_there_and_back_the_depth_is_kept():
    normal = with_derived(material(height=hills()), "normal", DEPTH).maps["normal"]
    made = with_derived(material(normal=normal), "height", 0.5)
    gain = normals.gain_of(normals.slopes_of(normal), made.maps["height"])
    assert gain / SIDE == pytest.approx(DEPTH, rel=0.05)


def test_what_is_flat_makes_no_map():
    with pytest.raises(Refused, match="the height map is the same everywhere"):
        with_derived(material(height=torch.full((1, SIDE, SIDE), 0.4)), "normal", DEPTH)


@pytest.mark.parametrize(("kind", "source"), [("normal", "height"), ("height", "normal")])
def test_what_it_is_made_of_has_to_be_there(kind, source):
    with pytest.raises(Refused, match=f"maps.{kind}=from_{source} needs a {source} map"):
        with_derived(material(), kind, DEPTH)
