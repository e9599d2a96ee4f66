"""Blocks: found where a grid is put, the more the stronger it is, and in no photograph."""

import pytest
import torch

from texturenet.evaluation.blocks import PERIODS, blocks, by_phase
from texturenet.io.exemplars import load_picture

NAMES = ["brick", "grass", "gravel", "ihc", "pebbles", "weave"]


@pytest.fixture(scope="module")
def exemplars():
    return {name: load_picture(name, side=256).pixels[0] for name in NAMES}


def grid(period, side, seed=0):
    """Noise of deviation 1, enlarged by repetition: (1,side,side)."""
    cells = -(-side // period)
    noise = torch.randn(1, cells, cells, generator=torch.Generator().manual_seed(seed))
    return noise.repeat_interleave(period, 1).repeat_interleave(period, 2)[:, :side, :side]


@pytest.mark.parametrize("name", NAMES)
def test_a_photograph_has_none_wherever_it_is_cut(name, exemplars):
    exemplar = exemplars[name]
    assert blocks(exemplar, exemplar) == 0
    for top, left in ((5, 0), (16, 11), (96, 96)):
        assert blocks(exemplar[:, top:, left:], exemplar) < 0.02


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", NAMES)
def test_the_stronger_the_blocks_the_more(name, period, exemplars):
    exemplar, found = exemplars[name], []
    for strength in (0.02, 0.04, 0.08, 0.16):
        found.append(blocks(exemplar + strength * grid(period, 256), exemplar))
    assert found == sorted(found)
    assert found[1] > 0.03
    assert found[2] > 0.08


@pytest.mark.parametrize("period", PERIODS)
def test_the_contrast_is_at_the_borders(period):
    for axis in (1, 2):
        contrast = by_phase(grid(period, 130).expand(3, -1, -1), period, axis)
        assert contrast.shape == (period,)
        assert contrast.argmax() == 0
        assert contrast[0] > 0.4
        assert contrast.sum().abs() < 1e-5


def test_one_axis_is_enough_and_the_corner_must_be_that_of_a_block(exemplars):
    gravel = exemplars["gravel"]
    stripes = grid(8, 256)[:, :1].expand(1, 256, 256)
    for faulty in (stripes, stripes.mT):
        assert blocks(gravel + 0.1 * faulty, gravel) > 0.1
    shifted = (gravel + 0.1 * grid(8, 256))[:, 3:, 3:]
    assert blocks(shifted, gravel) < 0.02


def test_an_exemplar_with_a_grid_may_have_pictures_with_one(exemplars):
    gravel = exemplars["gravel"]
    blocky = gravel + 0.1 * grid(8, 256)
    assert blocks(gravel[:, 16:] + 0.1 * grid(8, 256, seed=1)[:, 16:], blocky[:, :, 5:]) < 0.05


def test_no_contrast_and_no_room_are_no_blocks(exemplars):
    flat = torch.full((3, 64, 64), 0.5)
    assert blocks(flat, flat) == 0
    assert blocks(exemplars["gravel"][:, :5, :5], exemplars["gravel"]) == 0
    assert blocks(exemplars["gravel"][:, :20, :20], exemplars["gravel"]) >= 0
