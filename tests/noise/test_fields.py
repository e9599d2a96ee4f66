"""Noise fields: laws on the way between two draws, borders that tiles share, memory."""

import pytest
import torch

from texturenet.generator.architecture import Architecture
from texturenet.noise.fields import Bordered, CachedField, Cells, Mixed, Plane, Turned
from texturenet.noise.laws import REDRESSE, redresse, trapezoid_cdf, turn

LAMBDAS = [0.02, 0.1, 0.25, 0.3, 0.4, 0.5, 0.6, 0.75, 0.98]


def asked(scale=0, side=64, top=0, left=0, cell=1, channels=3):
    return Cells(scale, cell, top, left, side, side, channels, torch.device("cpu"))


def million(seed, law="uniform"):
    return Plane(seed, law)(asked(side=1000, channels=1)).flatten()


def kolmogorov(values):
    """Greatest distance of the empirical distribution function to that of U(0,1)."""
    values = values.double().sort().values
    steps = torch.arange(1, len(values) + 1) / len(values)
    return max((values - steps).abs().max(), (values - steps + 1 / len(values)).abs().max()).item()


@pytest.mark.parametrize("lam", LAMBDAS)
def test_the_mix_of_two_uniforms_loses_variance_and_redresse_returns_it(lam):
    mixed = torch.lerp(million(1), million(2), lam)
    ratio = (mixed.double().var() * 12).item()
    assert ratio == pytest.approx(1 - 2 * lam * (1 - lam), abs=0.005)
    exact = redresse(mixed, lam, "cdf", "uniform")
    assert (exact.double().var() * 12).item() == pytest.approx(1, abs=0.005)
    assert kolmogorov(exact) < 2e-3
    scaled = redresse(mixed, lam, "variance", "uniform")
    assert (scaled.double().var() * 12).item() == pytest.approx(1, abs=0.005)
    assert redresse(mixed, lam, "none", "uniform") is mixed


def test_the_scaled_mix_leaves_the_range_and_the_transported_one_does_not():
    mixed = torch.lerp(million(1), million(2), 0.5)
    assert redresse(mixed, 0.5, "variance", "uniform").min() < 0
    exact = redresse(mixed, 0.5, "cdf", "uniform")
    assert 0 <= exact.min() < exact.max() <= 1


@pytest.mark.parametrize("lam", [0.01, 0.3, 0.5])
def test_the_transport_is_the_distribution_function_of_the_mix(lam):
    """Against the integral of the trapezoid, on a fine grid; and monotone."""
    x = torch.linspace(0, 1, 10_001, dtype=torch.float64)
    height = 1 / (1 - lam)
    density = torch.minimum(torch.minimum(x, 1 - x) / lam, torch.ones_like(x)) * height
    integral = torch.cat([torch.zeros(1), torch.cumulative_trapezoid(density, x)])
    assert (trapezoid_cdf(x, lam) - integral).abs().max() < 1e-6
    assert (trapezoid_cdf(x, lam).diff() >= 0).all()


@pytest.mark.parametrize("how", ["cdf", "variance"])
def test_gaussian_mixes_stay_gaussian(how):
    mixed = torch.lerp(million(1, "gaussian"), million(2, "gaussian"), 0.3)
    found = redresse(mixed, 0.3, how, "gaussian")
    assert kolmogorov(torch.special.ndtr(found.double())) < 2e-3


def test_redresse_does_nothing_at_the_ends_and_refuses_unknown_ways():
    values = million(1)
    for lam in (0.0, 1.0):
        for how in REDRESSE:
            assert redresse(values, lam, how, "uniform") is values
    with pytest.raises(ValueError, match="none of"):
        redresse(values, 0.5, "magic", "uniform")


