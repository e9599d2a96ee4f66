"""Guards: trouble is seen, the run goes back to its best state, and the best is released."""

import math
import re

import pytest
import pytorch_lightning as pl
import torch
from test_training import RECIPE, fit, module, replace, weights

from texturenet.callbacks import LossLog, Resumable
from texturenet.errors import Refused
from texturenet.guards import Guard, diversity_of
from texturenet.watch import Limits, Watch

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


@pytest.mark.parametrize("stop", [7, 13, 27])
def test_a_guarded_run_that_is_resumed_ends_where_an_uninterrupted_one_does(tmp_path, stop):
    recipe, file = replace(RECIPE, steps=30), tmp_path / "resume.ckpt"
    spoil = lambda: Spoil(10, worse)  # noqa: E731
    straight, told, _ = guarded(recipe, callbacks=[spoil()])
    assert told
    _, before, _ = guarded(recipe, callbacks=[spoil(), Resumable(file, 100)], stop=stop)
    again = spoil() if stop < 10 else Spoil(-1, worse)
    resumed, after, _ = guarded(recipe, callbacks=[again], resume=str(file))
    assert before + after == told
    for one, two in ((weights(straight), weights(resumed)),):
        assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
    one, two = straight.release().weights(), resumed.release().weights()
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
