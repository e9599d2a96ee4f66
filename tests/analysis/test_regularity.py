"""Regularity: periods are found where there are some, and nowhere else."""

import pytest
import torch
import torch.nn.functional as F

from texturenet.analysis.regularity import autocorrelation, regularity, similarity_at
from texturenet.io.exemplars import load_picture


def noise(seed, grain=1, side=192):
    torch.manual_seed(seed)
    picture = torch.rand(1, 3, side + grain - 1, side + grain - 1)
    return F.avg_pool2d(picture, grain, 1)


def waves(down, right, side=192):
    """Comes back after so many pixels each way; 0: the same all along."""
    rows, columns = (torch.arange(side).float() for _ in range(2))
    part = [
        torch.cos(2 * torch.pi * x / p) if p else 0 * x for x, p in ((rows, down), (columns, right))
    ]
    grey = 0.5 + 0.2 * part[0][:, None] + 0.2 * part[1]
    return grey.expand(1, 3, -1, -1)


@pytest.mark.parametrize("grain", [1, 3, 9, 21])
@pytest.mark.parametrize("seed", range(3))
def test_random_textures_of_any_grain_are_not_regular(grain, seed):
    found = regularity(noise(seed, grain))
    assert not found.regular
    assert found.strength < 0.4


@pytest.mark.parametrize(("down", "right"), [(24, 0), (0, 17), (12, 12), (20, 30)])
@pytest.mark.parametrize("loud", [0.0, 0.5])
def test_periods_are_found_also_under_noise(down, right, loud):
    found = regularity(waves(down, right) + loud * (noise(0, 3) - 0.5))
    assert found.regular
    rows, columns = found.period
    for length, period in ((rows, down), (abs(columns), right)):
        if period:
            assert min(length % period, -length % period) <= 1


def test_light_from_one_side_is_no_period():
    slope = torch.linspace(0, 1, 192).expand(1, 3, 192, 192)
    assert regularity(slope).strength < 0.1
    lit = noise(1, 3) + 2 * slope
    assert not regularity(lit).regular


def test_the_period_is_the_shortest_and_one_colour_has_none():
    assert regularity(waves(0, 16)).length == pytest.approx(16, abs=1)
    flat = regularity(torch.full((1, 3, 64, 64), 0.5))
    assert (flat.strength, flat.period, flat.length) == (0.0, None, 0.0)


def test_autocorrelation_is_one_at_no_shift_and_that_of_a_wave_elsewhere():
    centre = autocorrelation(waves(0, 16))
    assert centre.shape == (97, 193)
    middle = 96
    assert centre[0, middle] == pytest.approx(1, abs=1e-4)
    assert centre[0, middle + 16] == pytest.approx(1, abs=0.02)
    assert centre[0, middle + 8] == pytest.approx(-1, abs=0.02)
    assert centre[40, middle] == pytest.approx(1, abs=0.02)
    assert autocorrelation(noise(2))[10:, :].abs().max() < 0.2


def test_a_picture_comes_back_at_the_period_of_its_exemplar_or_does_not():
    assert similarity_at(waves(0, 16), (0, 16)) == pytest.approx(1, abs=0.02)
    assert similarity_at(noise(3), (0, 16)) < 0.1
    for period in ((90, 0), (0, 40), (0, -40)):
        assert similarity_at(waves(0, 16, side=20), period) == 0.0  # too small to tell


@pytest.mark.parametrize(("name", "regular"), [
    ("brick", True), ("weave", True), ("gravel", False), ("grass", False), ("ihc", False),
    ("pebbles", False),
])  # fmt: skip
def test_of_the_projects_own_exemplars_brick_and_weave_are_regular(name, regular):
    found = regularity(load_picture(name, side=256).pixels)
    assert found.regular is regular
    # No picture of these lies near the line.
    assert found.evidence > 13 if regular else found.evidence < 7
