"""Guards: trouble is seen, the run goes back to its best state, and the best is released."""

import math
import re
from dataclasses import replace
from functools import cache

import pytest
import pytorch_lightning as pl
import torch
from helpers.training import RECIPE, fit, module, weights

from texturenet.errors import Refused
from texturenet.training.callbacks import LossLog, Resumable
from texturenet.training.guard import Guard, Limits, Watch, diversity_of
from texturenet.training.recipe import rate_factor

LIMITS = Limits(every=2, worse=2.0, alike=0.3, patience=100, times=3)


def seen(errors, limits=LIMITS, diversity=None):
    watch = Watch(limits)
    return [watch.see(step, error, diversity) for step, error in enumerate(errors, 1)]


def test_what_is_better_is_kept_and_what_is_not_is_not():
    verdicts = seen([0.0, 0.0, -1.0, -1.0, -1.0, -1.005, -2.0, -2.0])
    assert [verdict.keep for verdict in verdicts] == [
        *(False, True, False, True, False, False, False, True)
    ]
    assert not any(verdict.trouble for verdict in verdicts)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_trouble_at_once(bad):
    assert "not finite" in seen([0.0, bad])[-1].trouble


def test_errors_that_grow_are_trouble():
    assert seen([0.0, 0.0, 0.6, 0.6])[-1].trouble is None  # less than twice as large
    trouble = seen([0.0, 0.0, 0.8, 0.8])[-1].trouble
    assert trouble == "errors are 2.2 times those of step 2"
    assert seen([0.0, 0.0, 0.8, 0.8], replace(LIMITS, worse=3.0))[-1].trouble is None


def test_pictures_that_are_alike_are_trouble_and_never_the_best():
    verdict = seen([0.0, 0.0], diversity=0.2)[-1]
    assert verdict.trouble == "pictures of a batch are alike (diversity 0.20)"
    assert not verdict.keep
    assert seen([0.0, 0.0], replace(LIMITS, alike=0.1), 0.2)[-1].keep


def test_no_progress_is_trouble_when_patience_ends():
    limits = replace(LIMITS, patience=4)
    verdicts = seen([0.0] * 8, limits)
    assert [bool(verdict.trouble) for verdict in verdicts] == [*[False] * 5, True, False, False]
    assert verdicts[5].trouble == "no progress since step 2"
    assert not any(verdict.trouble for verdict in seen([0.0] * 30, replace(LIMITS, patience=0)))


def test_errors_are_told_against_the_step_that_was_the_best():
    verdicts = seen([0.0, 0.0, math.nan, 0.9, 0.9, 0.9])
    assert verdicts[2].trouble
    assert verdicts[5].trouble == "errors are 2.5 times those of step 2"


def test_a_run_is_called_back_no_more_than_so_often():
    assert [bool(v.trouble) for v in seen([math.nan] * 5)] == [True] * 3 + [False] * 2
    assert not seen([math.nan], replace(LIMITS, times=0))[0].trouble


def test_diversity_is_one_of_noise_and_none_of_one_picture_repeated():
    torch.manual_seed(0)
    noise = torch.rand(4, 3, 64, 64)
    assert diversity_of(noise) == pytest.approx(1, abs=0.02)
    assert diversity_of(noise[:1].repeat(4, 1, 1, 1)) == pytest.approx(0, abs=1e-6)
    mixed = 0.5**0.5 * (noise[:1] + noise[1:])  # half of the variance is common
    assert diversity_of(mixed) == pytest.approx(0.5, abs=0.02)
    assert diversity_of(noise[:1]) is None


class Spoil(pl.Callback):
    """Something goes wrong after a step."""

    def __init__(self, step, change):
        self.step, self.change, self.done = step, change, False

    @torch.no_grad()
    def on_train_batch_start(self, trainer, training, *_):
        if trainer.global_step == self.step and not self.done:
            self.done = True
            self.change(training.generator)


def broken(generator):
    generator.output.weight.fill_(math.nan)


def worse(generator):
    generator.output.bias.add_(30.0)


def blind(generator):
    """No longer sees its noise."""
    for block in generator.branch:
        block[0].weight.zero_()


def guarded(recipe=RECIPE, limits=LIMITS, callbacks=(), **options):
    told = []
    guard = Guard(limits, told.append)
    # The guard before what writes files: they hold its state.
    training = fit(module(recipe), callbacks=[*callbacks[:1], guard, *callbacks[1:]], **options)
    return training, told, guard


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (broken, "the loss is not finite; back to step"),
        (worse, "errors are .* times those of step"),
        (blind, "pictures of a batch are alike"),
    ],
)
@pytest.mark.parametrize("step", [9, 23])  # before and after statistics are fixed
def test_a_run_that_goes_wrong_goes_back_and_still_learns(change, words, step, tmp_path):
    recipe = replace(RECIPE, steps=40)
    log = LossLog(tmp_path / "log.csv", 100)
    training, told, _ = guarded(recipe, callbacks=[Spoil(step, change), log])
    assert re.search(words, told[0])
    assert "the rate at 50 %" in told[0]
    assert training.rate_share == 0.5 ** len(told)
    straight = fit(module(recipe))
    found, usual = (net.judge(net.release()) for net in (training, straight))
    for name, error in found.items():
        assert error < 4 * usual[name] + 0.02, name


@pytest.mark.parametrize("step", [20, 21, 22])
def test_a_run_that_breaks_as_statistics_are_fixed_is_released_whole(step):
    """Neither the state from before nor a mean of weights that nobody made is released."""
    recipe = replace(RECIPE, steps=40, average=0.0)
    limits = replace(LIMITS, every=5)
    training, told, _ = guarded(recipe, limits, [Spoil(step, broken)])
    assert told
    assert training.generator.calibrated
    released = training.judge(training.release())
    itself = training.judge(training.generator.freeze())
    assert all(released[name] < 1.5 * itself[name] + 1e-3 for name in itself)
    assert all(error < 0.5 for error in released.values())


