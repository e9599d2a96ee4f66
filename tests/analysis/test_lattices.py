"""Lattices of pictures that repeat, to fractions of a cycle; none of others."""

import math
from pathlib import Path

import pytest
import torch
from helpers.pictures import periodic, points
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from texturenet.analysis.lattices import Lattice, lattice_of
from texturenet.analysis.regularity import regularity
from texturenet.analysis.spectrum import Spectrum
from texturenet.io.exemplars import load_picture

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def found_in(picture):
    return lattice_of(Spectrum(picture))


def on(lattice, waves, size, cycles=0.3):
    """Whether all waves lie on a lattice, to within so many cycles of a picture of this size."""
    waves = torch.tensor(waves, dtype=torch.float64)
    apart = (lattice.waves(lattice.nearest(waves)) - waves) * torch.tensor(size)
    return bool((apart.norm(dim=1) < cycles).all())


@settings(deadline=None, max_examples=30)
@given(
    some.floats(0.03, 0.09), some.floats(0.03, 0.09), some.floats(0, math.pi),
    some.floats(0.9, math.pi - 0.9), some.integers(0, 99),
)  # fmt: skip
def test_a_lattice_of_any_waves_is_found(one, other, angle, between, seed):
    assume(between < 1.2 or between > 1.4)  # both vectors of a wave would be as good
    basis = [
        (one * math.sin(angle), one * math.cos(angle)),
        (other * math.sin(angle + between), other * math.cos(angle + between)),
    ]
    waves = [wave for wave in points(basis) if math.hypot(*wave) < 0.2]
    found = found_in(periodic(*waves[:12], noise=0.02, seed=seed))
    assert found is not None
    assert on(found, waves[:12], (128, 160))


def test_it_has_no_more_points_than_the_waves_need():
    basis = [(0.0613, 0.0), (0.0, 0.0478)]
    found = found_in(periodic(*points(basis), noise=0.02))
    area = abs(found.basis[0][0] * found.basis[1][1] - found.basis[0][1] * found.basis[1][0])
    assert area == pytest.approx(0.0613 * 0.0478, rel=0.01)


def test_faint_waves_between_strong_ones_make_a_lattice_denser():
    """As of a herringbone bond, whose joints come back twice as often as it does itself."""
    basis = [(0.021, 0.021), (-0.021, 0.021)]
    strong = [wave for wave in points([(0.042, 0.042), (-0.042, 0.042)]) if math.hypot(*wave) < 0.2]
    faint = [wave for wave in points(basis, 3) if math.hypot(*wave) < 0.1]
    size = (256, 256)
    picture = periodic(*strong, size=size, noise=0.02)
    both = picture + 0.15 * (periodic(*faint, size=size) - 0.5)
    assert not on(found_in(picture), basis, size)
    assert on(found_in(both), basis, size)


def test_what_has_only_multiples_has_the_lattice_of_their_difference():
    """Thin joints: fifth, sixth and seventh multiples of 1/40."""
    waves = [(n / 40, 0) for n in (5, 6, 7)] + [(0, n / 40) for n in (5, 6, 7)]
    found = found_in(periodic(*waves, noise=0.01))
    assert sorted(found.basis) == [
        pytest.approx((0, 1 / 40), abs=1e-3),
        pytest.approx((1 / 40, 0), abs=1e-3),
    ]


def test_stripes_that_cross_have_two_waves_though_each_have_many():
    """A tartan: nearly all of its power lies on two lines."""
    line = [n / 64 for n in (2, 3, 5, 7, 8)]
    waves = [(f, 0.0) for f in line] + [(0.0, f) for f in line]
    found = found_in(periodic(*waves, size=(256, 256), noise=0.01))
    assert len(found.basis) == 2
    assert on(found, waves, (256, 256))


