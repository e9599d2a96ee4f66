"""Normals, slopes and heights."""

import math

import pytest
import torch

from texturenet.errors import Refused
from texturenet.materials import normals


def hills(side: int = 64, periods: tuple[int, int] = (2, 3)) -> torch.Tensor:
    """A periodic height (1,H,W)."""
    place = 2 * math.pi * torch.arange(side) / side
    return (3 * torch.sin(periods[0] * place)[:, None] * torch.cos(periods[1] * place))[None]


def slopes(height: torch.Tensor) -> torch.Tensor:
    """(2,H,W) by central differences of a height that repeats."""
    plane = height[0]
    across = (plane.roll(-1, 1) - plane.roll(1, 1)) / 2
    return torch.stack([across, (plane.roll(-1, 0) - plane.roll(1, 0)) / 2])


def test_a_slope_up_to_the_right_leans_to_the_left():
    normal = normals.normal_of(torch.stack([torch.ones(2, 2), torch.zeros(2, 2)]))
    assert normal[:, 0, 0].tolist() == pytest.approx([-(0.5**0.5), 0, 0.5**0.5])


def test_a_slope_that_rises_downwards_leans_up():
    normal = normals.normal_of(torch.stack([torch.zeros(2, 2), torch.ones(2, 2)]))
    assert normal[:, 0, 0].tolist() == pytest.approx([0, 0.5**0.5, 0.5**0.5])


def test_slopes_and_normals_are_the_same_thing():
    given = 4 * torch.randn(2, 9, 9, generator=torch.Generator().manual_seed(0))
    normal = normals.normal_of(given)
    assert normal.norm(dim=0).sub(1).abs().max() < 1e-6
    assert (normal[2] > 0).all()
    torch.testing.assert_close(normals.slopes_of(normal), given, rtol=1e-4, atol=1e-4)


def test_lengths_of_coded_normals_are_mended():
    normal = normals.normal_of(slopes(hills()))
    short = normals.coded(0.7 * normal)
    assert (normals.decoded(short, "x") - normal).abs().max() < 1e-5


def test_normals_that_look_into_the_surface_are_laid_flat():
    vectors = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1).expand(3, 10, 10).clone()
    vectors[:, 0, 0] = torch.tensor([0.6, 0.0, -0.8])
    found = normals.decoded(normals.coded(vectors), "x")
    assert normals.slopes_of(found)[:, 0, 0].tolist() == pytest.approx([-normals.STEEPEST, 0])


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_grey_picture_is_no_normal_map(value):
    with pytest.raises(Refused, match=r"rough\.png is no normal map"):
        normals.decoded(torch.full((3, 8, 8), value), "rough.png")


def test_the_height_says_the_convention():
    height = hills()
    normal = normals.normal_of(slopes(height))
    assert normals.convention_of(normal, height).name == "opengl"
    found = normals.convention_of(normals.flipped(normal), height)
    assert (found.name, found.sure) == ("directx", True)


def test_the_curl_says_the_convention_without_a_height():
    normal = normals.normal_of(slopes(hills()))
    assert normals.convention_of(normal, None).name == "opengl"
    found = normals.convention_of(normals.flipped(normal), None)
    assert (found.name, found.sure) == ("directx", True)


def test_ribs_do_not_say_the_convention():
    ribs = hills(periods=(2, 0))
    assert not normals.convention_of(normals.normal_of(slopes(ribs)), None).sure


def test_slopes_of_a_height_are_free_of_curl_and_noise_is_not():
    assert normals.curl(slopes(hills())) < 1e-9
    noise = torch.randn(2, 64, 64, generator=torch.Generator().manual_seed(0))
    assert 0.3 < normals.curl(noise) < 0.7


def test_slopes_agree_with_their_height_and_not_with_its_opposite():
    height = hills()
    own, opposite = (normals.agreement(slopes(height), one) for one in (height, -height))
    assert (own.across, own.down, own.worst) == pytest.approx((1, 1, 1))
    assert (opposite.across, opposite.down, opposite.worst) == pytest.approx((-1, -1, -1))
    assert normals.gain_of(5 * slopes(height), height) == pytest.approx(5)


def test_a_periodic_height_is_integrated_from_its_slopes():
    height = hills()
    found = normals.integrated(slopes(height), periodic=True)
    assert (found - height).abs().max() < 1e-4


def test_a_height_is_integrated_though_its_borders_do_not_agree():
    place = torch.linspace(-1, 1, 80)
    height = (10 * (place[:, None] + 0.5) ** 2 - 6 * place**3)[None]
    across, down = torch.gradient(height[0], dim=(1, 0))
    found = normals.integrated(torch.stack([across, down]))
    inside = (found - height)[0, 8:-8, 8:-8]
    assert (inside - inside.mean()).abs().max() < 0.02 * (height.max() - height.min())


def ribs(axis: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Slopes (2,H,W) and a height (1,H,W), both as 8 bits have them, of ribs whose relief lies
    along an axis: 1 is across, 2 is down."""
    line = torch.arange(96.0) / 96
    wave = 0.5 + 0.4 * (2 * math.pi * 6 * line).sin()
    height = (wave.expand(96, 96) if axis == 1 else wave[:, None].expand(96, 96))[None]
    random = torch.Generator().manual_seed(axis)
    noisy = height + 0.002 * torch.randn(height.shape, generator=random)
    coded = normals.coded(normals.normal_of(10 * slopes(height)))
    coded += 0.002 * torch.randn(coded.shape, generator=random)
    vectors = normals.decoded((coded * 255).round() / 255, "ribs")
    return normals.slopes_of(vectors), (noisy * 255).round() / 255


@pytest.mark.parametrize("axis", [1, 2])
def test_an_axis_without_relief_says_nothing(axis):
    own, height = ribs(axis)
    found = normals.agreement(own, height)
    assert abs((found.down, found.across)[axis - 1]) < 0.2
    assert found.worst > 0.9
    assert normals.agreement(own, -height).worst < -0.9


@pytest.mark.parametrize("axis", [1, 2])
def test_swapped_axes_of_ribs_are_found(axis):
    own, height = ribs(axis)
    assert not normals.agreement(own.flip(0), height).theirs


def test_a_sign_that_is_turned_is_found_where_one_axis_has_most_of_the_relief():
    height = hills() + 4 * hills(periods=(3, 0)).transpose(1, 2)
    own = slopes(height)
    turned = own * torch.tensor([1.0, -1.0]).view(2, 1, 1)
    found = normals.agreement(turned, height)
    assert found.together > 0.5
    assert not found.theirs


@pytest.mark.parametrize("y", ["opengl", "directx"])
def test_a_height_says_the_convention_of_ribs_across(y):
    own, height = ribs(2)
    normal = normals.normal_of(own)
    found = normals.convention_of(normal if y == "opengl" else normals.flipped(normal), height)
    assert (found.name, found.sure) == (y, True)