class Rates(pl.Callback):
    def __init__(self):
        self.seen = {}

    def on_before_optimizer_step(self, trainer, module, optimizer):
        self.seen[trainer.global_step] = optimizer.param_groups[0]["lr"]


def test_the_first_step_after_going_back_has_the_lower_rate_already():
    recipe = replace(RECIPE, steps=40, hold=0.0)
    rates = Rates()
    training, told, _ = guarded(recipe, LIMITS, [Spoil(23, worse), rates])
    assert len(told) == 1
    back = int(re.match(r"step (\d+)", told[0])[1])
    for step, rate in rates.seen.items():
        share = 0.5 if step >= back else 1.0
        assert rate == pytest.approx(share * 0.01 * rate_factor(recipe, step)), step
    assert training.rate_share == 0.5


def test_a_step_that_was_not_taken_is_not_in_the_log(tmp_path):
    log = LossLog(tmp_path / "log.csv", 100)
    guarded(replace(RECIPE, steps=20), callbacks=[Spoil(6, broken), log])
    assert "nan" not in (tmp_path / "log.csv").read_text()
    assert len(log.rows) < 20


def test_what_is_not_finite_from_the_start_ends_the_run():
    with pytest.raises(Refused, match=r"loss term gram/relu1_1 is nan at step 3"):
        guarded(callbacks=[Spoil(0, broken)])


def test_the_rate_is_lowered_where_there_is_no_progress():
    recipe = replace(RECIPE, steps=20, learning_rate=1e-12)
    training, told, _ = guarded(recipe, replace(LIMITS, patience=4))
    assert "no progress since step 2; back to step 2, the rate at 50 %" in told[0]
    assert training.rate_share < 1


def test_the_best_weights_are_released_and_not_the_last():
    """Errors are let grow at the end: nobody calls the run back, and the best is released still."""
    recipe = replace(RECIPE, steps=30, average=0.0)
    limits = replace(LIMITS, worse=1e30)
    training, told, guard = guarded(recipe, limits, [Spoil(28, worse)])
    assert not told
    last = training.judge(training.generator.freeze())
    best = training.judge(training.release())
    assert all(best[name] < 0.5 * last[name] for name in best)
    assert guard.least == pytest.approx(
        sum(math.log(error) for error in training.judge(training.release(), 8).values()) / 2
    )


@pytest.fixture(scope="module")
def uninterrupted():
    """uninterrupted(recipe, limits) -> a run with its trouble, which is made once."""
    return cache(lambda recipe, limits: guarded(recipe, limits, [Spoil(10, worse)]))


@pytest.mark.parametrize("average", [0.0, 0.8])
@pytest.mark.parametrize("stop", [7, 13, 21, 27])
def test_a_guarded_run_that_is_resumed_ends_where_an_uninterrupted_one_does(
    tmp_path, stop, average, uninterrupted
):
    """From the file of its end, and from one that was written in its middle."""
    recipe = replace(RECIPE, steps=30, average=average)
    limits = replace(LIMITS, every=4)
    straight, told, _ = uninterrupted(recipe, limits)
    assert told
    for every in (100, 3):
        file = tmp_path / f"{every}.ckpt"
        files = [Spoil(10, worse), Resumable(file, every)]
        if every < stop:
            files.append(Lose(file, stop // every * every))
        guarded(recipe, limits, files, stop=stop)
        begun = stop // every * every if every < stop else stop
        again = Spoil(10 if begun <= 10 else -1, worse)
        resumed, after, _ = guarded(recipe, limits, [again], resume=str(file))
        assert resumed.global_step == 30
        assert after == [line for line in told if int(re.match(r"step (\d+)", line)[1]) > begun]
        for one, two in (
            (weights(straight), weights(resumed)),
            (straight.release().weights(), resumed.release().weights()),
        ):
            assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())


class Lose(pl.Callback):
    """The file of a run's end is lost: what is left was written at a step before."""

    def __init__(self, file, step):
        self.file, self.step = file, step

    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == self.step:
            self.bytes = self.file.read_bytes()

    def teardown(self, trainer, module, stage):
        self.file.write_bytes(self.bytes)


GUARDED = [
    *("steps=24", "freeze.at=0.9", "guard.every=2", "guard.alike=0", "guard.patience=0"),
    *("guard.worse=1000000", "optimizer.learning_rate=0.001"),
    # Pictures that differ so little as to be called alike at first.
    *("generator.widths=null", "generator.step=2"),
]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ([], None),
        (["guard.alike=1", "seed=1"], "step 2: pictures of a batch are alike"),
        (["guard.alike=1", "guard.every=4", "seed=2"], "step 4: pictures of a batch are alike"),
        (["guard.alike=1", "guard.times=0"], None),
        (["guard.patience=0.1", "optimizer.learning_rate=1e-12", "optimizer.matrix_rate=1e-12"],
         "no progress since step"),
        (["guard.worse=1", "optimizer.learning_rate=1e-12", "optimizer.matrix_rate=1e-12"],
         "times those of step"),
    ],
)  # fmt: skip
def test_every_option_of_the_guard_reaches_the_command(cli, small, tmp_path, change, words):
    given = {item.partition("=")[0]: item for item in [*small, *GUARDED, *change]}
    status, out, err = cli("train", *given.values(), f"out={tmp_path}/run")
    assert status == 0, err
    assert (words in out) if words else ("the rate at" not in out)
