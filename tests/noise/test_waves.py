"""Periodic channels: found in an exemplar, the same in every window, trained with and sampled."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from helpers.nets import TILES, WAVES, waved
from helpers.pictures import ripples
from hypothesis import given, settings
from hypothesis import strategies as some
from safetensors import safe_open

import texturenet
from texturenet.analysis.repeating import repeating
from texturenet.analysis.waves import lattice
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture
from texturenet.noise.fields import Cells, Turned
from texturenet.noise.philox import PICTURES, TRAINING
from texturenet.noise.waves import Waves
from texturenet.training.batches import ORIGINS, Source, origin_of


def waves_of(picture, count, multiple, torus=None):
    found = repeating(picture, count, multiple, torus)
    return found and found.waves


@pytest.mark.parametrize("vectors", [[(0, 2), (3, 0)], [(5, 1), (-4, 7)], [(12, 0), (2, 12)]])
def test_the_strongest_waves_of_a_picture_are_found(vectors):
    assert waves_of(ripples(*vectors, noise=0.02), 2, 4, torus=32).vectors == tuple(vectors)


def test_a_wave_is_found_once():
    """Of its two vectors one; what is far weaker is left out."""
    for vector in ((3, 0), (0, 3), (3, 2)):
        assert waves_of(ripples(vector, noise=0.01), 2, 4, torus=32).vectors == (vector,)


def test_light_from_one_side_is_no_wave():
    light = torch.linspace(-0.2, 0.2, 64)
    assert waves_of(ripples((3, 5)) + light, 4, 4, torus=32).vectors == ((3, 5),)
    assert waves_of(0.5 + light.expand(1, 3, 64, 64), 4, 4, torus=32) is None


def test_noise_and_what_is_too_small_have_few_or_none():
    noise = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert waves_of(noise, 16, 4, torus=4) is None
    assert waves_of(torch.full((1, 3, 64, 64), 0.5), 4, 16) is None


def test_the_square_is_sought_on_which_waves_close():
    """Five and seven cycles in 144 pixels close on no other multiple of 16 up to there."""
    picture = ripples((0, 5), (7, 0), torus=144, noise=0.05)
    assert waves_of(picture, 2, 16) == Waves(144, ((0, 5), (7, 0)))


def test_of_squares_that_are_as_good_the_smallest_is_taken():
    assert waves_of(ripples((0, 4), (8, 0), torus=128), 2, 16) == Waves(64, ((0, 2), (4, 0)))


def test_a_photograph_has_other_periods_than_a_square_and_the_nearest_is_taken():
    """A period of 33.7 pixels, seen in 250 of them."""
    place = torch.arange(250)
    picture = 0.5 + 0.3 * torch.cos(2 * math.pi * place / 33.7).expand(1, 3, 250, 250)
    found = waves_of(picture, 1, 16)
    ((down, right),) = found.vectors
    assert down == 0
    assert found.torus / right == pytest.approx(33.7, rel=0.03)


@pytest.mark.parametrize(
    ("vectors", "basis"),
    [
        ([(4, 0), (6, 0), (0, 9)], [(2, 0), (0, 9)]),
        ([(0, 35), (35, 0), (0, 40), (40, 0)], [(5, 0), (0, 5)]),
        ([(8, 6), (-12, -9)], [(4, 3)]),  # stripes: one vector
        ([(6, 4), (-6, 4), (12, 0)], [(6, 4), (-6, 4)]),  # bricks: every other row is moved
        ([(0, 5), (7, 5), (7, 7)], [(0, 1), (7, 0)]),
        ([(3, 0)], [(3, 0)]),
        ([], []),
    ],
)
def test_a_lattice_is_spanned_by_its_shortest_vectors(vectors, basis):
    assert sorted(lattice(vectors)) == sorted(basis)


@settings(deadline=None, max_examples=100)
@given(some.lists(some.tuples(some.integers(-9, 9), some.integers(0, 9)), min_size=1, max_size=5))
def test_every_vector_is_made_of_the_basis(vectors):
    basis = lattice([vector for vector in vectors if any(vector)])
    if len(basis) == 2:
        (a, b), (c, d) = basis
        area = a * d - b * c
        assert area
        for x, y in vectors:
            assert (x * d - y * c) % area == 0
            assert (a * y - b * x) % area == 0
    for vector in vectors:
        assert lattice([*vectors, vector]) == lattice(vectors) or not any(vector)


def test_joints_have_the_wave_of_their_period_though_it_is_faint():
    """Lines of two pixels every 24: multiples of the wave are nearly as strong, or stronger."""
    picture = torch.full((1, 3, 192, 192), 0.8)
    picture[..., ::24] = picture[..., 1::24] = 0.2
    picture[..., ::24, :] = picture[..., 1::24, :] = 0.2
    rough = F.avg_pool2d(picture, 25, 1, 12, count_include_pad=False)
    found = waves_of(picture - 0.9 * rough + 0.5, 4, 16)  # the longest waves are taken away
    assert {(down / found.torus, right / found.torus) for down, right in found.vectors} >= {
        (1 / 24, 0),
        (0, 1 / 24),
    }


def test_the_bond_of_bricks_has_its_waves_though_others_are_stronger():
    """Every other course is moved by half a brick; waves of courses and of joints are stronger."""
    strong = [(4, 0), (8, 0), (12, 0), (0, 4)]
    picture = ripples(*strong, torus=64, tori=4)
    weaker = ripples((2, 2), (-2, 2), torus=64, tori=4) - 0.5
    found = waves_of(picture + weaker / 2, 4, 16, torus=64)
    assert sorted(lattice(list(found.vectors))) == [(-2, 2), (2, 2)]
    assert {(2, 2), (-2, 2)} & set(found.vectors[:3])


def test_all_of_a_lattice_is_spanned_by_as_many_waves_as_there_may_be():
    """Of a herringbone bond, whose own wave is the weakest."""
    strong = [(16, 16), (8, 8), (-16, 16), (-8, 8), (4, 4), (-4, 4)]
    for count in (2, 3, 4):
        found = waves_of(ripples(*strong, torus=128), count, 16, torus=128)
        assert lattice(list(found.vectors)) == lattice(strong)


def test_strong_waves_stand_before_a_faint_one_between_them():
    """Whose length is the difference of theirs."""
    picture = ripples((0, 3), (0, 2), (5, 0), torus=64, tori=4)
    faint = ripples((0, 1), torus=64, tori=4) - 0.5
    found = waves_of(picture + faint / 2, 4, 16, torus=64)
    assert set(found.vectors[:3]) == {(0, 3), (0, 2), (5, 0)}
    assert found.vectors[3] == (0, 1)


def test_of_many_short_waves_the_long_ones_that_they_are_multiples_of_come_first():
    """Of thin joints with bright edges: coarse scales of a net see none of the strong ones."""
    strong = [(35, 0), (0, 35), (30, 0), (0, 30)]
    found = waves_of(ripples(*strong, torus=128), 4, 16, torus=128)
    assert set(found.vectors[:2]) == {(5, 0), (0, 5)}
    assert set(found.vectors[2:]) == {(35, 0), (0, 35)}
    nearer = [(15, 0), (0, 15), (10, 0), (0, 10)]
    assert set(waves_of(ripples(*nearer, torus=128), 4, 16, torus=128).vectors) == {*nearer}


def test_patches_of_colour_over_a_regular_pattern_give_no_waves():
    """Scales come back every 8 pixels; what they are coloured by does not come back at all."""
    found = waves_of(load_picture("scales", side=256).pixels, 4, 16)
    assert found.torus == 64
    assert found.vectors[:2] == ((-4, 4), (0, 8))
    assert all(math.hypot(*vector) > 5 for vector in found.vectors)


def test_one_wave_at_least_lies_across_the_strongest():
    picture = ripples((0, 6), (0, 12), (0, 18), (12, 6), torus=128)
    assert waves_of(picture, 2, 16, torus=128).vectors == ((0, 6), (12, 6))
    assert waves_of(picture, 3, 16, torus=128).vectors == ((0, 6), (12, 6), (0, 12))


def test_a_part_of_another_colour_is_no_wave():
    part = 0.3 * torch.cos(2 * math.pi * torch.arange(128) / 128)
    assert waves_of(ripples((8, 0), torus=128, tori=1) + part, 4, 16).vectors == ((4, 0),)


def test_large_pictures_are_shrunk_and_their_waves_are_not():
    picture = ripples((0, 5), (7, 0), torus=576, noise=0.05)  # 1152 pixels
    found = waves_of(picture, 2, 16)
    frequencies = [(down / found.torus, right / found.torus) for down, right in found.vectors]
    for (down, right), expected in zip(frequencies, ((0, 5 / 576), (7 / 576, 0)), strict=True):
        assert (down, right) == pytest.approx(expected, abs=2e-4)


@settings(deadline=None, max_examples=50)
@given(
    top=some.integers(-(2**46), 2**46),
    left=some.integers(-(2**46), 2**46),
    cell=some.sampled_from([1, 2, 4]),
    shift=some.tuples(some.integers(0, 31), some.integers(0, 31)),
)
def test_waves_are_what_they_say_anywhere(top, left, cell, shift):
    rows, columns = top + torch.arange(5), left + torch.arange(7)
    found = WAVES.at(rows, columns, cell, [shift])
    assert found.shape == (1, 4, 5, 7)
    for number, (down, right) in enumerate(WAVES.vectors):
        for r, c in ((0, 0), (4, 6)):
            # Exactly, in Python's whole numbers, in half pixels.
            y = (2 * (top + r) + 1) * cell + 2 * shift[0]
            x = (2 * (left + c) + 1) * cell + 2 * shift[1]
            angle = 2 * math.pi * ((down * y + right * x) % 64) / 64
            for channel, value in ((number, math.cos(angle)), (2 + number, math.sin(angle))):
                assert found[0, channel, r, c].item() == pytest.approx(0.5 + value / 2, abs=1e-6)


def test_a_scale_too_coarse_for_a_wave_has_none():
    line = torch.arange(4)
    found = WAVES.at(line, line, 8, [(0, 0)])  # three cycles in four cells, two in four
    assert (found == 0.5).all()
    assert WAVES.at(line, line, 4, [(0, 0)]).std() > 0.1


def test_seeds_move_them_each_by_its_own():
    seeds = range(2000)
    shifts = np.array(WAVES.shifts(seeds))
    assert WAVES.shifts([7]) == [tuple(shifts[7])]
    assert shifts.min() == 0
    assert shifts.max() == 31
    assert np.abs(shifts.mean(0) - 15.5).max() < 1
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.1


@pytest.fixture(params=[WAVES, TILES], ids=["waves", "units"])
def net(request):
    """With waves alone, and with numbers of units behind them."""
    return waved(request.param)


def test_nets_are_trained_on_what_they_are_sampled_with(net):
    """Of the same stream, the noise of a batch is a tile of each seed's plane."""
    shape, cpu = net.net.architecture, torch.device("cpu")
    source = Source(shape, "uniform", net.waves, PICTURES)
    batch = source.draw(source.torus(range(2, 4), 32)).noise
    for scale, noise in enumerate(batch):
        cell = shape.cell(scale)
        asked = Cells(scale, cell, 0, 0, 32 // cell, 32 // cell, shape.noise_channels, cpu)
        for number, seed in enumerate((2, 3)):
            there = net.waved(net.plane((32, 32), seed, "xy"), seed)(asked)
            assert torch.equal(noise[number : number + 1], there)
    source = replace(source, stream=TRAINING)
    other = source.draw(source.torus(range(2, 4), 32)).noise
    assert not torch.equal(other[-1][:, 3:], batch[-1][:, 3:])


def test_windows_are_trained_on_as_they_are_sampled(net):
    """Of the same stream, the picture of a batch is a window of each seed's plane."""
    source = Source(net.net.architecture, "uniform", net.waves, PICTURES)
    origin = origin_of(net.net.architecture, 2, PICTURES)
    with torch.no_grad():
        batch = net.net(*source.draw(source.window(range(2, 4), 21))).clamp(0, 1)
    for number, seed in enumerate((2, 3)):
        there = net.render(21, 21, seed, origin)
        assert torch.allclose(batch[number], there, atol=1e-5)


def test_windows_lie_everywhere_over_the_coarsest_cells():
    shape = waved().net.architecture
    places = {origin_of(shape, seed, TRAINING) for seed in range(400)}
    assert len(places) == ORIGINS
    for axis in zip(*places, strict=True):
        assert max(axis) - min(axis) > shape.coarsest / 2
        for scale in range(1, shape.scales):  # in both halves of the cells of every scale
            assert {place // shape.cell(scale) % 2 for place in axis} == {0, 1}


def test_the_picture_depends_on_them():
    net = waved()
    other = waved(Waves(32, ((0, 1), (3, -1))))
    assert not torch.allclose(net.render(40, 40), other.render(40, 40), atol=1e-2)


def test_windows_of_one_plane_agree(net):
    whole = net.render(70, 90, seed=3, origin=(-11, 2**33))
    part = net.render(20, 31, seed=3, origin=(9, 2**33 + 13))
    assert torch.allclose(whole[:, 20:40, 13:44], part, atol=1e-5)


def test_tiles_repeat_with_them(net):
    assert net.coarsest == 32
    plane = net.still(net.plane((64, 32), 1, "xy"), 1)
    twice = net.picture(plane, (128, 64))
    assert torch.allclose(twice, net.render(64, 32, seed=1, tile="xy").repeat(1, 2, 2), atol=1e-5)
    with pytest.raises(Refused, match="a tile's height 48 is not a multiple of 32.* 32 and 64"):
        net.render(48, 64, tile="xy")
    with pytest.raises(Refused, match="a tile's width 16 is not a multiple of 32.*nearest: 32"):
        net.render(20, 16, tile="x")


def test_tiles_that_need_less_may_be_smaller():
    """Waves of 4 cycles down and of 2 and 4 across come back after 8 rows and 16 columns."""
    net = waved(Waves(32, ((0, 2), (4, 4))))
    assert net.waves.periods == (8, 16)
    picture = net.render(72, 48, tile="xy")
    both = net.picture(net.still(net.plane((72, 48), 0, "xy"), 0), (72, 96))
    assert torch.allclose(both, picture.repeat(1, 1, 2), atol=1e-5)
    with pytest.raises(Refused, match="height 30 is not a multiple of 8.*nearest: 24 and 32"):
        net.render(30, 48, tile="xy")
    with pytest.raises(Refused, match="width 24 is not a multiple of 16.*nearest: 16 and 32"):
        net.render(24, 24, tile="x")


def test_they_lie_still_while_noise_is_interpolated(net):
    """Where the first seed has them, to the last frame."""
    film = net.film("interpolate", seconds=4, fps=1, size=(32, 32), seeds=(4, 5))
    assert torch.allclose(film.frame(0), net.render(32, 32, seed=4), atol=1e-5)
    last = net.picture(net.still(net.plane((32, 32), 5), 4), (32, 32))
    assert torch.allclose(film.frame(3), last, atol=1e-5)
    assert not torch.allclose(last, net.render(32, 32, seed=5), atol=1e-3)
    assert not torch.allclose(film.frame(1), film.frame(0), atol=1e-3)


def test_they_lie_still_in_a_loop(net):
    film = net.film("loop", seconds=4, fps=1, size=(32, 32), seeds=(4, 5))
    planes = [replace(net.plane((32, 32), seed), law="gaussian") for seed in (4, 5)]
    for frame in range(4):
        around = Turned(*planes, 3 * (math.pi / 2 * frame,), "uniform")
        there = net.picture(net.still(around, 4), (32, 32))
        assert torch.allclose(film.frame(frame), there, atol=1e-5)


def test_a_displaced_patch_takes_its_own_along(net):
    """Far inside the patch, whatever its offset, the picture is the second seed's, moved."""
    film = net.film(
        "displace", seconds=2, fps=1, size=(128, 128), seeds=(1, 2), patch=(96, 96), grain=1,
        path=((8, 8), (13, 21)),
    )  # fmt: skip
    for frame, (down, right) in ((0, (8, 8)), (1, (13, 21))):
        seen = film.frame(frame)[:, 60:64, 60:64]
        there = net.render(4, 4, seed=2, origin=(60 - down, 60 - right))
        assert torch.allclose(seen, there, atol=1e-4)


@pytest.mark.parametrize(
    "told",
    [
        {"torus": 32, "vectors": []}, {"torus": 0, "vectors": [[1, 1]]},
        {"torus": 32, "vectors": [[1, 1.5]]}, {"torus": 32, "vectors": [[1]]},
        {"torus": 32, "vectors": [[40, 1]]}, {"torus": 10**9, "vectors": [[40, 1]]},
        {"vectors": [[1, 1]]}, {"torus": 32, "vectors": 5}, "waves", [1],
        {"torus": 32, "vectors": [[1, 1]] * 9}, {"torus": 31, "vectors": [[1, 1]]}, {}, [], False,
    ],
)  # fmt: skip
def test_files_that_claim_other_waves_are_refused(tmp_path, told):
    net = waved()
    path = release.save(tmp_path / "a.safetensors", net.net, {**net.card, "waves": told})
    with pytest.raises(Refused, match="claims"):
        release.load(path)


def with_units(**told):
    return {"torus": 32, "vectors": [[0, 2]], "units": TILES.units.facts() | told}


@pytest.mark.parametrize(
    ("waves", "number", "said"),
    [
        (with_units(rows=[0, -2], across=[3, -1]), 6, "claims waves that cannot be"),
        (with_units(channels=0), 6, "claims waves that cannot be"),
        (with_units(channels=10), 6, "claims 12 channels of waves"),
        (with_units(rows=[3, 0.5]), 6, "claims waves that cannot be"),
        (with_units(rows=[3]), 6, "claims waves that cannot be"),
        (with_units(rows=[14, -1]), 6, "claims waves that cannot be"),
        (with_units() | {"units": 5}, 6, "claims waves that cannot be"),
        (with_units(), 2, "of format 2, and says wrongly what units it has"),
        (with_units() | {"units": None}, 6, "of format 6, and says wrongly what units it has"),
    ],
)
def test_files_that_claim_other_units_are_refused(tmp_path, waves, number, said):
    net = waved(TILES)
    architecture = net.net.architecture.facts()
    card = {**net.card, "waves": waves, "format": number, "architecture": architecture}
    path = release.save(tmp_path / "a.safetensors", net.net, card)
    with pytest.raises(Refused, match=said):
        release.load(path)


def test_what_is_saved_makes_the_same_pictures(net, tmp_path):
    path = release.save(tmp_path / "a.safetensors", net.net, net.card)
    again = texturenet.load(str(path), device="cpu")
    assert torch.equal(again.render(40, 40, seed=5), net.render(40, 40, seed=5))


WOVEN = (0, 2), (2, 0), (2, 2), (4, 2)


@pytest.mark.usefixtures("blank_figures")
def test_regular_exemplars_are_trained_with_four(cli, small, tmp_path):
    """Unless another number is asked for."""
    save_picture(tmp_path / "squares.png", ripples(*WOVEN, torus=16, tori=4)[0])
    save_picture(tmp_path / "noise.png", ripples((0, 0), torus=16, tori=4, noise=0.1)[0])
    given = [word for word in small if not word.startswith("exemplar")] + ["log.score=false"]
    for name, more, count in (
        ("squares", [], 4),
        ("squares", ["generator.waves=0"], 0),
        ("noise", [], 0),
    ):
        words = [*given, f"exemplar={tmp_path}/{name}.png", f"out={tmp_path}/{name}{count}", *more]
        status, said, _ = cli("train", *words)
        assert status == 0
        assert (f"behind the noise stand {count} waves" in said) == bool(count)
        card = texturenet.load(str(tmp_path / f"{name}{count}"), device="cpu").card
        assert card["recipe"]["generator"]["waves"] == count
        assert ("waves" in card) == bool(count)


@pytest.mark.usefixtures("blank_figures")
def test_training_with_them(cli, small, tmp_path):
    save_picture(tmp_path / "stripes.png", ripples((0, 4), (3, 0), torus=16)[0])
    given = [word for word in small if not word.startswith("exemplar")]
    given += [f"exemplar={tmp_path}/stripes.png", "generator.waves=2", "log.score=false"]
    assert cli("train", *given, f"out={tmp_path}/run")[0] == 0
    with safe_open(tmp_path / "run" / "stripes.safetensors", "pt") as file:
        card = json.loads(file.metadata()["texturenet"])
    units = {"rows": [0, 8], "across": [6, 0], "channels": 2}
    assert card["waves"] == {"torus": 32, "vectors": [[0, 8], [6, 0]], "units": units}
    assert card["architecture"]["noise_channels"] == 9
    net = texturenet.load(str(tmp_path / "run"), device="cpu")
    assert net.render(32, 32, tile="xy").shape == (3, 32, 32)
    given = [word for word in given if not word.startswith("steps")]
    resumed = [*given, f"out={tmp_path}/more", f"resume={tmp_path}/run/resume.ckpt", "steps=8"]
    assert cli("train", *resumed)[0] == 0
    others = [word for word in resumed if "waves" not in word]
    status, _, error = cli("train", *others, "generator.waves=1", f"out={tmp_path}/none")
    assert status == 2
    assert "generator.waves=2, not 1" in error