@pytest.mark.parametrize("angle", [0.0, 0.3, 0.7854, 1.5, 3.0])
def test_a_turn_keeps_the_law_exactly(angle):
    first, second = million(1, "gaussian"), million(2, "gaussian")
    assert kolmogorov(turn(first, second, angle, "uniform")) < 2e-3
    assert turn(first, second, angle, "gaussian").std().item() == pytest.approx(1, abs=3e-3)


def test_a_turn_begins_at_the_still_noise_and_comes_back():
    first, second = million(1, "gaussian"), million(2, "gaussian")
    assert (turn(first, second, 0.0, "uniform") - million(1)).abs().max() < 1e-5
    again = turn(first, second, 2 * torch.pi, "uniform")
    assert (again - million(1)).abs().max() < 1e-5


def test_mixed_passes_through_its_fields_and_closes():
    planes = tuple(Plane(seed, "uniform") for seed in (1, 2, 3))
    for position, seed in ((0, 1), (1.0, 2), (2, 3), (3, 1), (7, 2)):
        there = Mixed(planes, (position,), "cdf", "uniform")(asked())
        assert torch.equal(there, Plane(seed, "uniform")(asked()))
    between = Mixed(planes, (2.5,), "none", "uniform")(asked())
    assert torch.allclose(between, (planes[2](asked()) + planes[0](asked())) / 2)


def test_rates_move_every_scale_by_itself():
    planes = Plane(1, "uniform"), Plane(2, "uniform")
    mixed = Mixed(planes, (0.0, 0.5), "cdf", "uniform")
    assert torch.equal(mixed(asked(0)), planes[0](asked(0)))
    assert not torch.equal(mixed(asked(1)), planes[0](asked(1)))
    turned = Turned(Plane(1, "gaussian"), Plane(2, "gaussian"), (0.0, 1.0), "uniform")
    assert torch.allclose(turned(asked(0)), planes[0](asked(0)), atol=1e-5)
    assert not torch.allclose(turned(asked(1)), planes[0](asked(1)), atol=0.1)


def test_a_bordered_plane_has_both_where_they_belong():
    inside, border = Plane(1, "uniform", (64, 64)), Plane(2, "uniform", (64, 64))
    both = Bordered(inside, border, (3,))(asked(side=64))
    assert torch.equal(both[..., 3:-3, 3:-3], inside(asked(side=64))[..., 3:-3, 3:-3])
    for edge in (slice(0, 3), slice(-3, None)):
        assert torch.equal(both[..., edge, :], border(asked(side=64))[..., edge, :])
        assert torch.equal(both[..., edge], border(asked(side=64))[..., edge])


def test_a_plane_periodic_one_way_shares_its_border_that_way_only():
    inside, border = Plane(1, "uniform", (None, 64)), Plane(2, "uniform", (None, 64))
    both = Bordered(inside, border, (3,))(asked(side=64))
    assert torch.equal(both[..., 3:-3], inside(asked(side=64))[..., 3:-3])
    assert torch.equal(both[..., :3], border(asked(side=64))[..., :3])


@pytest.mark.parametrize("scales", range(1, 8))
def test_reach_is_what_a_period_reads_beyond_itself(scales):
    side = 2 ** (scales - 1) * 5
    shape = Architecture.growing(scales, 2, 3)
    halo = shape.halo_cells()
    for scale, span in enumerate(shape.spans(0, side)):
        cells = side // 2 ** (scales - 1 - scale)
        assert -span.start <= halo[scale]
        assert span.start + span.length - cells <= halo[scale]


def test_kept_noise_is_drawn_once_while_there_is_room():
    class Counted:
        calls = 0

        def __call__(self, cells):
            self.calls += 1
            return Plane(1, "uniform")(cells)

    counted = Counted()
    room = 3 * 64 * 64 * 4
    kept = CachedField(counted, most=room)
    for _ in range(3):
        assert torch.equal(kept(asked()), Plane(1, "uniform")(asked()))
    assert counted.calls == 1
    for _ in range(3):  # no room for a second
        kept(asked(top=5))
    assert counted.calls == 4
