"""`texturenet train minutes=M`: what it says, what it writes, and how it is made again."""

import re
from pathlib import Path

import pytest
import torch
from helpers.clock import Clock

import texturenet
from texturenet.commands import app
from texturenet.commands.train import run
from texturenet.commands.train.length import all_that_fit
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.training.module import TextureTraining

pytestmark = pytest.mark.usefixtures("elsewhere", "blank_figures")
BUDGET = ["budget.least=25", "budget.most=100"]


@pytest.fixture
def timed(small, monkeypatch):
    """timed(seconds of a step) -> (clock, options of `train` without `steps`)."""
    plain = TextureTraining.training_step

    def prepare(seconds):
        clock = Clock()
        monkeypatch.setattr(run, "clock", clock)
        monkeypatch.setattr(TextureTraining, "training_step", clock.takes(plain, seconds))
        given = [item for item in small if not item.startswith("steps")]
        return clock, ["train", *given, "log.score=false", *BUDGET]

    return prepare


def card_of(folder):
    return release.load(Path(folder) / "dots.safetensors")[1]


def weights_of(folder):
    return release.load(Path(folder) / "dots.safetensors")[0].weights()


def equal(one, two):
    return all(torch.equal(tensor, two[name]) for name, tensor in one.items())


@pytest.mark.parametrize(
    ("seconds", "steps", "words"),
    [
        (0.5, 60, "\n60 steps, about 30 s\n"),
        (
            9.0,
            25,
            "\nthe least of 25 steps takes about 4 minutes here, not minutes=0.5 (fewer: "
            "budget.least=N; quicker ones: a smaller size or batch)\n",
        ),
        (
            0.01,
            100,
            "\n100 steps, about 1 s: the most of this budget (more: budget.most=N)\n",
        ),
    ],
)
def test_it_says_how_long_it_takes_before_and_once_it_knows(cli, timed, seconds, steps, words):
    _, given = timed(seconds)
    status, out, err = cli(*given, "minutes=0.5", "out=run")
    assert status == 0, err
    first = out.index("training on CPU, 1 threads, 32-true, about 30 s -> run/\n")
    assert out.index(words) > first
    assert card_of("run")["step"] == steps
    assert len(Path("run/metrics.csv").read_text().splitlines()) == steps + 1


def test_a_machine_that_becomes_slower_is_told_once(cli, timed):
    _, given = timed(lambda step: 0.5 if step < 10 else 1.0)
    status, out, err = cli(*given, "minutes=0.5", "out=run")
    assert status == 0, err
    assert card_of("run")["step"] == 50  # at 20 of 60 the rate began to fall
    assert out.count("60 steps, about 30 s") == 1
    assert out.count("\nsteps take longer than at first: 50 steps, about 45 s\n") == 1


def test_progress_counts_time(cli, timed, monkeypatch):
    """Steps that become slower when the rate falls take more of the bar, and the bar is never
    full before the end."""
    from texturenet.commands import terminal

    monkeypatch.setattr(terminal, "SECONDS", 0)
    _, given = timed(lambda step: 0.5 if step < 30 else 2.0)
    _, out, _ = cli(*given, "minutes=0.5", "out=run")
    lines = [line for line in out.splitlines() if line.startswith("training ") and "%" in line]
    shares = [int(line.split()[1]) for line in lines]
    assert shares == sorted(shares)
    half = next(line for line in lines if " step 30 of 60 " in line)
    assert half.startswith("training 50 % step 30 of 60 loss ")
    assert any("step 3 loss" in line for line in lines)  # of how many, it does not know yet
    late = next(line.split() for line in lines if re.search(" step 5. of 60 ", line))
    spent = 30 * 0.5 + (int(late[4]) - 30) * 2.0
    assert int(late[1]) == pytest.approx(100 * spent / 75, abs=1)


def test_the_card_has_the_minutes_asked_and_the_steps_that_make_the_net_again(cli, timed, small):
    clock, given = timed(lambda step: 0.5 if step < 12 else 0.8)
    assert cli(*given, "minutes=0.5", "out=run")[0] == 0
    card = card_of("run")
    assert card["minutes"] == 0.5
    assert card["recipe"]["steps"] == card["step"] != 60
    assert card["recipe"]["minutes"] is None
    assert card["seconds"] == round(clock.now - 1000)
    exemplar, descriptor = (item.partition("=")[2] for item in small[:2])
    recipe = card["recipe"] | {"log.score": False}
    again = {"exemplar": exemplar, "descriptor.weights": descriptor, "out": "again", "threads": 1}
    again |= {"descriptor.layers": card["descriptor"]["layers"], "precision": "float32"}
    texturenet.train(**recipe, **again)
    assert equal(weights_of("run"), weights_of("again"))
    assert "minutes" not in card_of("again")


