"""Training on several sizes of an exemplar in turns, each drawn by its own scales."""

import csv
import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from helpers.training import RECIPE, equal, fit, module, weights
from safetensors import safe_open

import texturenet
from texturenet.commands.plan import octaves_of
from texturenet.errors import Refused
from texturenet.noise.philox import PREVIEWS
from texturenet.training.callbacks import LossLog, Resumable

WINDOWS = replace(RECIPE, windows=True)


def octaves(recipe=WINDOWS, **given):
    return module(recipe, octaves=2, **given)


def test_a_step_of_a_smaller_octave_leaves_the_finest_scale_alone():
    first = weights(octaves())
    names = {}
    for step in (0, 1):
        training = octaves()
        noise = training.noise(0, 2, PREVIEWS, step)
        total = training.octaves[step].compared(training.generator(*noise), whole=True)[0]
        total.backward()
        names[step] = {
            name for name, p in training.generator.named_parameters() if p.grad is not None
        }
    assert any(name.startswith("output") for name in names[0])
    assert not any(name.startswith("head") for name in names[0])
    assert any(name.startswith("head.2") for name in names[1])
    assert not any(name.startswith(("output", "body.2", "branch.3")) for name in names[1])
    assert set(first) >= names[0] | names[1]


def test_octaves_take_turns_and_their_errors_have_names_of_their_own(tmp_path):
    log = LossLog(tmp_path / "log.csv", 100)
    training = fit(octaves(), callbacks=[log])
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(8))
    own, half = "error/gram/pool2", "error/octave1/gram/pool2"
    assert math.isnan(float(rows[0][half]))
    assert not math.isnan(float(rows[1][half]))
    for row, after in pairwise(rows[1:]):
        changed = {name for name in (own, half) if row[name] != after[name]}
        assert changed == {half if int(after["step"]) % 2 else own}
    errors = training.judge(training.release(), 3)
    assert set(errors) == set(training.error_names)
    assert all(math.isfinite(error) for error in errors.values())


def test_both_octaves_are_learnt():
    recipe = replace(WINDOWS, steps=60)
    before, after = octaves(), fit(octaves(recipe))
    start, end = (training.judge(training.release(), 4) for training in (before, after))
    for octave in ("gram", "octave1/gram"):
        assert end[f"{octave}/relu1_1"] < 0.7 * start[f"{octave}/relu1_1"]


def test_a_resumed_run_ends_the_same(tmp_path):
    whole = fit(octaves())
    fit(octaves(), callbacks=[Resumable(tmp_path / "resume.ckpt", 3)], stop=3)
    assert equal(weights(fit(octaves(), resume=tmp_path / "resume.ckpt")), weights(whole))


@pytest.mark.parametrize(
    ("sides", "count"),
    [((200, 300), 1), ((256, 256), 1), ((512, 700), 2), ((1024, 1024), 3), ((4096, 5000), 5)],
)
def test_as_many_octaves_as_bring_a_photograph_down_to_256(sides, count):
    assert octaves_of(sides) == count


def test_a_net_of_several_octaves_draws_at_each(cli, small, tmp_path):
    given = [*small, "picture.octaves=2", "log.previews=3", "picture.side=64"]
    assert cli("train", *given, f"out={tmp_path}/run")[0] == 0
    (path,) = tmp_path.glob("run/*.safetensors")
    with safe_open(path, "pt") as file:
        card = json.loads(file.metadata()["texturenet"])
    assert card["architecture"]["heads"] is True
    assert len(card["architecture"]["widths"]) == 4
    assert card["recipe"]["picture"]["octaves"] == 2
    assert any(name.startswith("octave1/") for name in card["errors"])
    net = texturenet.load(str(path), device="cpu")
    noise = [torch.rand(1, 3, 8 * 2**k, 8 * 2**k) for k in range(3)]
    with torch.no_grad():
        assert net.net(noise).shape == (1, 3, 32, 32)
    assert (tmp_path / "run/previews/step_000006.png").exists()


def test_octaves_take_the_time_of_a_round(cli, small, tmp_path):
    given = [word for word in small if not word.startswith("steps")]
    given += ["picture.octaves=2", "minutes=0.05", "budget.least=30", "budget.most=60"]
    status, said, _ = cli("train", *given, f"out={tmp_path}/run")
    assert status == 0
    assert "steps" in said


def test_tori_have_one_octave(cli, small, tmp_path):
    status, _, error = cli("train", *small, "picture.octaves=2", "windows=false")
    assert status == 2
    assert "picture.octaves=2 needs windows=true" in error


def test_octaves_that_leave_less_than_is_trained_on_are_refused(cli, small, tmp_path):
    status, _, error = cli("train", *small, "picture.octaves=6", f"out={tmp_path}/run")
    assert status == 2
    assert "picture.octaves" in error


def test_a_net_without_heads_is_not_reduced():
    with pytest.raises(Refused, match="finest scale only"):
        module().generator.architecture.reduced(1)
