"""Films of all maps of a material, and of one of them."""

import pytest
import torch
from helpers.nets import LAYOUT, WAVES, material, texture

from texturenet.errors import Refused
from texturenet.materials import normals
from texturenet.materials.kinds import KINDS

SMALL = {"seconds": 1, "fps": 4, "size": (24, 32), "seeds": (3, 4), "maps": True}
MOVING = ["interpolate", "loop", "pan", "displace"]


def film(kind, stone=None, **more):
    return (stone or material()).film(kind, **SMALL | more)


def alike(one, other, tolerance=3e-6):
    assert list(one) == list(other)
    for kind, values in one.items():
        assert values.shape == other[kind].shape
        assert (values - other[kind]).abs().max() < tolerance, kind


@pytest.mark.parametrize("waves", [None, WAVES])
def test_frames_of_a_pan_are_the_maps_that_lie_there(waves):
    stone = material(waves=waves)
    found = film("pan", stone, origin=(5, -9), path=((0, 0), (-9, 30)))
    for number in range(4):
        place = (5 - 3 * number, -9 + 10 * number)
        alike(found.frame(number), stone.maps(24, 32, 3, place))


def test_a_pan_that_stands_still_shows_the_same_maps():
    found = film("pan", path=((0, 0), (0, 0)))
    for frame in found:
        alike(frame, material().maps(24, 32, 3))


@pytest.mark.parametrize("kind", MOVING)
def test_colour_is_that_of_the_film_of_colour(kind):
    more = {"path": ((0, 0), (1.5, 7.25))} if kind == "pan" else {}
    both = [film(kind, maps=maps, **more) for maps in (True, False)]
    for number in (0, 3):
        assert torch.allclose(both[0][number]["colour"], both[1][number], atol=3e-6)


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("number", [1, 2])
def test_frames_hold_maps_of_every_kind_that_move(kind, number):
    found = film(kind)
    maps = found[number]
    assert list(maps) == list(KINDS)
    for name, values in maps.items():
        assert values.shape == (KINDS[name].channels, 24, 32)
        assert bool((values - found[0][name]).abs().max() > 0) == (name != "metallic"), name
    assert (maps["normal"].norm(dim=0) - 1).abs().max() < 1e-5
    assert (maps["normal"][2] > 0).all()


def test_slopes_go_with_the_height_between_pixels():
    """Where the net adds nothing they are the height's alone, also at half a pixel."""
    stone = material()
    for name in ("output.weight", "output.bias"):
        stone.net.weights()[name][3:5] = 0.5 if name.endswith("bias") else 0.0
        stone.net.weights()[name][5] *= 0.2  # so that nothing is clamped
    stone = type(stone)(stone.net.in_precision(torch.float32), stone.card)
    maps = film("pan", stone, path=((0, 0), (3.5, 7.5)))[1]
    own = normals.slopes_of(maps["normal"])[:, 1:-1, 1:-1]
    height = normals.gradient(maps["height"][0]) * LAYOUT.gain / (LAYOUT.high - LAYOUT.low)
    seen = (own.abs() < 0.99 * LAYOUT.steepest).all(0)
    assert seen.float().mean() > 0.2
    assert (own - height)[:, seen].abs().max() < 1e-3


def test_frames_of_a_tile_repeat_in_every_map():
    tile = film("loop", size=(32, 32), tile="xy")
    moved = film("loop", size=(32, 32), tile="xy", origin=(7, 11))
    for number in (0, 1):
        rolled = {kind: v.roll((-7, -11), (1, 2)) for kind, v in tile[number].items()}
        alike(moved[number], rolled, 5e-6)


def test_every_grain_moves_a_patch_of_all_maps():
    """That of the coarsest scale too, where every cell moves by whole cells."""
    for grain in (1, 2, 4):
        found = film("displace", grain=grain, patch=(8, 8), path=((0, 0), (12, 12)))
        alike(found[0], film("displace", grain=grain, patch=(8, 8), path=((0, 0), (12, 12)))[0])
        colour = film("displace", grain=grain, patch=(8, 8), path=((0, 0), (12, 12)), maps=False)
        assert torch.allclose(found[2]["colour"], colour[2], atol=3e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_one_map_is_shown_as_a_picture(kind):
    frame = film("loop", maps=False, map=kind)[1]
    values = film("loop")[1][kind]
    assert frame.shape == (3, 24, 32)
    wanted = normals.coded(values) if kind == "normal" else values.expand(3, -1, -1)
    assert torch.equal(frame, wanted.clamp(0, 1))


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("loop", {"maps": False, "map": "gloss"}, "there is no map 'gloss'. Known: colour, normal"),
        ("loop", {"maps": False, "map": "roughnes"}, "Did you mean roughness"),
        ("loop", {"map": "normal"}, "maps gives all maps, map=normal one of them"),
        ("loop", {"maps": "normal"}, "maps is 'normal': say true or false"),
        ("light", {}, "maps means nothing to a film of kind light, but to interp"),
        ("light", {"maps": False, "map": "normal"}, "map means nothing to a film of kind light"),
    ],
)
def test_maps_that_there_are_not_are_refused(kind, more, words):
    with pytest.raises(Refused, match=words):
        film(kind, **more)


@pytest.mark.parametrize("more", [{"maps": True}, {"maps": False, "map": "normal"}])
def test_a_texture_of_colour_alone_has_no_film_of_maps(more):
    with pytest.raises(Refused, match="draws colour alone"):
        film("loop", texture(3), **more)
