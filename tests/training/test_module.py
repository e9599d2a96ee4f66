"""Training: it learns, repeats, resumes exactly, freezes, and stops on what is not finite."""

import math
import re
from dataclasses import replace

import pytest
import pytorch_lightning as pl
import torch
from helpers.training import EXEMPLAR, RECIPE, equal, fit, module, weights

from texturenet.commands import app, grammar
from texturenet.commands.options.training import Train
from texturenet.errors import Refused
from texturenet.generator.architecture import Architecture
from texturenet.hardware import best_precision
from texturenet.noise.philox import CALIBRATION, PICTURES, TRAINING
from texturenet.training.batches import Source, crops_of
from texturenet.training.callbacks import LossLog, Previews, Resumable
from texturenet.training.recipe import rate_factor
from texturenet.training.resume import check_resumable


def test_the_error_falls():
    recipe = replace(RECIPE, steps=60, freeze_at=0.8)
    training = module(recipe)
    training.calibrate()
    before = training.judge(training.generator.freeze())
    training.generator.set_norms("sample")
    after = (trained := fit(training)).judge(trained.release())
    for name, error in after.items():
        assert error < before[name] / 5, name


def test_the_same_seeds_give_the_same_net_and_others_another():
    one, two = (fit(module()).release().weights() for _ in range(2))
    assert equal(one, two)
    assert not equal(one, fit(module(replace(RECIPE, seed=1))).release().weights())


@pytest.mark.parametrize("stop", [2, 4, 6])  # before, at and after the freezing
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path, stop):
    whole = LossLog(tmp_path / "whole.csv", 100)
    straight = fit(module(), callbacks=[whole])
    file, log = tmp_path / "resume.ckpt", tmp_path / "log.csv"
    fit(module(), stop, [Resumable(file, 100), LossLog(log, 100)])
    resumed = fit(module(seed=5), None, [LossLog(log, 100, log)], resume=str(file))
    assert resumed.global_step == 8
    assert equal(weights(straight), weights(resumed))
    assert equal(straight.release().weights(), resumed.release().weights())
    assert log.read_text() == (tmp_path / "whole.csv").read_text()


@pytest.mark.parametrize(("stop", "steps"), [(3, 5), (6, 30)])
def test_a_run_resumed_with_other_steps_is_calibrated_once(tmp_path, stop, steps):
    """Stopped before its freezing and resumed past it, or frozen and resumed for much longer."""
    file = tmp_path / "resume.ckpt"
    stopped = fit(module(), stop, [Resumable(file, 100)])
    resumed = fit(module(replace(RECIPE, steps=steps)), resume=str(file))
    norm = resumed.generator.norms()[0]
    assert resumed.generator.calibrated
    assert norm.mode == "fixed"
    assert norm.mean.abs().max() > 0
    if stopped.generator.calibrated:
        assert torch.equal(norm.mean, stopped.generator.norms()[0].mean)


EARLY = replace(RECIPE, whole_from=0.4)  # of 8 steps 3, the fourth is the last with free statistics


def test_early_steps_are_compared_by_the_early_descriptor_and_later_ones_by_the_whole(
    tmp_path,
):
    log = LossLog(tmp_path / "log.csv", 100)
    training = module(EARLY, early=True)
    fit(training, callbacks=[log])
    for step, row in enumerate(log.rows):
        (term,) = (value for name, value in row.items() if name == "gram/relu1_1")
        error = row["error/gram/relu1_1"]
        # The early loss is the sum of errors, the later one that of their logarithms.
        assert term == pytest.approx(error if step < 3 else math.log(error + 1e-8), rel=1e-4), step


@pytest.mark.parametrize("stop", [2, 3, 4])
def test_a_run_resumed_about_the_change_of_descriptor_ends_the_same(tmp_path, stop):
    straight = fit(module(EARLY, early=True))
    file = tmp_path / "resume.ckpt"
    fit(module(EARLY, early=True), stop, [Resumable(file, 100)])
    resumed = fit(module(EARLY, early=True, seed=5), resume=str(file))
    assert equal(weights(straight), weights(resumed))


def test_a_rehearsal_changes_nothing():
    training = module(EARLY, early=True)
    before = {name: value.clone() for name, value in training.state_dict().items()}
    for whole in (True, False):
        training.rehearse(whole)
    assert equal(before, training.state_dict())
    assert all(parameter.grad is None for parameter in training.parameters())


