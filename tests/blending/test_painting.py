"""`paint()` of nets that nobody trained."""

import numpy as np
import pytest
import torch
from helpers.tiles import contrasted

from texturenet.blending.painting import paint
from texturenet.errors import Refused
from texturenet.sampling.texture import Texture

CELLS = torch.tensor([[1, 1, 7], [1, 9, 7]], dtype=torch.uint8)


def nets():
    return {label: contrasted(f"n{label}", seed=label) for label in (1, 7, 9)}


def test_windows_agree_and_where_one_label_is_the_bits_are_those_of_its_net():
    land = paint(CELLS, nets(), scale=100, spread=20, wander=5)
    assert land.masks.size == (200, 300)
    whole = land.render(200, 300, 4)
    part = land.render(70, 90, 4, origin=(60, 80))
    assert (whole[:, 60:130, 80:170] - part).abs().max() < 2e-5
    one = land.textures[0].render(200, 300, 4)
    assert torch.equal(whole[:, :60, :60], one[:, :60, :60])
    assert not torch.equal(whole[:, 150:, 130:170], one[:, 150:, 130:170])


def test_only_nets_that_a_block_shows_are_computed(monkeypatch):
    land, drawn = paint(CELLS, nets(), scale=600, wander=0), []
    window = Texture.window
    monkeypatch.setattr(
        Texture,
        "window",
        lambda self, *given: drawn.append(self.card["name"]) or window(self, *given),
    )
    land.render(64, 64)
    land.render(64, 64, origin=(800, 1500))
    assert drawn == ["n1", "n7"]


def test_colours_are_labels_too():
    colours = np.zeros((2, 3, 3), np.uint8)
    colours[CELLS.numpy() == 7] = (255, 0, 16)
    colours[CELLS.numpy() == 9] = (0, 128, 0)
    made = nets()
    land = paint(colours, {"#000000": made[1], "#FF0010": made[7], "#008000": made[9]}, scale=20)
    assert torch.equal(land.render(40, 60), paint(CELLS, made, scale=20).render(40, 60))


def test_labels_may_share_a_net():
    made = nets()
    land = paint(CELLS, {1: made[1], 7: made[1], 9: made[9]}, scale=20)
    assert len(land.textures) == 2
    assert land.masks.values.tolist() == [[0, 0, 0], [0, 1, 0]]


def test_labels_that_no_pixel_has_are_said():
    assert paint(CELLS, nets() | {5: contrasted("n5")}).notes == ("no pixel has 5.",)


@pytest.mark.parametrize("kind", [np.uint16, np.uint32, np.int64, bool])
def test_whole_numbers_of_any_kind_are_labels(kind):
    first, _, third = nets().values()
    land = paint((CELLS == 7).numpy().astype(kind), {0: first, 1: third})
    assert torch.equal(land.masks.values, (CELLS == 7).to(torch.uint8))


@pytest.mark.parametrize("scale", [1, 64, 4096])
def test_every_scale_has_a_spread_and_a_wander_of_its_own(scale):
    made = nets()
    land = paint(CELLS, made, scale=scale)
    assert land.render(4, 4, origin=(scale, 2 * scale)).shape == (3, 4, 4)
    assert (land.masks.spread, land.masks.wander) == {
        1: (32, 0.0), 64: (32, 8.0), 4096: (512, 256.0)
    }[scale]  # fmt: skip


def test_256_labels_are_painted():
    cells = torch.arange(256, dtype=torch.uint8).view(16, 16)
    two = contrasted("a"), contrasted("b", seed=2)
    land = paint(cells, {label: two[label % 2] for label in range(256)})
    assert torch.equal(land.masks.values, cells % 2)


@pytest.mark.parametrize(
    ("labels", "models", "said"),
    [
        (CELLS, {1: "n1"}, "labels without a model: 7, 9; say one of each"),
        (torch.arange(40).view(5, 8), {1: "n1"}, "0, 2, 3, 4, 5, 6, 7, 8 and 31 more"),
        (CELLS, {}, "0 labels: a picture of labels has 1 to 256"),
        (CELLS, {1: "n1", "#00ff00": "n7"}, "labels are numbers, and models are given for colours"),
        (CELLS, {1: "n1", 7: "n7", "01": "n9"}, "label 1 has two models"),
        (CELLS, {300: "n1"}, "label 300 is no number from 0 to 255"),
        (CELLS, {"#12345": "n1"}, "label '#12345' is no number"),
        (CELLS.float(), {1: "n1"}, "labels are no whole numbers"),
        (CELLS.int() * 100, {1: "n1"}, "labels go from 100 to 900"),
        (np.zeros((2, 2, 4), np.uint8), {1: "n1"}, "labels have shape"),
        ("map.png", {1: "n1"}, "labels are no picture of whole numbers"),
        (np.zeros((2, 2, 3), np.uint8), {1: "n1"}, "labels are colours, and models are given for"),
    ],
)
def test_what_cannot_be_is_refused(labels, models, said):
    made = nets()
    with pytest.raises(Refused, match=said):
        paint(labels, {label: made[int(name[1:])] for label, name in models.items()})
