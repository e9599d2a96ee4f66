"""Numbers of the units of a lattice: one for each brick."""

import math

import pytest
import torch
from helpers.units import lattices
from hypothesis import given
from hypothesis import strategies as st

from texturenet.errors import Refused
from texturenet.noise.units import Pictures, Units
from texturenet.noise.waves import Waves

TORUS, CELL = 128, 4
BOND = Units(rows=(8, 0), across=(-4, -2), channels=2)  # bricks of 64 by 16 pixels, moved by half
SKEW = Units(rows=(3, 5), across=(7, -2), channels=3)


def drawn(units, top=0, left=0, rows=32, columns=32, seed=1, period=(None, None), shift=None):
    """(C,h,w) of cells of CELL pixels."""
    waves = Waves(TORUS, ((0, 1),), units)
    whose = waves.pictures([seed], period=period)
    if shift is not None:
        whose = whose._replace(shifts=torch.tensor([shift]))
    line = torch.arange(top, top + rows), torch.arange(left, left + columns)
    return waves.beside(*line, CELL, whose)[0, 2:]


def test_bricks_lie_in_rows_moved_by_half():
    first = drawn(BOND, shift=(0, 0))[0]
    for row in range(0, 32, 4):
        course = first[row : row + 4]
        assert (course == course[0]).all()
        ends = (course[0].diff() != 0).nonzero().flatten().tolist()
        assert len(ends) in (1, 2)
        assert len({end % 16 for end in ends}) == 1
    one, next_ = ((first[row].diff() != 0).nonzero()[0].item() for row in (0, 4))
    assert abs(one - next_) == 8


@given(lattices)
def test_a_torus_has_as_many_units_as_its_lattice_and_all_are_alike(pair):
    """To whole cells: along its border a unit has a few more or less."""
    units = Units(*pair, 1)
    found, sizes = drawn(units, period=(TORUS, TORUS))[0].unique(return_counts=True)
    even = (TORUS / CELL) ** 2 / units.area
    if even >= 9:  # each has a cell then, whatever its shape
        assert len(found) == units.area
        assert (sizes - even).abs().max() <= 4 * math.sqrt(even) + 4


@given(
    lattices, st.integers(-(2**33), 2**33), st.integers(-(2**33), 2**33), st.integers(0, 2**64 - 1)
)
def test_windows_show_the_same(pair, down, right, seed):
    units = Units(*pair, 2)
    whole = drawn(units, down, right, 12, 10, seed)
    part = drawn(units, down + 3, right + 5, 6, 4, seed)
    assert torch.equal(whole[:, 3:9, 5:9], part)


@given(lattices, st.integers(-90, 90), st.integers(-90, 90))
def test_a_tile_comes_back(pair, down, right):
    units, period = Units(*pair, 1), (2 * TORUS, TORUS)
    tile = drawn(units, 0, 0, 64, 32, period=period)[0]
    part = drawn(units, down, right, 9, 8, period=period)[0]
    rows, columns = torch.arange(down, down + 9) % 64, torch.arange(right, right + 8) % 32
    assert torch.equal(tile[rows][:, columns], part)


def test_a_tile_is_as_the_plane_but_where_units_lie_across_its_border():
    plane, tile = drawn(SKEW)[0], drawn(SKEW, period=(TORUS, TORUS))[0]
    inside = slice(8, 24)
    assert torch.equal(plane[inside, inside], tile[inside, inside])
    assert not torch.equal(plane, tile)


def test_a_seed_moves_them_as_it_moves_the_waves():
    still, moved = drawn(BOND, shift=(0, 0)), drawn(BOND, shift=(8, 12))
    edges = [(one[0].diff(dim=1) != 0).float() for one in (still, moved)]
    assert torch.equal(edges[0][2:, 3:], edges[1][:-2, :-3])


