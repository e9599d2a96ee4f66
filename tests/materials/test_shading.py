"""A lit picture of a material, on cases whose light is known."""

import math

import pytest
import torch

from texturenet.materials import shading
from texturenet.materials.normals import normal_of
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


def test_a_lamp_at_an_angle_gives_its_cosine(dark):
    maps = flat(colour=0.3, roughness=1.0)
    above, aslant = (linear(lit(maps, 8, (0.0, e), "plane")).mean().item() for e in (90.0, 30.0))
    assert aslant / above == pytest.approx(math.sin(math.radians(30)), rel=0.06)


def test_what_is_metal_has_no_diffuse_light(dark):
    rough = linear(lit(flat(colour=0.3, roughness=1.0, metallic=1.0), 8, ABOVE, "plane"))
    assert rough.mean().item() == pytest.approx(shading.LAMP * 0.3 / 4, rel=1e-3)


def test_no_surface_returns_more_than_an_even_sky_sends(monkeypatch):
    """A white furnace."""
    monkeypatch.setattr(shading, "LAMP", 0.0)
    monkeypatch.setattr(shading, "ABOVE", (0.5, 0.5, 0.5))
    monkeypatch.setattr(shading, "BELOW", (0.5, 0.5, 0.5))
    for roughness in (0.0, 0.3, 1.0):
        for metallic in (0.0, 1.0):
            maps = flat(colour=0.79, roughness=roughness, metallic=metallic)
            for shape in ("plane", "ball"):
                assert linear(lit(maps, 64, ABOVE, shape)).max() <= 0.5 * 1.02


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


def test_a_height_alone_gives_slopes():
    line = torch.linspace(0, 1, 32)
    ramp = {"colour": torch.full((3, 32, 32), 0.5), "height": line.expand(1, 32, 32)}
    left, right = (lit(ramp, 32, (azimuth, 30.0), "plane").mean() for azimuth in (180.0, 0.0))
    assert left > right  # it rises to the right, and so faces the left


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
