"""Numbers of the units of a lattice, by the command: a net that is told one for each tile."""

import csv
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from helpers.pictures import ripples

import texturenet
from texturenet.analysis.repeating import repeating
from texturenet.commands.train.comparing import placed_of
from texturenet.io.pictures import save_picture
from texturenet.noise.phases import Phases

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


@pytest.mark.parametrize(
    "more",
    [["generator.waves=0"], ["windows=false", "size=32"], ["steer=rotation"]],
    ids=["no waves", "torus", "steered"],
)
def test_a_number_is_refused_where_there_can_be_no_units(learn, more):
    with pytest.raises(AssertionError, match=r"units=2.*Say generator\.units=0"):
        learn("squares", "generator.units=2", *more)


def test_a_palette_of_textures_has_no_units(cli, small, tmp_path):
    words = [word for word in small if not word.startswith("exemplar")]
    status, _, error = cli(
        "train", *words, "exemplars=a.png,b.png", "generator.units=1", "into=both"
    )
    assert status == 2
    assert "Say generator.units=0" in error


@pytest.mark.parametrize("channels", [61, 62, 63, 64])
def test_there_are_as_many_waves_and_units_as_channels_are_left(learn, channels):
    net, _ = learn("squares", f"generator.noise_channels={channels}", "steps=1")
    assert channels <= net.net.architecture.noise_channels <= 64


def test_a_parent_with_units_has_children_with_as_many(learn, tmp_path):
    learn("squares", out="parent")
    parent = f"parent={tmp_path / 'parent'}"
    child, _ = learn("squares", parent, out="child")
    assert child.waves.units.channels == 2
    with pytest.raises(AssertionError, match=r"has generator\.units=2"):
        learn("squares", parent, "generator.units=3", out="other")
    with pytest.raises(AssertionError, match="2 numbers of each unit; this exemplar has"):
        learn("noise", parent, "generator.waves=4", "generator.units=2", out="noise")


def test_a_parent_without_may_have_children_with_them(learn, tmp_path):
    learn("squares", "generator.units=0", out="parent")
    child, said = learn("squares", f"parent={tmp_path / 'parent'}", out="child")
    assert child.waves.units.channels == 2
    assert "grown from" in said


def test_training_goes_on_with_as_many_alone(learn, tmp_path):
    learn("squares", "steps=3")
    again = "steps=5", f"resume={tmp_path / 'run'}/resume.ckpt"
    with pytest.raises(AssertionError, match=r"generator\.units"):
        learn("squares", *again, "generator.units=1")
    assert learn("squares", *again)[0].card["step"] == 5


def test_a_run_from_before_there_were_such_terms_goes_on_without(learn, tmp_path):
    learn("squares", "steps=3", "generator.units=0", "loss.between=0")
    path = tmp_path / "run" / "resume.ckpt"
    state = torch.load(path, weights_only=False)
    for key in ("generator.units", "loss.between"):
        del state["texturenet"][key]
    torch.save(state, path)
    again = "steps=5", f"resume={path}", "generator.units=0"
    with pytest.raises(AssertionError, match=r"loss\.between"):
        learn("squares", *again)
    assert learn("squares", *again, "loss.between=0")[0].card["step"] == 5


def tiled(down, right, side=32):
    """(1,3,160,160): tiles with dark joints, each of its own grey, moved so far up and to the
    left."""
    count = 192 // side
    bright = torch.rand(count, count, generator=torch.Generator().manual_seed(2))
    whole = bright.repeat_interleave(side, 0).repeat_interleave(side, 1) / 2 + 0.4
    for joint in (0, 1):
        whole[joint::side], whole[:, joint::side] = 0, 0
    return whole[down : down + 160, right : right + 160].expand(1, 3, -1, -1)


def test_tiles_come_to_differ_as_their_numbers_say(learn, tmp_path):
    """By a term that is left out where it has no weight."""
    save_picture(tmp_path / "tiles.png", tiled(0, 0, 16)[0])
    more = ["steps=120", "batch=4", "size=48", "generator.noise_channels=3"]
    net, _ = learn("tiles", *more, "loss.between=20")
    told = columns_of(tmp_path / "run", "between")
    assert sum(told[-20:]) < 0.4 * sum(told[:20])
    assert likeness(net) > 0.8
    learn("tiles", *more, "steps=1", "loss.between=0", out="none")
    assert columns_of(tmp_path / "none", "between") == []


def test_halved_sizes_have_it_while_units_are_more_than_a_few_pixels():
    """Of 16 pixels a side; and while pictures show whole ones."""
    loss, tiles = SimpleNamespace(periodic=0.0, between=1.0), tiled(0, 0, 16)
    found = repeating(tiles, 4, 16)
    sizes = [F.avg_pool2d(tiles, 2**octave) if octave else tiles for octave in range(4)]
    for size, octaves in ((128, [0, 1, 2]), (8, [1, 2]), (2, [])):
        terms = placed_of(loss, found, sizes, found.with_units(2), size)
        assert list(terms.get("between", {})) == octaves


def columns_of(run, name):
    """What the log of a run says of a term, or nothing."""
    with (run / "metrics.csv").open() as file:
        return [float(row[name]) for row in csv.DictReader(file) if name in row]


def likeness(net, side=160):
    """How well the brightness of a net's tiles follows their first numbers."""
    whose, line = net.waves.pictures([3]), torch.arange(side)
    numbers = net.waves.units.at(line, line, 1, net.waves.torus, whose)[0, 0]
    picture = net.render(side, side, seed=3).mean(0)
    tiles = numbers.unique(return_inverse=True)[1].flatten()
    count = torch.bincount(tiles)
    means = (torch.bincount(tiles, values.flatten()) / count for values in (numbers, picture))
    return torch.corrcoef(torch.stack([one[count > 100] for one in means]))[0, 1].item()


def test_what_repeats_is_moved_to_where_units_begin():
    """Wherever the exemplar begins: the joints lie at the borders of units."""
    loss = SimpleNamespace(periodic=1.0, between=0.0)
    drawn = []
    for moved in ((0, 0), (5, 21), (30, 14)):
        found = repeating(tiled(*moved), 4, 16)
        waves = found.with_units(2)
        (term,) = placed_of(loss, found, [tiled(*moved)], waves, 128)["periodic"].values()
        line = torch.arange(64).double()[None] + 0.5
        drawn.append(Phases(term.cycles, line, line).drawn(term.amplitudes)[0, 0])
    first = drawn[0]
    assert first.std() > 0.05
    for other in drawn[1:]:
        # To two pixels: a joint is two wide, and belongs to either of its tiles.
        near = [other.roll((y, x), (0, 1)) for y in range(-2, 3) for x in range(-2, 3)]
        both = [torch.stack([first.flatten(), one.flatten()]) for one in near]
        assert max(torch.corrcoef(pair)[0, 1] for pair in both) > 0.9
    dark = drawn[1].mean(0).argmin() % 32  # the joints
    assert min(dark, 32 - dark) <= 3


def test_tiles_fit(learn):
    net, _ = learn("squares")
    side = net.coarsest
    tile = net.render(side, side, seed=3, tile="xy")
    view = net.view((side, side), 3, (0, 0), "xy")
    assert torch.allclose(net.picture(view, (side, side), (-side, side)), tile, atol=1e-5)
