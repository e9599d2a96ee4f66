"""Spots: found where they are put, of their size, and nowhere else."""

import pytest
import torch

from texturenet.evaluation.spots import STRIDE, largest, spot, spots
from texturenet.io.exemplars import load_picture


@pytest.fixture(scope="module")
def gravel():
    return load_picture("gravel", side=256).pixels[0, :, :256, :256]


def disc(side, row, column, radius):
    line = torch.arange(side)
    return (line[:, None] - row) ** 2 + (line[None] - column) ** 2 < radius**2


def test_an_exemplar_has_no_spots_of_its_own(gravel):
    assert spot(gravel, gravel) == 0
    assert spot(gravel.roll((50, 90), (1, 2)), gravel) < 0.002
    assert spot(gravel[:, :128], gravel[:, 128:]) < 0.01  # another part of it


@pytest.mark.parametrize("value", ["pale", "mean"])
def test_a_smooth_spot_is_found_where_it_is(gravel, value):
    where = disc(256, 100, 150, 20)
    colour = gravel.mean((1, 2)) if value == "mean" else torch.tensor([0.8, 0.8, 0.78])
    spoilt = torch.where(where, colour.view(3, 1, 1), gravel)
    cells = spots(spoilt, gravel)
    inside = disc(256, 100, 150, 14)[::STRIDE, ::STRIDE]
    around = disc(256, 100, 150, 34)[::STRIDE, ::STRIDE]
    assert cells[inside].float().mean() > 0.9
    assert cells[~around].float().mean() < 0.002
    share = where.float().mean().item()
    assert 0.5 * share < spot(spoilt, gravel) < 2.5 * share


def test_the_largest_of_two_counts_alone():
    cells = torch.zeros(20, 30, dtype=torch.bool)
    assert largest(cells) == 0
    cells[2:5, 3:7] = True
    cells[10:12, 3:5] = True
    assert largest(cells) == pytest.approx(12 / 600)
    cells[5:10, 4] = True  # joined
    assert largest(cells) == pytest.approx((12 + 4 + 5) / 600)
    cells[:] = True
    assert largest(cells) == 1