def spoiled(path, change):
    state = torch.load(path, weights_only=True)
    change(state)
    torch.save(state, path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("optimizer_states"), "is not a file to resume from .KeyError"),
        (lambda state: state.update(optimizer_states=[]), "is not a file to resume from"),
        (lambda state: state.update(optimizer_states=[{}]), "is not a whole file"),
        (lambda state: state.update(lr_schedulers=[{}]), "is not a whole file"),
        (lambda state: state.update(loops={}), "is not a whole file"),
        (lambda state: state.update(global_step="3"), "is not a whole file"),
        (lambda state: state.update(global_step=-5), "is not a whole file"),
        (lambda state: state.update(texturenet=[1]), "is not a file to resume from"),
        (
            lambda state: state.update(state_dict=[1]),
            "is not a file to resume from .AttributeError",
        ),
        (lambda state: state["state_dict"].popitem(), "is not a whole file"),
        (lambda state: state["texturenet"].update(exemplar="x"), "with exemplar=x, not dots"),
        (lambda state: state["texturenet"].update(batch=9), "with batch=9, not None"),
        (lambda state: state.update(global_step=9), "is at step 9 of 8: say a larger"),
    ],
)
def test_files_of_other_runs_are_not_resumed(tmp_path, change, words):
    file = tmp_path / "resume.ckpt"
    fit(module(), 2, [Resumable(file, 100)])
    check_resumable(file, module())
    spoiled(file, change)
    with pytest.raises(Refused, match=words):
        check_resumable(file, module())


def test_an_error_inside_a_run_still_leaves_its_log(tmp_path):
    class Trip(pl.Callback):
        def on_train_batch_end(self, trainer, *_):
            if trainer.global_step == 3:
                raise OSError("tripped")

    with pytest.raises(OSError, match="tripped"):
        fit(module(), callbacks=[LossLog(tmp_path / "log.csv", 100), Trip()])
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4


def test_the_checkpoint_holds_no_descriptor(tmp_path):
    fit(module(), callbacks=[Resumable(tmp_path / "resume.ckpt", 100)])
    state = torch.load(tmp_path / "resume.ckpt", weights_only=True)["state_dict"]
    assert state
    assert all(name.split(".")[0] in ("generator", "mean", "averaged") for name in state)


def test_statistics_are_fixed_from_the_freezing_step_on():
    means = []

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer, training, *_):
            norm = training.generator.norms()[0]
            means.append((trainer.global_step, norm.mode, norm.mean.clone()))

    fit(module(), callbacks=[Watch()])
    assert [mode for _, mode, _ in means] == ["sample"] * 4 + ["fixed"] * 4
    assert all(torch.equal(mean, means[4][2]) for _, _, mean in means[4:])
    assert means[4][2].abs().max() > 0


def test_a_run_that_ends_early_is_calibrated_when_released():
    training = fit(module(), stop=2)
    assert training.generator.norms()[0].mode == "sample"
    errors = training.judge(training.release())
    assert all(math.isfinite(error) for error in errors.values())
    assert training.generator.norms()[0].mode == "fixed"


def test_what_is_logged_is_what_is_summed(tmp_path):
    log = LossLog(tmp_path / "log.csv", 2)
    fit(module(), callbacks=[log])
    assert [row["step"] for row in log.rows] == list(range(8))
    for row in log.rows:
        terms = [
            v for k, v in row.items() if k not in ("step", "loss") and not k.startswith("error/")
        ]
        assert len(terms) == 3  # two layers and the range
        assert row["loss"] == pytest.approx(sum(terms), rel=1e-4)
        logs = [math.log(row[f"error/gram/{layer}"] + 1e-8) for layer in ("relu1_1", "pool2")]
        assert row["gram/relu1_1"] + row["gram/pool2"] == pytest.approx(sum(logs), rel=1e-4)


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_term():
    training = module()
    with torch.no_grad():
        training.generator.output.weight.fill_(float("inf"))
    with pytest.raises(Refused, match=r"loss term gram/relu1_1 is nan at step 0.*learning_rate"):
        fit(training)


