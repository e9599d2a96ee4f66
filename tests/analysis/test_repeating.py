"""Lattices brought to a square on which they close, and the waves of them that a net is told."""

import math

import pytest
import torch
from helpers.pictures import periodic, points, ripples

from texturenet.analysis.lattices import Lattice
from texturenet.analysis.repeating import Repeating, repeating
from texturenet.analysis.waves import lattice, upright
from texturenet.noise.waves import Waves

ODD = [(0.0413, 0.0021), (-0.0017, 0.0571)]  # closes on no small square


def picture(basis, size=(256, 288)):
    waves = [wave for wave in points(basis) if math.hypot(*wave) < 0.2]
    return periodic(*waves, size=size, noise=0.02)


@pytest.mark.parametrize("times", [1, 3])
def test_a_lattice_is_askew_by_a_few_hundredths_at_most(times):
    """Also of a picture that is shrunk to be seen."""
    basis = [(down / times, right / times) for down, right in ODD]
    found = repeating(picture(basis, (256 * times, 288 * times)), 4, 16)
    brought = torch.tensor(found.closed).double() / found.waves.torus
    own = torch.tensor(found.lattice.basis, dtype=torch.float64)
    strain = torch.linalg.solve(own, brought) - torch.eye(2, dtype=torch.float64)
    assert strain.norm() < 0.03
    assert own.det().abs() == pytest.approx(abs(ODD[0][0] * ODD[1][1]) / times**2, rel=0.02)
    assert found.waves.torus % 16 == 0
    assert found.waves.torus <= 2 * 256 * times


def test_one_that_closes_is_kept_as_it_is():
    found = repeating(picture([(3 / 64, 0), (0, 4 / 64)]), 4, 16)
    assert found.waves.torus == 64
    assert {upright(vector) for vector in found.closed} == {(3, 0), (0, 4)}


@pytest.mark.parametrize("count", [2, 4])
def test_the_waves_span_it(count):
    found = repeating(picture(ODD), count, 16)
    assert len(found.waves.vectors) == count
    wanted = lattice([upright(vector) for vector in found.closed])
    assert lattice(list(found.waves.vectors)) == wanted


def test_units_lie_in_rows_along_the_strongest_wave_and_fill_its_lattice():
    """As bricks do that are moved by half from row to row, whose beds are strong."""
    bond = (8, 0), (4, 2), (4, -2), (16, 0), (8, 4), (8, -4)
    found = repeating(ripples(*bond, torus=128, tori=2, noise=0.01), 4, 16)
    waves = found.with_units(3)
    units, cycles = waves.units, 128 / waves.torus
    assert units.channels == 3
    assert tuple(cycles * number for number in units.rows) in {(8, 0), (-8, 0)}
    down, right = (cycles * number for number in units.across)
    assert (abs(down), abs(right)) == (4, 2)
    determinant = found.closed[0][0] * found.closed[1][1] - found.closed[0][1] * found.closed[1][0]
    assert units.area == abs(determinant)
    assert found.with_units(0) == found.waves


@pytest.mark.parametrize("strongest", [(1, 0), (0, 1), (-3, 3), (4, -4), (0, -2), (7, 7)])
@pytest.mark.parametrize("closed", [((3, 0), (0, 4)), ((5, 2), (-1, 7)), ((2, 9), (3, -1))])
def test_any_wave_of_a_lattice_can_say_how_rows_lie(strongest, closed):
    units = Repeating(Waves(2048, closed), Lattice(closed), closed, strongest).with_units(1).units
    (a, b), (c, d) = closed
    along = strongest[0] * a + strongest[1] * c, strongest[0] * b + strongest[1] * d
    assert along[0] * units.rows[1] == along[1] * units.rows[0]
    assert units.area == abs(a * d - b * c)
    assert lattice([units.rows, units.across]) == lattice(list(closed))


def test_units_too_small_to_be_told_are_left_out():
    """And those of what repeats in one direction alone."""
    for closed, strongest in ((((3, 0), (0, 120)), (0, 1)), (((3, 0),), (1, 0))):
        found = Repeating(Waves(256, closed), Lattice(closed), closed, strongest)
        assert found.with_units(2) == found.waves


def test_what_has_no_lattice_has_the_waves_that_fit_a_square_and_a_torus_none_that_are_sought():
    random = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(3))
    assert repeating(random, 4, 16).lattice is None
    found = repeating(picture(ODD, (128, 128)), 4, 16, torus=128)
    assert found.lattice is None
    assert found.waves.torus == 128
