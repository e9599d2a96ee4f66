"""Training several textures in one net: all are learnt, logged and resumed."""

from dataclasses import replace

import pytest
import torch
from helpers.palettes import EXEMPLARS, training
from helpers.training import RECIPE, equal, fit, weights
from PIL import Image

from texturenet.commands.train.palette import by_texture
from texturenet.generator import release
from texturenet.training.callbacks import LossLog, Moments, Previews, Resumable


def test_the_error_of_each_falls_and_each_is_judged():
    recipe = replace(RECIPE, steps=60, freeze_at=0.8)
    run = training(recipe)
    run.calibrate()
    before = run.judge_each(run.generator.freeze())
    for net in run.nets:
        net.set_norms("sample")
    after = (trained := fit(run)).judge_each(trained.release())
    assert list(after) == list(EXEMPLARS)
    for texture, errors in after.items():
        assert list(errors) == ["gram/relu1_1", "gram/pool2"]
        assert sum(errors.values()) < sum(before[texture].values()) / 4, texture


def test_the_loss_is_the_sum_of_what_is_logged_of_each():
    run = training(replace(RECIPE, steps=1))
    noise = run.noise(0, 2, 0)
    pictures = run.generator(*noise)
    assert len(pictures) == 4
    total, terms, errors = run.octaves[0].compared(pictures, True)
    assert torch.isclose(total, sum(terms.values()))
    own = [f"{texture}/{name}" for texture in EXEMPLARS for name in ("gram/relu1_1", "gram/pool2")]
    assert list(errors) == own
    assert list(terms) == [*own, *(f"{texture}/range" for texture in EXEMPLARS)]
    each = zip(run.octaves[0].octaves, pictures.chunk(2), strict=True)
    alone = [octave.compared(part, True)[0] for octave, part in each]
    assert torch.isclose(total, sum(alone))


@pytest.mark.parametrize("stop", [2, 6])  # before and after the freezing
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, stop):
    whole = LossLog(tmp_path / "whole.csv", 100)
    straight = fit(training(), callbacks=[whole])
    file, log = tmp_path / "resume.ckpt", tmp_path / "log.csv"
    fit(training(), stop, [Resumable(file, 100), LossLog(log, 100)])
    resumed = fit(training(seed=5), None, [LossLog(log, 100, log)], resume=str(file))
    assert equal(weights(straight), weights(resumed))
    assert equal(straight.release().weights(), resumed.release().weights())
    assert log.read_text() == (tmp_path / "whole.csv").read_text()
    first, second = resumed.nets
    assert first.body[0][0].weight is second.body[0][0].weight


def test_the_guard_sees_the_texture_whose_pictures_are_most_alike():
    run = training()
    noise = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    noise[2:] = noise[2]  # both pictures of the second texture are one
    run.pictures = noise
    assert torch.equal(run.batch_pictures, noise[2:])


def test_pictures_of_all_are_shown_and_the_net_so_far_is_a_file(tmp_path):
    exemplars = list(EXEMPLARS.values())
    seen = []

    class Look(Moments):
        def on_train_end(self, trainer, module):
            seen.extend(release.load(path)[0] for path in release.each_of(self.path).values())

    file = tmp_path / "moment" / "pal.safetensors"
    fit(training(), None, [Previews(tmp_path, exemplars, 8), Look(file, "pal", 4)])
    assert Image.open(tmp_path / "step_000008.png").size == (64, 2 * 16)
    assert len(seen) == 2


def test_the_figure_has_a_line_for_each():
    rows = [
        {"step": 0, "loss": 1.0, "error/a/x": 0.1, "error/octave1/a/x": 0.4, "error/ab/x": "nan"}
    ]
    (row,) = by_texture(rows, ["a", "ab"])
    assert list(row) == ["step", "error/a", "error/ab"]
    assert row["error/a"] == pytest.approx(0.2)
    assert row["error/ab"] != row["error/ab"]
