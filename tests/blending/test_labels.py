"""Masks by a picture of labels, and borders that wander."""

import pytest
import torch

from texturenet.blending.labels import Labels
from texturenet.blending.wander import smooth_noise
from texturenet.errors import Refused

NAMES = ("a", "b", "c", "d")
CELLS = torch.randint(0, 4, (9, 12), generator=torch.Generator().manual_seed(0)).byte()


@pytest.mark.parametrize(
    "more",
    [{}, {"spread": 9}, {"scale": 16}, {"scale": 16, "spread": 3, "wander": 4.0},
     {"scale": 16, "spread": 90}, {"wander": 2.0, "fit": "tile"}],
)  # fmt: skip
def test_windows_agree_and_sums_are_one(more):
    labels = Labels(NAMES, CELLS, **more)
    whole = labels((150, 200), (-5, -7))
    assert torch.allclose(whole.sum(0), torch.ones(150, 200), atol=1e-4)
    needed, part = labels.seen((40, 60), (31, 44))
    cut = whole[:, 36:76, 51:111]
    assert torch.allclose(cut[needed], part, atol=1e-6)
    assert not cut[[i for i in range(4) if i not in needed]].any()


def test_without_a_scale_every_pixel_has_its_label():
    shares = Labels(NAMES, CELLS)((9, 12), (0, 0))
    assert torch.equal(shares.argmax(0), CELLS.long())
    assert torch.equal(shares.amax(0), torch.ones(9, 12))
    outside = Labels(NAMES, CELLS)((1, 3), (-4, -3)).argmax(0)
    assert (outside == CELLS[0, 0]).all()
    repeated = Labels(NAMES, CELLS, fit="tile")((9, 12), (-9, 24)).argmax(0)
    assert torch.equal(repeated, CELLS.long())


def test_enlarged_labels_have_their_cells_in_the_middle_and_round_corners():
    cells = torch.zeros(6, 6).byte()
    cells[2:4, 2:4] = 1
    shares = Labels(("a", "b"), cells, scale=20, spread=2)((120, 120), (0, 0))
    seen = shares.argmax(0).view(6, 20, 6, 20)
    assert torch.equal(seen[:, 10, :, 10], cells.long())
    square = shares.argmax(0)[40:80, 40:80]
    assert not square[0, 0]
    assert square[0, 20]


@pytest.mark.parametrize("spread", [4, 12, 40])
def test_a_straight_border_is_as_wide_as_spread_says(spread):
    cells = torch.zeros(4, 40).byte()
    cells[:, 20:] = 1
    line = Labels(("a", "b"), cells, scale=16, spread=spread)((1, 640), (32, 0))[0, 0]
    between = (line > 0) & (line < 1)
    assert between.sum() == pytest.approx(spread, abs=2)


def test_where_three_labels_meet_none_appears_that_is_not_there():
    cells = torch.zeros(8, 8).byte()
    cells[:, 4:] = 1
    cells[5:, 2:6] = 2
    shares = Labels(("a", "b", "c"), cells, scale=32, spread=32)((256, 256), (0, 0))
    assert not shares[2, :96].any()  # more than a cell and a half away


def test_noise_has_mean_0_and_deviation_1_and_repeats():
    lines = torch.arange(400)
    made = smooth_noise(lines, lines, 10, 3, 2)
    assert made.shape == (2, 400, 400)
    assert made.mean().abs() < 0.1
    assert made.std() == pytest.approx(1, abs=0.05)
    assert torch.equal(smooth_noise(lines[50:60], lines, 10, 3, 2), made[:, 50:60])
    assert not torch.allclose(smooth_noise(lines, lines, 10, 4, 2), made)
    twice = smooth_noise(torch.arange(128), torch.arange(60), 10, 3, 1, (64, None))
    assert torch.allclose(twice[:, :64], twice[:, 64:], atol=1e-6)


@pytest.mark.parametrize("fit", ["once", "tile"])
@pytest.mark.parametrize("origin", [(0, 0), (5, -40)])
def test_borders_of_a_tile_are_as_round_as_those_inside(fit, origin):
    cells = torch.zeros(4, 6).byte()
    cells[:2, 3:] = 1
    labels = Labels(("a", "b"), cells, scale=16, spread=32, fit=fit, origin=origin)
    tile = labels((64, 96), (0, 0), (64, 96))[1]
    assert tile.min() < 0.01
    assert tile.max() > 0.99
    for axis in (0, 1):
        steps = torch.cat([tile, tile.narrow(axis, 0, 1)], axis).diff(dim=axis).abs()
        assert steps.max() < 0.08  # across 32 pixels, by a spline


@pytest.mark.parametrize(
    ("more", "said"),
    [({"scale": 0}, "scale is 0"), ({"spread": 513}, "spread is 513"),
     ({"scale": 1.5}, "scale is 1.5"), ({"spread": 2.5}, "spread is 2.5"),
     ({"origin": (0.5, 0)}, "whole numbers"),
     ({"wander": float("nan")}, "wander is nan"), ({"fit": "stretch"}, "once or tile")],
)  # fmt: skip
def test_what_cannot_be_is_refused(more, said):
    with pytest.raises(Refused, match=said):
        Labels(NAMES, CELLS, **more)
