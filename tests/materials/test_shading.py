"""A lit picture of a material, on cases whose light is known."""

import math

import pytest
import torch

from texturenet.errors import Refused
from texturenet.materials import shading
from texturenet.materials.normals import flipped, normal_of
from texturenet.materials.shading import lit, turned

ABOVE = (0.0, 90.0)  # the lamp stands over the surface


def flat(side: int = 16, **values: float) -> dict[str, torch.Tensor]:
    """Of one value each; colour in linear light."""
    maps = {kind: torch.full((1, side, side), value) for kind, value in values.items()}
    if "colour" in maps:
        maps["colour"] = shading._display(maps["colour"].expand(3, -1, -1))
    return maps


def linear(picture: torch.Tensor) -> torch.Tensor:
    return shading._linear(picture)


@pytest.fixture
def dark(monkeypatch):
    """No sky."""
    monkeypatch.setattr(shading, "ABOVE", (0.0, 0.0, 0.0))
    monkeypatch.setattr(shading, "BELOW", (0.0, 0.0, 0.0))


def test_a_rough_plane_reflects_its_colour_under_a_lamp_above(dark):
    """Diffuse c (1-F) L and GGX at roughness 1: D = 1/pi, V = 1/4, F = 0.04."""
    picture = lit(flat(colour=0.3, roughness=1.0), 8, ABOVE, "plane")
    expected = shading.LAMP * (0.3 * (1 - 0.04) + 0.04 / 4)
    assert linear(picture).mean().item() == pytest.approx(expected, rel=1e-3)


def test_a_white_plane_returns_what_no_facet_keeps(dark, monkeypatch):
    """Of half a lamp: white is brighter than 0.8 under a whole one, and compressed."""
    monkeypatch.setattr(shading, "LAMP", 0.5)
    white = {"colour": torch.ones(3, 8, 8), "roughness": torch.ones(1, 8, 8)}
    expected = 0.5 * (1 - 0.04 + 0.04 / 4)
    assert linear(lit(white, 8, ABOVE, "plane")).mean().item() == pytest.approx(expected, rel=1e-3)


def test_a_lamp_at_an_angle_gives_its_cosine(dark):
    maps = flat(colour=0.3, roughness=1.0)
    above, aslant = (linear(lit(maps, 8, (0.0, e), "plane")).mean().item() for e in (90.0, 30.0))
    assert aslant / above == pytest.approx(math.sin(math.radians(30)), rel=0.06)


def test_black_paper_shines_by_the_facets_halfway_to_the_lamp(dark):
    """At roughness 1: D = 1/pi, V = 1 / (2 + 2 n.l), F of half the angle to the eye (Schlick)."""
    picture = lit(flat(colour=0.0, roughness=1.0), 8, (0.0, 10.0), "plane")
    n_l, half = math.sin(math.radians(10)), math.cos(math.radians(40))
    expected = shading.LAMP * n_l / (2 + 2 * n_l) * (0.04 + 0.96 * (1 - half) ** 5)
    assert linear(picture).mean().item() == pytest.approx(expected, rel=1e-3)


def test_what_is_metal_has_no_diffuse_light(dark):
    rough = linear(lit(flat(colour=0.3, roughness=1.0, metallic=1.0), 8, ABOVE, "plane"))
    assert rough.mean().item() == pytest.approx(shading.LAMP * 0.3 / 4, rel=1e-3)


