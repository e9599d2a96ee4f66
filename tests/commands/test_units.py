"""Numbers of the units of a lattice, by the command: a net that is told one for each tile."""

import pytest
import torch
from helpers.pictures import ripples

import texturenet
from texturenet.io.pictures import save_picture

WOVEN = (0, 2), (2, 0), (2, 2), (4, 2)

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture
def learn(cli, small, tmp_path):
    """Train on squares of 16 pixels, or on noise -> the net, and what was said."""
    save_picture(tmp_path / "squares.png", ripples(*WOVEN, torus=32, tori=3)[0])
    save_picture(tmp_path / "noise.png", ripples((0, 0), torus=32, tori=3, noise=0.1)[0])
    usual = [word for word in small if not word.startswith(("exemplar", "picture"))]
    usual += ["generator.scales=3", "size=40", "log.score=false"]

    def run(name, *more, out="run"):
        words = f"exemplar={tmp_path}/{name}.png", f"out={tmp_path / out}"
        status, said, error = cli("train", *usual, *words, *more)
        assert status == 0, error
        return texturenet.load(str(tmp_path / out), device="cpu"), said

    return run


def test_a_regular_exemplar_has_two_numbers_of_each_unit(learn):
    net, said = learn("squares")
    assert "4 waves of the exemplar, and 2 numbers of each unit" in said
    assert net.card["format"] == 6
    waves, shape = net.waves, net.net.architecture
    assert waves.units.channels == 2
    assert shape.noise_channels == net.card["recipe"]["generator"]["noise_channels"] + 10
    assert waves.units.area == (waves.torus // 16) ** 2


def test_other_numbers_and_none_are_asked_for(learn):
    more, said = learn("squares", "generator.units=3", out="more")
    assert more.waves.units.channels == 3
    assert "3 numbers of each unit" in said
    none, said = learn("squares", "generator.units=0", out="none")
    assert "each unit" not in said
    assert none.card["format"] == 2
    assert "units" not in none.card["waves"]


@pytest.mark.parametrize(
    ("name", "more"),
    [("noise", []), ("squares", ["generator.waves=0"]), ("squares", ["windows=false", "size=32"])],
)
def test_others_have_none(learn, name, more):
    """No lattice, no waves, and a torus, on which waves are brought to whole cycles."""
    net, said = learn(name, *more)
    assert net.waves is None or net.waves.units is None
    assert "each unit" not in said


def test_training_goes_on_with_as_many_alone(learn, tmp_path):
    learn("squares", "steps=3")
    again = "steps=5", f"resume={tmp_path / 'run'}/resume.ckpt"
    with pytest.raises(AssertionError, match=r"generator\.units"):
        learn("squares", *again, "generator.units=1")
    assert learn("squares", *again)[0].card["step"] == 5


def test_tiles_fit(learn):
    net, _ = learn("squares")
    side = net.coarsest
    tile = net.render(side, side, seed=3, tile="xy")
    view = net.view((side, side), 3, (0, 0), "xy")
    assert torch.allclose(net.picture(view, (side, side), (-side, side)), tile, atol=1e-5)
