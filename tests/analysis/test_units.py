"""Where the units of a lattice begin in a picture: at joints, between tiles that differ."""

import pytest
import torch

from texturenet.analysis.lattices import Lattice
from texturenet.analysis.repeating import Repeating
from texturenet.analysis.units import joints_of, on_closed
from texturenet.noise.units import Units
from texturenet.noise.waves import Waves

SIDE = 128
TILED = Waves(SIDE, ((4, 0), (0, 4)), Units((4, 0), (0, -4), 1))  # of 32 pixels
BOND = Waves(SIDE, ((8, 0), (4, 2)), Units((8, 0), (-4, -2), 1))  # of 64 by 16


def tiles(down, right, waves=TILED, noise=0.05):
    """A picture (1,3,SIDE,SIDE) each of whose units has a colour of its own, moved so far up and to
    the left, as a seed moves them."""
    one = waves.pictures([5])._replace(shifts=torch.tensor([[down, right]]))
    line = torch.arange(SIDE)
    grey = waves.beside(line, line, 1, one)[:, -1:]
    random = torch.Generator().manual_seed(1)
    return grey.expand(-1, 3, -1, -1) + noise * torch.randn(1, 3, SIDE, SIDE, generator=random)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (5, 20), (31, 9), (16, 16)])
def test_joints_are_found(down, right):
    shift = joints_of(tiles(down, right), TILED)
    for found, own in zip(shift, (down, right), strict=True):
        assert min((found - own) % 32, (own - found) % 32) <= 1


def test_those_of_a_bond_too():
    shift = joints_of(tiles(9, 41, BOND), BOND)
    # The lattice is that of (0, 64) and (16, 32).
    rows, left = divmod(shift[0] - 9 + 4, 16)
    assert abs(left - 4) <= 1
    across = (shift[1] - 41 - 32 * rows) % 64
    assert min(across, 64 - across) <= 2


def test_larger_pictures_are_found_in_as_well():
    wide = tiles(5, 20).repeat_interleave(4, 2).repeat_interleave(4, 3)
    twice = Waves(4 * SIDE, TILED.vectors, TILED.units)
    shift = joints_of(wide, twice)
    for found, own in zip(shift, (20, 80), strict=True):
        assert min((found - own) % 128, (own - found) % 128) <= 4


def test_a_picture_that_says_nothing_is_left_where_it_is():
    flat = torch.full((1, 3, SIDE, SIDE), 0.5)
    assert joints_of(flat, TILED) == (0, 0)
    few = Waves(SIDE, ((1, 0),), Units((1, 0), (0, -1), 1))  # as large as the picture
    assert joints_of(tiles(3, 7), few) == (0, 0)


@pytest.mark.parametrize("askew", [((1.01, 0), (0, 0.992)), ((1.0, 0.01), (-0.008, 1.0))])
def test_a_picture_whose_lattice_is_askew_is_brought_to_where_it_closes(askew):
    """Waves of 16 pixels or so: at the far corner of 400 they would be a quarter of one off."""
    side, own = 400, torch.tensor(askew).double() / 16
    line = torch.arange(side).double() + 0.5
    turns = (own @ torch.stack([line.repeat_interleave(side), line.repeat(side)])).view(2, side, -1)
    picture = (0.5 + torch.cos(2 * torch.pi * turns) / 2)[None].float()
    found = Repeating(
        Waves(SIDE, ((8, 0), (0, 8))), Lattice(tuple(map(tuple, own.tolist()))), ((8, 0), (0, 8))
    )
    brought = on_closed(picture, found)[0]
    assert min(brought.shape[1:]) > 0.97 * side
    rows, columns = (torch.arange(length).double() + 0.5 for length in brought.shape[1:])
    still = [0.5 + torch.cos(2 * torch.pi * line / 16) / 2 for line in (rows, columns)]
    assert (brought[0] - still[0][:, None]).abs()[6:-6, 6:-6].max() < 0.05
    assert (brought[1] - still[1]).abs()[6:-6, 6:-6].max() < 0.05
    as_it_was = picture[0, 0, : len(rows), : len(columns)]
    assert (as_it_was - still[0][:, None]).abs().max() > 0.3


def test_one_that_has_no_lattice_stays_as_it_is():
    picture = torch.rand(1, 3, 20, 20)
    assert on_closed(picture, Repeating(Waves(SIDE, ((8, 0),)))) is picture