def test_stripes_have_one_wave():
    found = found_in(periodic((0.03, 0.04), (0.06, 0.08), noise=0.02))
    assert found.basis == (pytest.approx((0.03, 0.04), abs=1e-3),)
    assert found.longest == found.shortest == pytest.approx(20, rel=0.01)


def test_noise_a_single_colour_and_waves_that_have_nothing_in_common_have_none():
    assert found_in(torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))) is None
    assert found_in(torch.full((1, 3, 64, 64), 0.5)) is None
    angles = [0.17 + 0.41 * number for number in range(7)]
    lengths = [0.0513, 0.0831, 0.1187, 0.0674, 0.1493, 0.0942, 0.1327]
    waves = [(r * math.sin(a), r * math.cos(a)) for r, a in zip(lengths, angles, strict=True)]
    assert found_in(periodic(*waves, noise=0.01)) is None


def test_of_a_larger_picture_they_are_longer():
    lattice = Lattice(((0.1, 0.0), (0.0, 0.05))).enlarged(4)
    assert lattice.basis == ((0.025, 0.0), (0.0, 0.0125))
    assert (lattice.longest, lattice.shortest) == (80, 40)


def test_points_are_all_waves_up_to_a_frequency_once():
    lattice = Lattice(((0.1, 0.0), (0.05, 0.1)))
    waves = lattice.waves(lattice.points(0.21)).tolist()
    assert len(waves) == len({tuple(round(x, 6) for x in wave) for wave in waves})
    assert max(abs(x) for wave in waves for x in wave) <= 0.21
    down = [(m * 0.1 + n * 0.05, n * 0.1) for m in range(-9, 10) for n in range(3)]
    upright = [(a, b) for a, b in down if abs(a) <= 0.21 and (b > 0 or a > 0)]
    assert len(waves) == len(upright)


@pytest.mark.parametrize(
    "basis", [((0.1, 0.0), (0.05, 0.1)), ((0.002, 0.0), (0.0, 0.003)), ((0.01, 0.02),)]
)
def test_up_to_a_frequency_it_has_so_many_waves(basis):
    lattice = Lattice(basis)
    for count in (50, 400):
        assert len(lattice.points(lattice.highest(count))) == pytest.approx(count, rel=0.3)


@pytest.mark.parametrize(
    ("name", "periods"),
    [("weave", (128, 128)), ("redbrick", (22.6, 22.6)), ("knit", (64, 51.2)), ("gravel", None)],
)
def test_exemplars_of_the_project(name, periods):
    found = found_in(load_picture(name, side=256).pixels)
    if periods is None:
        assert found is None
    else:
        assert [1 / math.hypot(*wave) for wave in found.basis] == pytest.approx(periods, abs=0.1)


@pytest.mark.skipif(not SHARED.exists(), reason="no pictures of others")
def test_photographs():
    """A herringbone bond, a plait, a façade and a cloth; stones and leaves have none."""
    for name, rows, columns in [
        ("exemplars/bricks.jpg", (0.0159, -0.0010), (0.0003, 0.0326)),
        ("exemplars/weave.jpg", (0.0, 0.0268), (0.0096, 0.0)),
        ("materials/facade005/facade005_color.jpg", (0.0938, 0.0), (0.0, 0.125)),
        ("materials/fabric_pattern_07/fabric_pattern_07_color.jpg", (0.0313, 0), (0, 0.0469)),
    ]:
        picture = load_picture(str(SHARED / name), side=256).pixels
        assert regularity(picture).regular
        found = torch.tensor(found_in(picture).basis).T
        wanted = torch.tensor([rows, columns])
        # Of either vector of each wave.
        signs = (found * wanted).sum(0).sign()
        torch.testing.assert_close(found * signs, wanted, atol=1e-3, rtol=0, check_dtype=False)
    for name in ("exemplars/stones.jpg", "materials/forest_leaves/forest_leaves_color.png"):
        assert found_in(load_picture(str(SHARED / name), side=256).pixels) is None
