"""What repeats in an exemplar: the mean of its cells, also where these wander."""

import math

import pytest
import torch

from texturenet.analysis.harmonics import harmonics_of
from texturenet.analysis.lattices import Lattice, lattice_of
from texturenet.analysis.spectrum import Spectrum
from texturenet.io.exemplars import load_picture
from texturenet.noise.phases import Phases

LATTICE = Lattice(((1 / 25, 0.0), (0.0, 1 / 32)))


def cells(size=(200, 256), wander=0.0):
    """A plane (1,1,h,w) of soft squares on LATTICE, which wander by so many pixels, slowly."""
    rows, columns = torch.meshgrid(*[torch.arange(n) + 0.5 for n in size], indexing="ij")
    moved = wander * torch.sin(2 * math.pi * columns / 400)
    down = torch.sin(2 * math.pi * (rows + moved) / 25)
    right = torch.sin(2 * math.pi * columns / 32)
    return (0.5 + 0.3 * torch.tanh(2 * down) * torch.tanh(2 * right))[None, None]


def drawn(found, lattice, size=(200, 256)):
    places = [torch.arange(length).double()[None] + 0.5 for length in size]
    made = Phases(lattice.waves(found.multiples), *places).drawn(found.amplitudes)
    return made + found.mean[:, None, None]


def test_what_repeats_is_the_whole_of_a_picture_that_does_nothing_else():
    picture = torch.cat([cells(), 1 - 0.5 * cells()], 1)
    found = harmonics_of(picture, LATTICE, 64)
    assert (drawn(found, LATTICE) - picture).abs().mean() < 0.02
    assert (drawn(found, LATTICE) - picture).square().mean() < 0.01 * picture.var()


def test_what_does_not_repeat_is_no_part_of_it():
    random = 0.1 * torch.randn(1, 1, 200, 256, generator=torch.Generator().manual_seed(0))
    found = harmonics_of(cells() + random, LATTICE, 64)
    rest = drawn(found, LATTICE) - cells()
    assert rest.square().mean() < 0.02 * cells().var()


def test_cells_that_wander_are_not_blurred():
    """By up to a fifth of their height: at one place they lie a third of it from where they lie at
    another."""
    still, wandering = cells(), cells(wander=4.0)
    strong = harmonics_of(still, LATTICE, 64).amplitudes.abs().square().sum()
    kept = harmonics_of(wandering, LATTICE, 64).amplitudes.abs().square().sum()
    assert kept > 0.85 * strong
    # Of the third multiple not much is left in the picture as it is.
    every = Phases(
        LATTICE.waves(torch.tensor([[3, 1]])),
        torch.arange(200).double()[None] + 0.5,
        torch.arange(256).double()[None] + 0.5,
    )
    assert every.found(wandering).abs() < 0.7 * every.found(still).abs()


def test_the_strongest_are_kept_as_far_as_they_count():
    found = harmonics_of(cells(), LATTICE, 64)
    assert 4 <= len(found.multiples) <= 128
    power = found.amplitudes.abs().square().sum(0)
    assert (power.diff() <= 0).all()


def test_nothing_repeats_where_the_lattice_is_too_fine_or_the_picture_has_nothing_of_it():
    assert harmonics_of(cells(), Lattice(((0.45, 0.0), (0.0, 0.47))), 64) is None
    random = torch.randn(1, 1, 200, 256, generator=torch.Generator().manual_seed(0))
    found = harmonics_of(random, LATTICE, 64)
    assert found is None or found.amplitudes.abs().square().sum() < 0.03


@pytest.mark.parametrize(("name", "least"), [("redbrick", 0.45), ("knit", 0.75), ("weave", 0.85)])
def test_regular_exemplars_repeat_for_the_most_part(name, least):
    picture = load_picture(name, side=256).pixels
    found = harmonics_of(picture, lattice_of(Spectrum(picture)), 128)
    assert 2 * found.amplitudes.abs().square().sum() > least * picture.var((2, 3)).sum()
