"""Nets that grow from another: they begin as what it is, and their cards say whose kin they are."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.nets import FAMILIES, TILES, WAVES, random_net

from texturenet.commands.train.parent import parent_of
from texturenet.errors import Refused
from texturenet.generator import release, starts
from texturenet.generator.architecture import Architecture
from texturenet.generator.family import are_kin, root_of
from texturenet.generator.frozen import FrozenPyramid
from texturenet.generator.moments import probe
from texturenet.generator.trainable import PyramidGenerator
from texturenet.generator.unfolding import begin_from


def fresh_noise(shape, count=8, side=64):
    """Of tori, uniform, coarse to fine."""
    generator = torch.Generator().manual_seed(3)
    sides = [side // shape.cell(scale) for scale in range(shape.scales)]
    return [torch.rand(count, shape.noise_channels, n, n, generator=generator) for n in sides]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_child_with_the_statistics_stored_is_its_parent(family):
    parent = random_net(3, step=4, family=family)
    net = PyramidGenerator(parent.architecture)
    begin_from(net, parent, "uniform")
    net.set_norms("fixed")
    noise = fresh_noise(parent.architecture)
    assert torch.allclose(net(noise), parent(noise), atol=1e-4)
    frozen = net.freeze()(noise)
    assert torch.allclose(frozen, parent(noise), atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_as_it_is_trained_it_draws_its_parent_but_for_statistics_of_a_sample(family):
    parent = random_net(3, step=4, family=family)
    net = PyramidGenerator(parent.architecture)
    before = net(fresh_noise(parent.architecture))
    begin_from(net, parent, "uniform")
    assert (net.mode, bool(net.calibrated)) == ("sample", False)
    noise = fresh_noise(parent.architecture)
    drawn, theirs = net(noise), parent(noise)
    away = (drawn - theirs).square().mean().sqrt()
    assert away < 0.2 * theirs.std() < (before - theirs).square().mean().sqrt()


def test_its_weights_are_as_large_as_those_of_a_fresh_net():
    parent = random_net(3, step=4, family="mixed")
    loud = {name: 7 * tensor for name, tensor in parent.weights().items()}
    net = PyramidGenerator(parent.architecture)
    fresh = [layer.weight.square().mean().sqrt() for layer in net.body[0]]
    begin_from(net, FrozenPyramid(parent.architecture, loud), "uniform")
    for layer, usual in zip(net.body[0], fresh, strict=True):
        assert 0.8 < layer.weight.square().mean().sqrt() / usual < 1.25


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("waves", [WAVES, TILES], ids=["waves", "units"])
def test_what_reads_the_waves_of_a_child_starts_at_zero(family, waves):
    parent = random_net(3, step=4, family=family)
    more = parent.architecture.noise_channels + waves.channels
    net = PyramidGenerator(replace(parent.architecture, noise_channels=more))
    begin_from(net, parent, "uniform", waves)
    net.set_norms("fixed")
    noise = fresh_noise(net.architecture)
    theirs = parent([z[:, : parent.architecture.noise_channels] for z in noise])
    assert torch.allclose(net(noise), theirs, atol=1e-4)
    net(noise).sum().backward()
    reading = net.branch[0][0].weight.grad[:, -waves.channels :]
    assert reading.abs().max() > 0, "and they learn"


def test_a_parent_is_measured_on_the_same_noise_every_time():
    shape = Architecture.growing(3, 4, 3)
    one, two = probe(shape, "uniform", None), probe(shape, "uniform", None)
    assert all(torch.equal(a, b) for a, b in zip(one.noise, two.noise, strict=True))


def test_a_start_comes_back_as_it_was_but_for_half_precision(tmp_path):
    net = PyramidGenerator(Architecture((6, 4), 0, 3))
    path = starts.save_start(tmp_path / "a.safetensors", net, "a", "uniform", {})
    found, other = starts.load_start(path), PyramidGenerator(net.architecture)
    starts.begin_at(other, found)
    for name, values in starts.state_of(net).items():
        assert torch.equal(values.half().float(), other.state_dict()[name]), name
    assert starts.is_start(path)
    assert not starts.is_start(release.save(tmp_path / "b.safetensors", random_net(2), CARD))


CARD = {"name": "b", "law": "uniform"}


def test_what_reads_waves_beside_a_start_begins_at_zero(tmp_path):
    net = PyramidGenerator(Architecture((6, 4), 0, 3))
    path = starts.save_start(tmp_path / "a.safetensors", net, "a", "uniform", {})
    child = PyramidGenerator(Architecture((6, 4), 0, 7))
    starts.begin_at(child, starts.load_start(path))
    for weight in (child.branch[0][0].weight, child.body[0][0].weight):
        assert not weight[:, -4:].any()
        assert weight[:, :-4].any()
    noise = fresh_noise(child.architecture)
    own = PyramidGenerator(net.architecture)
    starts.begin_at(own, starts.load_start(path))
    assert torch.allclose(child(noise), own([z[:, :3] for z in noise]), atol=1e-5)


def test_the_common_start_is_small_and_no_texture():
    path = starts.starts()["common"]
    assert path.stat().st_size < 450_000
    assert "common" not in release.released()
    found = parent_of("common")
    assert found.root == found.fingerprint == starts.load_start(path).fingerprint
    assert found.architecture.widths == (64, 64, 48, 32, 16)
    with pytest.raises(Refused, match="no texture: say train parent=common"):
        release.load(path)


@pytest.mark.parametrize("text", ["", "nonsense", "{}"])
def test_a_start_that_is_none_is_refused_in_one_line(tmp_path, text, cli, small):
    path = tmp_path / "a.safetensors"
    path.write_text(text)
    status, _, err = cli("train", *small, f"parent={path}")
    assert (status, err.count("\n")) == (2, 1), err


@pytest.fixture
def grown(cli, small, tmp_path, monkeypatch, blank_figures):
    """grown("name", "parent=..") -> (released file, standard output)."""
    monkeypatch.chdir(tmp_path)

    def make(name, *words):
        status, out, err = cli("train", *small, f"name={name}", "log.score=false", *words)
        assert status == 0, err
        return Path("runs") / name / f"{name}.safetensors", out

    return make


def test_cards_say_parent_and_root(grown):
    first, _ = grown("first")
    child, said = grown("child", f"parent={first}")
    grandchild, _ = grown("grandchild", f"parent={child}")
    stranger, _ = grown("stranger", "seed=1")
    assert "grown from first" in said
    nets = {p.stem: release.load(p) for p in (first, child, grandchild, stranger)}
    marks = {name: release.fingerprint(net) for name, (net, _) in nets.items()}
    cards = {name: card for name, (_, card) in nets.items()}
    assert cards["child"]["parent"] == {"name": "first", "fingerprint": marks["first"]}
    assert cards["grandchild"]["parent"]["fingerprint"] == marks["child"]
    assert cards["grandchild"]["root"] == cards["child"]["root"] == marks["first"]
    assert "parent" not in cards["first"]
    assert "parent" not in cards["child"]["recipe"], "it may be a private path"
    assert root_of(cards["first"], marks["first"]) == marks["first"]
    assert are_kin([nets["first"], nets["grandchild"]])
    assert not are_kin([nets["first"], nets["stranger"]])


def test_a_child_begins_nearer_to_its_parent_than_a_net_of_its_own(grown):
    first, _ = grown("first")
    rates = "optimizer.learning_rate=1e-9", "optimizer.matrix_rate=1e-9"
    child, _ = grown("child", f"parent={first}", "seed=5", "steps=2", *rates)
    stranger, _ = grown("stranger", "seed=5", "steps=2", *rates)
    nets = [release.load(path)[0] for path in (first, child, stranger)]
    noise = fresh_noise(nets[0].architecture)
    theirs, own, other = (net(noise) for net in nets)
    assert (own - theirs).square().mean() < 0.1 * (other - theirs).square().mean()


def test_a_run_is_resumed_with_the_same_parent_only(grown, cli, small):
    first, _ = grown("first")
    grown("child", f"parent={first}", "log.checkpoints=3", "steps=3")
    resume = "resume=runs/child/resume.ckpt"
    status, _, err = cli("train", *small, resume, "out=other", "steps=3")
    assert (status, err.count("\n")) == (2, 1)
    assert "parent" in err
    _, said = grown("again", f"parent={first}", resume, "out=runs/again", "steps=3")
    assert "grown from first" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("generator.widths=[5]", "generator.widths=[4,6,6]"),
        ("generator.scales=2", "generator.scales=3"),
        ("generator.branch=2", "generator.branch=0"),
        ("generator.noise_channels=2", "generator.noise_channels=3"),
        ("generator.law=gaussian", "generator.law=uniform"),
        ("picture.octaves=2", "picture.octaves=1"),
    ],
)
def test_a_parent_of_another_shape_is_refused_with_both(grown, cli, small, change, words):
    first, _ = grown("first")
    given = {word.split("=")[0]: word for word in [*small, change]}
    status, _, err = cli("train", *given.values(), f"parent={first}", "out=none")
    assert (status, err.count("\n")) == (2, 1), err
    assert words in err
    assert change.partition("=")[2].strip("[]") in err
    assert not Path("none").exists()


def test_a_parent_that_draws_other_planes_is_refused(cli, small, tmp_path):
    from helpers.nets import material

    stone = material(3)
    path = release.save(tmp_path / "stone.safetensors", stone.net, stone.card)
    status, _, err = cli("train", *small, f"parent={path}", f"out={tmp_path / 'none'}")
    assert (status, err.count("\n")) == (2, 1), err
    assert "8 planes" in err
    assert "3" in err
    assert "material=FOLDER" in err