def test_exact_steps_have_nothing_to_do_with_time(cli, timed):
    _, given = timed(9.0)
    assert cli(*given, "steps=30", "out=run")[0] == 0
    assert card_of("run")["step"] == 30
    assert "minutes" not in card_of("run")


def test_an_interrupted_run_goes_on_with_the_rest_of_its_time(cli, timed, monkeypatch):
    from texturenet.commands.train.live import Interruption

    clock, given = timed(0.5)
    end, stopped = Interruption.on_train_batch_end, []

    def stopping(self, trainer, *rest):
        if trainer.global_step == 40 and not stopped:
            stopped.append(trainer.global_step)
            self.signal = 2
        end(self, trainer, *rest)

    monkeypatch.setattr(Interruption, "on_train_batch_end", stopping)
    status, out, _ = cli(*given, "minutes=0.5", "out=run")
    assert status == 130
    assert "stopped at step 40 of 60" in out
    card = card_of("run")
    assert (card["step"], card["recipe"]["steps"], card["interrupted"]) == (40, 60, True)
    for change, words in (
        (["minutes=2"], "with minutes=0.5, not 2.0: give the same, or say steps=N (now 60)"),
        (["minutes=0.5", "budget.least=30"], "with budget.least=25, not 30"),
    ):
        status, _, err = cli(*given, *change, "resume=run/resume.ckpt")
        assert (status, words in err) == (2, True), err
    clock.now += 10**6  # until somebody goes on
    status, out, err = cli(*given, "minutes=0.5", "resume=run/resume.ckpt")
    assert status == 0, err
    assert ", 60 steps -> run/" in out
    card = card_of("run")
    assert (card["step"], card["interrupted"], card["minutes"]) == (60, False, 0.5)
    assert cli(*given, "steps=60", "out=exact")[0] == 0
    assert Path("run/metrics.csv").read_text() == Path("exact/metrics.csv").read_text()
    assert equal(weights_of("run"), weights_of("exact"))


def test_a_run_stopped_before_its_steps_are_fixed_says_what_is_left(cli, timed):
    _, given = timed(0.5)
    assert cli(*given, "minutes=0.5", "out=run")[0] == 0
    state = torch.load("run/resume.ckpt", weights_only=True)
    state["budget"] |= {"fixed": False, "spent": 20.0}
    torch.save(state, "run/resume.ckpt")
    _, out, _ = cli(*given, "minutes=0.5", "resume=run/resume.ckpt")
    assert ", about 10 s more -> run/" in out


def test_several_runs_have_several_budgets(cli, timed):
    _, given = timed(0.5)
    status, _, err = cli(*given, "-m", "minutes=0.25,0.5")
    assert status == 0, err
    assert [card_of(f"runs/{name}")["step"] for name in ("dots", "dots-2")] == [30, 60]


def request(**given):
    return app.request("train", {"exemplar": "brick"} | given).options


def test_what_is_given_counts_and_the_other_of_the_recipe_does_not():
    assert (request(steps=7).steps, request(steps=7).minutes) == (7, None)
    published = {"recipe": "ulyanov2016"}
    assert (request(**published).steps, request(**published).minutes) == (1500, None)
    asked = request(**published, minutes=30)
    assert (asked.steps, asked.minutes) == (None, 30)
    assert request(steps=None).minutes == request().minutes
    assert request(steps=7, minutes=None).steps == 7
    with pytest.raises(Refused, match="exclude each other"):
        request(steps=7, minutes=7)


def test_the_recipes_that_are_budgets_have_one_that_can_be_kept():
    for recipe in ("default", "fast", "auto"):
        chosen = request(recipe=recipe)
        assert chosen.steps is None
        assert chosen.optimizer.hold * chosen.budget.least > 10
        assert chosen.budget.least < chosen.budget.most
    assert request(recipe="fast").minutes < request().minutes


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ({}, 2000),  # of the recipe, with its own minutes
        ({"minutes": 30}, 10**9),
        ({"minutes": 30, "budget.most": 50}, 50),
        ({"minutes": 30, "budget": {"most": 50}}, 50),
        ({"steps": 30}, 2000),
    ],
)
def test_minutes_of_the_user_have_no_most_steps_of_a_recipe(given, most):
    request = all_that_fit(app.request("train", {"exemplar": "gravel", **given}))
    assert request.options.budget.most == most