def test_numbers_are_even_and_have_nothing_to_do_with_their_neighbours():
    many = torch.stack([drawn(BOND, shift=(0, 0), seed=seed)[:, ::4, :] for seed in range(200)])
    numbers = many[..., 4::16]
    assert numbers.min() > 0
    assert numbers.max() < 1
    assert numbers.mean() == pytest.approx(0.5, abs=0.02)
    assert numbers.std() == pytest.approx(1 / math.sqrt(12), abs=0.01)
    # of two bricks beside each other, of two numbers of one, of two rows
    for one, other in (
        (many[..., 4], many[..., 20]),
        (many[:, 0], many[:, 1]),
        (many[:, :, 0], many[:, :, 2]),
    ):
        assert abs(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1]) < 0.1


def test_cells_that_are_large_beside_units_are_told_nothing():
    waves = Waves(TORUS, ((0, 1),), BOND)
    line = torch.arange(8)
    for cell, told in ((1, True), (2, True), (4, True), (8, False)):
        beside = waves.beside(line, line, cell, waves.pictures([1]))
        assert beside.shape == (1, 4, 8, 8)
        assert (beside[:, 2:] != 0.5).any() == told


def test_pictures_of_a_batch_are_those_of_their_seeds():
    waves, line = Waves(TORUS, ((0, 1),), BOND), torch.arange(20)
    both = waves.beside(line, line, CELL, waves.pictures([3, 2**64 - 1]))
    for one, seed in zip(both, (3, 2**64 - 1), strict=True):
        alone = waves.beside(line, line, CELL, waves.pictures([seed]))
        assert torch.equal(one, alone[0])


@given(lattices, st.integers(-(2**40), 2**40), st.integers(-300, 300), st.booleans())
def test_units_drawn_once_each_are_those_drawn_cell_by_cell(pair, top, left, tile):
    """The first is how a CPU draws, the other how a GPU does."""
    units, sides = Units(*pair, 5), (2 * TORUS, 3 * TORUS) if tile else (None, None)
    whose = Waves(TORUS, ((0, 1),), units).pictures([7, 2**64 - 2], period=sides)
    lines = torch.arange(top, top + 70), torch.arange(left, left + 45)
    once, each = units.at(*lines, CELL, TORUS, whose), torch.empty(2, 5, 70, 45)
    units._draw(whose.seeds, units._middles(*lines, CELL, TORUS, whose.shifts), whose, each)
    assert torch.equal(once, each)


@given(lattices, st.integers(-(2**30), 2**30), st.integers(-300, 300))
def test_units_are_counted_as_they_are_drawn(pair, top, left):
    """Pixels of one number in one row are those that have one number drawn."""
    units, shifts = Units(*pair, 3), torch.tensor([[3, 50]])  # one number alone may come twice
    lines = torch.arange(top, top + 60), torch.arange(left, left + 45)
    whose = Pictures(torch.tensor([[5], [8]]), shifts)
    drawn = units.at(*lines, CELL, TORUS, whose)[0].flatten(1)  # (3,n)
    row, unit = units.counted(*lines, CELL, TORUS, shifts)
    counted = (row - row.min()) * 10**6 + unit - unit.min()
    pairs = torch.stack([drawn.unique(dim=1, return_inverse=True)[1], counted.flatten()])
    many = len(pairs[0].unique())
    assert len(pairs[1].unique()) == many == len(pairs.unique(dim=1).T)


def test_the_period_of_waves_is_one_of_their_units_too():
    alone = Waves(TORUS, ((16, 0), (0, 8)))
    assert alone.periods == (8, 16)
    assert Waves(TORUS, ((16, 0), (0, 8)), Units((8, 0), (0, -2), 1)).periods == (16, 64)


@pytest.mark.parametrize(
    ("rows", "across", "channels"),
    [
        ((8, 0), (0, 2), 1),  # in the other order
        ((8, 0), (4, 0), 1),  # one direction
        ((8, 0), (0, -2), 0),
        ((8, 0), (0, -2), 17),
        ((8, 5), (-3, -2), 1),  # units of one pixel's width, far longer than the torus
        ((8.0, 0), (0, -2), 1),
        ((8, 0), (0, -2), True),
    ],
)
def test_what_cannot_be_is_refused(rows, across, channels):
    with pytest.raises(Refused, match="units"):
        Units(rows, across, channels)


def test_units_that_no_cell_could_have_are_refused():
    with pytest.raises(Refused, match="smaller than cells"):
        Waves(TORUS, ((0, 1),), Units((52, 0), (0, -2), 1))
