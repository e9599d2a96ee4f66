"""The opponent that uses no network: its distance, its gradient, its pictures."""

import json
import sys
from pathlib import Path

import pytest
import torch

from texturenet.evaluation.scorecard import Card

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))
import gpdm
from recipe.table import FIGURES, UNTRAINED

NEEDED = {*FIGURES, *UNTRAINED} - {"untrained"}  # for a merit


def random_of(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def exemplar():
    """(1,3,30,34) in [0,1], with structure."""
    rows, columns = torch.meshgrid(torch.arange(30.0), torch.arange(34.0), indexing="ij")
    waves = [torch.sin(rows / 2), torch.sin(columns / 3), torch.sin((rows + columns) / 4)]
    return (torch.stack(waves)[None] + 1) / 2


def test_sets_of_the_same_numbers_in_any_order_are_at_distance_0():
    numbers = torch.randn(5, 40, generator=random_of())
    shuffled = numbers[:, torch.randperm(40, generator=random_of(1))]
    assert gpdm.distance(numbers, shuffled, random_of()) == 0
    assert gpdm.distance(numbers, shuffled + 0.25, random_of()) == pytest.approx(0.25)


def test_a_set_is_at_distance_0_from_two_copies_of_it():
    numbers = torch.randn(5, 40, generator=random_of())
    assert gpdm.distance(numbers, numbers.repeat(1, 2), random_of()) == 0
    assert gpdm.distance(numbers.repeat(1, 2), numbers, random_of()) == 0


def test_of_a_set_that_does_not_fit_some_members_are_taken_once_more():
    taken = gpdm.repeated(torch.arange(5.0)[None], 13, random_of())
    counts = torch.bincount(taken[0].long())
    assert sorted(counts.tolist()) == [2, 2, 3, 3, 3]


def test_pictures_with_the_same_patches_in_other_places_are_at_distance_0():
    tile = torch.rand(1, 3, 20, 10, generator=random_of())
    # 36 columns have 30 patches in a row: three whole periods, from whichever column on.
    picture, moved = (x.repeat(1, 1, 1, 4)[..., :36] for x in (tile, tile.roll(3, 3)))
    assert (picture - moved).abs().mean() > 0.1
    assert gpdm.patch_distance(picture, moved, random_of()) < 1e-6
    assert gpdm.patch_distance(picture, picture.flip(3), random_of()) > 1e-3


def test_its_gradient_is_that_of_the_differences_of_ordered_numbers():
    ours = torch.randn(3, 50, generator=random_of()).requires_grad_()
    theirs = torch.randn(3, 50, generator=random_of(1))
    found = torch.autograd.grad(gpdm.distance(ours, theirs, random_of()), ours)[0]
    plain = (ours.sort(dim=1).values - theirs.sort(dim=1).values).abs().mean()
    torch.testing.assert_close(found, torch.autograd.grad(plain, ours)[0])


def test_steps_bring_a_picture_nearer(exemplar):
    target = 2 * exemplar - 1
    start = 0.1 * torch.randn(1, 3, 24, 40, generator=random_of())
    made = gpdm.matched(start, target, 60, random_of())
    before, after = (gpdm.patch_distance(x, target, random_of(1)) for x in (start, made))
    assert after < 0.6 * before


def test_levels_go_from_the_first_of_at_most_21_pixels_to_the_exemplars_own():
    sides = gpdm.levels(256)
    assert sides[:3] == [19, 23, 28]
    assert sides[-3:] == [184, 217, 256]
    assert gpdm.levels(20) == [20]


def test_a_picture_has_the_size_that_is_asked_for_and_lies_in_0_to_1(exemplar):
    picture = gpdm.gpdm(exemplar, (40, 25), seed=3, steps=3)
    assert picture.shape == (3, 40, 25)
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_a_seed_gives_one_picture(exemplar):
    first, again, other = (gpdm.gpdm(exemplar, (24, 24), seed, steps=3) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_command_prints_figures_and_time_and_keeps_the_picture(tmp_path, monkeypatch, capsys):
    def judged(pictures, exemplar):
        assert pictures[0].shape == exemplar.shape[1:]
        return Card(dict.fromkeys(NEEDED, 0.25), [], [], [], 0)

    monkeypatch.setattr(gpdm, "judged", judged)
    monkeypatch.setattr(sys, "argv", ["gpdm.py", "exemplars=grass", "steps=1", f"out={tmp_path}"])
    gpdm.main()
    line = json.loads(capsys.readouterr().out)
    assert (line["exemplar"], line["seed"], line["steps"]) == ("grass", 0, 1)
    assert line["merit"] == 0.25
    assert line["process seconds"] >= 0
    assert "processor" in line
    assert (tmp_path / "grass.png").exists()