@pytest.mark.parametrize("kind", ["adam", "muon"])
def test_the_options_that_a_loss_that_is_not_finite_names_are_options_of_train(kind):
    training = module(replace(RECIPE, kind=kind))
    with torch.no_grad():
        training.generator.output.weight.fill_(float("inf"))
    with pytest.raises(Refused) as refusal:
        fit(training)
    named = dict(re.findall(r"([a-z_.]+)(?: \(now |=)([\w.-]+\w)", str(refusal.value)))
    assert {"optimizer.learning_rate", "precision"} <= set(named)
    assert ("optimizer.matrix_rate" in named) == (kind == "muon")
    pairs = [grammar.parsed(Train, *pair) for pair in named.items()]
    options = app.request("train", {"exemplar": "brick", **dict(pairs)}).options
    assert options.precision == "float32"


def test_bfloat16_learns_as_well():
    training = fit(module(replace(RECIPE, steps=40)), precision="bf16-mixed")
    single = fit(module(replace(RECIPE, steps=40)))
    for name, error in training.judge(training.release()).items():
        assert error < 3 * single.judge(single.release())[name] + 0.01, name


def test_previews_are_written_and_leave_the_run_as_it_was(tmp_path):
    plain = fit(module())
    watched = fit(module(), callbacks=[Previews(tmp_path, [EXEMPLAR], 3)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step_000003.png",
        "step_000006.png",
    ]
    assert equal(weights(plain), weights(watched))


def test_training_calibration_and_pictures_never_share_noise():
    shape = Architecture.growing(2, 2, 3)
    sources = (Source(shape, "uniform", None, at) for at in (TRAINING, CALIBRATION, PICTURES))
    drawn = [source.draw(source.torus(range(1), 16)).noise[1] for source in sources]
    assert not torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_rates_hold_then_decay_to_the_floor():
    recipe = replace(RECIPE, steps=100)
    factors = [rate_factor(recipe, step) for step in range(101)]
    assert factors[:40] == [1.0] * 40
    assert factors[40:] == sorted(factors[40:], reverse=True)
    assert factors[100] == pytest.approx(0.01)
    steps = replace(RECIPE, schedule="step", decay=0.5, every=10, floor=0.2)
    assert [rate_factor(steps, step) for step in (0, 9, 10, 20, 90)] == [1, 1, 0.5, 0.25, 0.2]


def test_crops_cover_the_exemplar_and_respect_the_most():
    picture = torch.arange(40 * 50.0).view(1, 1, 40, 50)
    crops = crops_of(picture, 16, 100)
    assert {crop.shape[-2:] for crop in crops} == {(16, 16)}
    covered = torch.cat([crop.flatten() for crop in crops]).unique()
    assert len(covered) == 40 * 50
    assert len(crops_of(picture, 16, 4)) == 4
    assert torch.equal(crops_of(picture, 16, 1)[0], picture[..., 12:28, 17:33]), "the middle"
    assert len(crops_of(picture[..., :16, :16], 16, 9)) == 1


def test_a_size_that_the_pyramid_cannot_make_is_refused():
    with pytest.raises(
        Refused, match=r"size 18 is not a multiple of 4 .3 scales.; nearest: 16 and 20"
    ):
        module(replace(RECIPE, size=18))


@pytest.mark.parametrize("native", [True, False])
def test_half_precision_is_chosen_where_the_hardware_has_it(monkeypatch, native):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: native, raising=False)
    assert best_precision("cpu") == ("bf16-mixed" if native else "32-true")


def test_windows_may_be_of_any_size_and_a_resumed_run_sees_the_same(tmp_path):
    recipe = replace(RECIPE, windows=True, size=18)
    whole = fit(module(recipe), callbacks=[Resumable(tmp_path / "resume.ckpt", 5)], stop=5)
    again = fit(module(recipe), resume=tmp_path / "resume.ckpt")
    assert equal(weights(again), weights(fit(module(recipe))))
    assert whole.pictures.shape[-2:] == (18, 18)
    assert not equal(weights(again), weights(fit(module(replace(recipe, windows=False, size=16)))))


def test_as_many_pictures_are_judged_as_are_asked_for():
    """Also where they are no whole number of batches."""
    training = module()
    net, seen = training.generator.freeze(), []
    training.noise, noise = (
        lambda first, count, *more: seen.append((first, count)) or noise(first, count, *more),
        training.noise,
    )
    batch = training.recipe.batch
    training.judge(net, batch + 1)
    assert seen == [(0, batch), (batch, 1)]
