"""A run of minutes: its steps fit into the time, and it is the run of as many exact steps."""

import time
from dataclasses import replace

import pytest
import pytorch_lightning as pl
import torch
from helpers.clock import Clock
from helpers.training import RECIPE, StopAt, equal, fit, module, weights
from torch.utils.data import DataLoader

from texturenet.errors import Refused
from texturenet.training.callbacks import LossLog, Previews, Resumable, WholeFiles
from texturenet.training.guard import Guard, Limits
from texturenet.training.pace import Budget
from texturenet.training.resume import check_resumable
from texturenet.training.timing import BUDGET, KeepTime, pace_of

LIMITS = Limits(every=5, worse=100.0, alike=0.0, patience=0, times=0)
HALF = Budget(minutes=0.5, least=25, most=100)  # 30 seconds


def timed(seconds=0.5, budget=HALF, recipe=RECIPE, stop=None, files=(), resume=None, load=0.0):
    """Train by a clock of its own -> (module, callback, [(step, steps)] of every step)."""
    clock, seen = Clock(), []
    began = clock()
    training = module(replace(recipe, steps=budget.most))
    training.training_step = clock.takes(training.training_step, seconds)
    pace = pace_of(budget, training.recipe, LIMITS.every)
    if resume:
        check_resumable(resume, training, pace)
    clock.now += load
    keep = KeepTime(pace, began, lambda whole: None, clock)

    class Watch(pl.Callback):
        def on_train_batch_end(self, trainer, training, *_):
            rate = trainer.optimizers[0].param_groups[0]["lr"]
            seen.append((trainer.global_step, training.recipe.steps, rate))

    trainer = pl.Trainer(
        max_steps=training.recipe.steps,
        accelerator="cpu",
        logger=False,
        callbacks=[
            keep,
            Guard(LIMITS, lambda words: None, 0.2),
            Watch(),
            *files,
            *([StopAt(stop)] if stop else []),
        ],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        plugins=[WholeFiles()],
    )
    trainer.fit(training, DataLoader(range(budget.most), batch_size=None), ckpt_path=resume)
    return training, keep, seen


def exact(steps, recipe=RECIPE):
    """The same of so many steps that are given."""
    training = module(replace(recipe, steps=steps))
    return fit(training, callbacks=[Guard(LIMITS, lambda words: None, 0.2)])


@pytest.mark.parametrize(
    ("seconds", "steps"), [(9.0, 25), (0.01, 100), (0.5, 60)], ids=["least", "most", "fitting"]
)
def test_a_run_takes_as_many_steps_as_fit(seconds, steps):
    training, keep, seen = timed(seconds)
    assert training.global_step == training.recipe.steps == keep.pace.steps == steps
    assert len(seen) == steps
    assert keep.left(steps) == 0  # nothing but steps takes time by this clock
    assert keep.spent == pytest.approx(seconds * steps)


def test_it_is_the_run_of_as_many_steps():
    """Rates, freezing and the mean of weights follow the number, though it changed on the way."""
    training, _, seen = timed(lambda step: 0.5 if step < 12 else 0.8)
    numbers = list(dict.fromkeys(steps for _, steps, _ in seen))
    assert len(numbers) >= 3, numbers
    again = exact(training.global_step)
    assert training.freeze_step == again.freeze_step
    assert equal(weights(training), weights(again))
    assert equal(training.release().weights(), again.release().weights())
    assert not equal(weights(training), weights(exact(training.global_step + 1)))


def test_the_rate_is_full_while_the_number_changes_and_then_falls():
    _, _, seen = timed(lambda step: 0.5 if step < 12 else 0.8)
    last = max(index for index in range(1, len(seen)) if seen[index][1] != seen[index - 1][1])
    full = RECIPE.learning_rate
    assert all(rate == full for _, _, rate in seen[: last + 1])
    assert seen[-2][2] < 0.1 * full


def test_patience_of_the_guard_follows_the_number():
    guard = Guard(LIMITS, lambda words: None, 0.2)
    patience = []

    class Change(pl.Callback):
        def on_train_batch_start(self, trainer, training, *_):
            patience.append(guard.watch.limits.patience)
            training.set_steps(40 if trainer.global_step < 2 else 21)

    fit(module(replace(RECIPE, steps=40)), stop=4, callbacks=[Change(), guard])
    assert patience == [0, 8, 8, 5]


def test_what_a_run_looks_at_is_measured_and_counted():
    """1.5 seconds for 3 x 8 and 2 batches at the end, and 4 more for each 5 of the last steps."""
    clock, told = Clock(), []
    training = module(replace(RECIPE, steps=HALF.most, freeze_at=0.8))
    training.training_step = clock.takes(training.training_step, 0.5)
    training.look = clock.takes(training.look, 0.05)
    pace = pace_of(HALF, training.recipe, 5)
    assert (pace.looks.once, pace.looks.each) == (3 * 8 + 2, 4 / 5)
    keep = KeepTime(pace, clock(), told.append, clock)
    fit(training, callbacks=[keep])
    assert pace.look == pytest.approx(0.1)
    steps = pace.steps
    looks = 26 + 0.8 * 0.2 * steps
    assert steps * 0.5 + looks * 0.05 + 0.1 <= 30 < (steps + 1) * 0.5 + looks * 0.05 + 0.1
    assert told[-1] == pytest.approx(steps * 0.5 + looks * 0.05 + 0.1)