@pytest.mark.parametrize("roughness", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("metallic", [0.0, 1.0])
def test_no_white_surface_returns_more_than_an_even_sky_sends(monkeypatch, roughness, metallic):
    """A white furnace."""
    monkeypatch.setattr(shading, "LAMP", 0.0)
    monkeypatch.setattr(shading, "ABOVE", (0.5, 0.5, 0.5))
    monkeypatch.setattr(shading, "BELOW", (0.5, 0.5, 0.5))
    maps = bump() | flat(64, roughness=roughness, metallic=metallic)
    maps["colour"] = torch.ones(3, 64, 64)
    flat_, ball = (linear(lit(maps, 64, ABOVE, shape)) for shape in ("plane", "ball"))
    assert max(flat_.max(), ball.max()) <= 0.5 * 1.001
    assert flat_.min() > (0.5 * 0.999 if metallic == 0 else 0.2)  # facets of metal keep some


def test_occlusion_takes_from_the_sky_alone(dark):
    open_, shut = (
        lit(flat(colour=0.3, occlusion=value), 8, ABOVE, "plane") for value in (1.0, 0.0)
    )
    assert torch.equal(open_, shut)


def test_occlusion_darkens_under_a_sky():
    open_, shut = (
        lit(flat(colour=0.3, occlusion=value), 8, ABOVE, "plane") for value in (1.0, 0.0)
    )
    assert (shut < open_).all()


def bump(side: int = 64) -> dict[str, torch.Tensor]:
    """A dome in the middle."""
    line = torch.linspace(-1, 1, side)
    inside = (1 - 2 * (line.square() + line[:, None].square())).clamp(min=0)
    height = inside.sqrt()
    down, across = torch.gradient(8 * height, dim=(0, 1))
    return flat(side, colour=0.4, roughness=0.8) | {
        "normal": normal_of(torch.stack([across, down]))
    }


@pytest.mark.parametrize(
    ("azimuth", "bright", "dim"),
    [(0, "right", "left"), (90, "top", "bottom"), (180, "left", "right"), (270, "bottom", "top")],
)
def test_the_side_of_the_lamp_is_bright(azimuth, bright, dim):
    picture = lit(bump(), 64, (azimuth, 30.0), "plane").mean(0)
    sides = {
        "left": picture[24:40, 8:24], "right": picture[24:40, 40:56],
        "top": picture[8:24, 24:40], "bottom": picture[40:56, 24:40],
    }  # fmt: skip
    assert sides[bright].mean() > 1.2 * sides[dim].mean()


def test_normals_with_y_down_are_lit_from_the_other_side():
    maps = bump()
    down = maps | {"normal": flipped(maps["normal"])}
    for one, azimuth in ((maps, 90.0), (down, 270.0)):
        picture = lit(one, 64, (azimuth, 30.0), "plane").mean(0)
        assert picture[8:24, 24:40].mean() > 1.2 * picture[40:56, 24:40].mean()


def test_a_turned_lamp_mirrors_a_dome(dark):
    one, other = (lit(bump(), 64, (azimuth, 40.0), "plane") for azimuth in (0.0, 180.0))
    assert (one - other.flip(2)).abs().max() < 1e-4


def test_a_mirror_shows_the_lamp_where_its_normal_lies_halfway(dark):
    maps = flat(64, colour=0.9, roughness=0.1, metallic=1.0)
    side, elevation = 256, 40.0
    picture = lit(maps, side, (0.0, elevation), "ball").sum(0)
    # Between the lamp and the eye, which looks from straight above.
    half = math.radians((90 - elevation) / 2)
    inside = torch.zeros(side, side, dtype=torch.bool)
    inside[32:-32, 32:-32] = True
    row, column = divmod(int((picture * inside).argmax()), side)
    assert row == pytest.approx(side / 2, abs=3)
    assert column == pytest.approx(side / 2 * (1 + 0.92 * math.sin(half)), abs=3)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_tilt_of_all_normals_moves_the_lamp_on_a_mirror_ball(dark, axis):
    """A normal that leans right (or up) faces a lamp above where the ball leans left (or down)."""
    maps, side, lean = flat(64, colour=0.9, roughness=0.1, metallic=1.0), 256, math.radians(20)
    normal = torch.zeros(3, 64, 64)
    normal[axis], normal[2] = math.sin(lean), math.cos(lean)
    picture = lit(maps | {"normal": normal}, side, ABOVE, "ball").sum(0)
    picture[:, :32] = picture[:, -32:] = picture[:32] = picture[-32:] = 0  # the background
    row, column = divmod(int(picture.argmax()), side)
    away = side / 2 * 0.92 * math.sin(lean)
    expected = (side / 2, side / 2 - away) if axis == 0 else (side / 2 + away, side / 2)
    assert (row, column) == pytest.approx(expected, abs=3)


def test_the_rim_of_a_ball_is_smooth(dark):
    black = linear(lit(flat(colour=0.0, roughness=1.0), 64, ABOVE, "ball"))
    assert ((black > 0.03) & (black < 0.15)).float().mean() > 0.005  # between ball and background


def test_a_height_alone_gives_slopes():
    line = torch.linspace(0, 1, 32)
    ramp = {"colour": torch.full((3, 32, 32), 0.5), "height": line.expand(1, 32, 32)}
    left, right = (lit(ramp, 32, (azimuth, 30.0), "plane").mean() for azimuth in (180.0, 0.0))
    assert left > right  # it rises to the right, and so faces the left


def test_a_plane_at_its_own_size_is_the_surface_pixel_for_pixel():
    assert torch.allclose(lit(bump(64), 64, shape="plane"), shading.flat(bump(64)), atol=1e-5)


def test_a_ball_is_the_same_of_maps_with_more_pixels():
    coarse = bump(64)
    fine = {k: v.repeat_interleave(8, 1).repeat_interleave(8, 2) for k, v in coarse.items()}
    one, other = (lit(maps, 64, shape="ball") for maps in (coarse, fine))
    assert (one - other).abs().mean() < 0.005


def test_stripes_too_fine_to_see_are_grey_at_the_rim_of_a_ball():
    stripes = torch.arange(512).remainder(2).float().expand(3, 512, 512)
    ball = lit({"colour": stripes}, 64, ABOVE, "ball")[0, 24:40, 6:14]
    assert (ball[:, 1:] - ball[:, :-1]).abs().max() < 0.1


def test_another_shape_is_refused():
    with pytest.raises(Refused, match="shape='cube' is unknown: say plane, ball or both"):
        lit(flat(colour=0.3), 8, shape="cube")


def test_both_shapes_stand_side_by_side():
    maps = flat(colour=0.3)
    both = lit(maps, 24)
    assert both.shape == (3, 24, 48)
    assert torch.equal(both[..., :24], lit(maps, 24, shape="plane"))
    assert torch.equal(both[..., 24:], lit(maps, 24, shape="ball"))
    assert both.min() >= 0
    assert both.max() <= 1


def test_a_film_of_the_lamp_closes():
    frames = list(turned(bump(), 4, 32, "plane"))
    assert len(frames) == 4
    first = lit(bump(), 32, (shading.LIGHT[0] + 360, shading.LIGHT[1]), "plane")
    assert (frames[0] - first).abs().max() < 1e-3
    assert (frames[0] - frames[2]).abs().max() > 0.05
