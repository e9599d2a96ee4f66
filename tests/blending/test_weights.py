"""Blends whose weights change along the mask: of nets that are kin, or said to be."""

import pickle

import pytest
import torch
from helpers.nets import random_net, waved

from texturenet.blending.blend import blend
from texturenet.blending.masks import Gradient, Masks, mask_of
from texturenet.blending.shown import Remembered
from texturenet.commands.kinship import say_kin
from texturenet.errors import Refused
from texturenet.sampling.texture import Texture


def pair(**more):
    return [kin(name, seed, **more) for name, seed in (("a", 1), ("b", 2))]


def kin(name, seed, scales=3, **card):
    net = random_net(scales, seed=seed, family="mixed")
    return Texture(net, {"name": name, "law": "uniform", "root": "start", **card})


def across(start=0, end=300):
    first, second = pair()
    return blend({first: Gradient((0, end), (0, start)), second: None}, way="weights")


def test_windows_agree():
    both = across()
    whole = both.render(280, 300, 5)
    for top, left, height, width in ((0, 0, 90, 131), (61, 77, 100, 223), (279, 299, 1, 1)):
        part = both.render(height, width, 5, origin=(top, left))
        assert (part - whole[:, top : top + height, left : left + width]).abs().max() < 2e-5


def test_the_bits_are_those_of_a_net_as_far_as_it_looks():
    both = across(290, 310)
    first, second = (one.render(40, 600, 3) for one in both.textures)
    made, reach = both.render(40, 600, 3), both.net.architecture.view // 2
    assert torch.equal(made[..., : 290 - reach], first[..., : 290 - reach])
    assert torch.equal(made[..., 311 + reach :], second[..., 311 + reach :])
    assert not torch.equal(made[..., 295:305], first[..., 295:305])


def test_a_tile_repeats_with_its_mask():
    first, second = pair()
    both = blend({first: torch.rand(32, 32), second: None}, way="weights", fit="tile", spread=8)
    tile = both.view((32, 32), 1, (0, 0), "xy")
    made = both.picture(tile, (32, 32))
    assert torch.allclose(both.picture(tile, (32, 32), (-32, 64)), made, atol=2e-5)
    assert torch.allclose(both.picture(tile, (32, 32), (16, 0))[:, 16:], made[:, :16], atol=2e-5)


def test_films_and_other_processes_draw_it():
    both = across(20, 40)
    film = both.film("loop", seconds=1, fps=4, size=(32, 64))
    assert not torch.equal(film[0], film[1])
    again = pickle.loads(pickle.dumps(both))
    assert torch.equal(again.render(8, 40), both.render(8, 40))


def test_masks_are_drawn_once_for_all_scales():
    drawn = []

    def mask(rows, columns):
        drawn.append((len(rows), len(columns)))
        return (rows[:, None] + columns) % 7 / 7

    masks = Masks(("a", "b"), (mask, mask_of("b", 0.5)), spread=9)
    remembered = Remembered(masks)
    whole = remembered((60, 80), (-16, 32))
    part = remembered((20, 30), (4, 40))
    assert len(drawn) == 1
    assert torch.equal(part, whole[:, 20:40, 8:38])
    assert torch.allclose(part, masks((20, 30), (4, 40)))
    remembered((20, 30), (50, 40))  # beyond it
    remembered((20, 30), (52, 40), (64, None))  # of another period
    assert len(drawn) == 4


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (
            lambda: [kin("a", 1), kin("b", 2, root="other")],
            "a and b are not known to be kin.*height",
        ),
        (lambda: [kin("a", 1), kin("b", 2, scales=4)], "their shape differs.*Say way=height"),
        (lambda: [kin("a", 1), Texture(waved().net, waved().card | {"root": "start"})], "differ"),
        (lambda: [*pair(), kin("c", 3)], "way=weights blends 2 nets, not 3: say way=height"),
    ],
)
def test_what_cannot_be_mixed_is_refused_with_the_reason(models, said):
    with pytest.raises(Refused, match=said):
        blend(dict.fromkeys(models(), 0.5), way="weights")


def test_heights_are_not_known():
    with pytest.raises(Refused, match="way=weights knows no heights"):
        blend(dict.fromkeys(pair(), 0.5), way="weights", invert=["a"])


def test_of_nets_that_are_kin_it_is_said_that_there_is_this_way(capsys):
    say_kin(pair(), "height")
    assert "a and b are kin: way=weights" in capsys.readouterr().out
    say_kin(pair(), "weights")
    say_kin([kin("a", 1), kin("b", 2, root="other")], "height")
    say_kin([*pair(), kin("c", 3)], "height")
    assert not capsys.readouterr().out