def test_previews_and_files_count_as_they_lie_between_steps(tmp_path):
    clock = Clock()
    training = module(replace(RECIPE, steps=HALF.most))
    training.training_step = clock.takes(training.training_step, 0.4)
    log = LossLog(tmp_path / "log.csv", 1)
    log.write = clock.takes(log.write, 0.1)
    keep = KeepTime(pace_of(HALF, training.recipe, 5), clock(), lambda whole: None, clock)
    fit(training, callbacks=[keep, log])
    assert training.global_step == 60


def test_timing_leaves_a_run_as_it_was(tmp_path):
    """Looking at a batch draws no number that a step would have drawn."""
    training, _, _ = timed(9.0, files=[Previews(tmp_path, [torch.zeros(1, 3, 48, 48)], 7)])
    assert equal(weights(training), weights(exact(25)))


# Stopped before a number, just before it is fixed, and after that. Loading takes 6 steps' time.
@pytest.mark.parametrize(("stop", "steps"), [(4, 54), (17, 60), (40, 60)])
def test_a_run_goes_on_with_the_time_that_was_left(tmp_path, stop, steps):
    file = tmp_path / "resume.ckpt"
    first, _, _ = timed(stop=stop, files=[Resumable(file, 100)])
    state = torch.load(file, weights_only=True)[BUDGET]
    assert state == {
        "minutes": 0.5, "least": 25, "most": 100, "steps": first.recipe.steps,
        "fixed": stop == 40, "spent": 0.5 * stop,
    }  # fmt: skip
    resumed, again, _ = timed(resume=file, load=3.0)
    assert again.pace.earlier == 0.5 * stop
    assert resumed.global_step == steps
    assert again.spent == pytest.approx(0.5 * steps + 3)
    assert equal(weights(resumed), weights(exact(steps)))


def test_a_run_that_goes_on_when_its_time_is_up_ends_with_the_least(tmp_path):
    file = tmp_path / "resume.ckpt"
    timed(stop=4, files=[Resumable(file, 100)])
    resumed, _, _ = timed(resume=file, load=1000.0)
    assert resumed.global_step == HALF.least + 10  # at 14 of them it was known
    assert resumed.recipe.steps == 35


def test_a_finished_run_is_released_again(tmp_path):
    file = tmp_path / "resume.ckpt"
    first, _, _ = timed(files=[Resumable(file, 1000)])
    again, keep, seen = timed(resume=file)
    assert (again.global_step, seen, keep.pace.steps) == (60, [], 60)
    assert equal(first.release().weights(), again.release().weights())


def spoilt(file, change):
    state = torch.load(file, weights_only=True)
    change(state)
    torch.save(state, file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop(BUDGET), "belongs to a run of so many steps, not minutes"),
        (lambda state: state[BUDGET].update(minutes=4.0), "minutes=4.0, not 0.5: .*steps=N .now"),
        (lambda state: state[BUDGET].update(least=26), "with budget.least=26, not 25"),
        (lambda state: state[BUDGET].update(most=101), "with budget.most=101, not 100"),
        (lambda state: state[BUDGET].update(steps="x"), "its budget is odd"),
        (lambda state: state[BUDGET].update(steps=101), "its budget is odd"),
        (lambda state: state[BUDGET].update(steps=3), "its budget is odd"),
        (lambda state: state[BUDGET].update(fixed=1), "its budget is odd"),
        (lambda state: state[BUDGET].update(spent=float("nan")), "its budget is odd"),
        (lambda state: state[BUDGET].update(spent="1"), "its budget is odd"),
        (lambda state: state[BUDGET].pop("spent"), "its budget is odd"),
        (lambda state: state.update({BUDGET: [1]}), "its budget is odd"),
    ],
)
def test_another_budget_is_not_gone_on_with(tmp_path, change, words):
    file = tmp_path / "resume.ckpt"
    timed(stop=4, files=[Resumable(file, 100)])
    spoilt(file, change)
    with pytest.raises(Refused, match=words):
        timed(resume=file)


def test_a_run_of_minutes_goes_on_by_exact_steps(tmp_path):
    file = tmp_path / "resume.ckpt"
    timed(stop=4, files=[Resumable(file, 100)])
    training = module(replace(RECIPE, steps=20))
    check_resumable(file, training)
    assert fit(training, resume=file).global_step == 20


def test_the_clock_is_that_of_the_machine_unless_another_is_given():
    keep = KeepTime(pace_of(HALF, RECIPE, 5), time.monotonic(), lambda whole: None)
    assert 0 <= keep.spent < 60
    assert keep.left(0) == pytest.approx(30, abs=10)
