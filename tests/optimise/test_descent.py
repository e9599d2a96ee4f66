"""Steps downhill: both optimisers, what goes wrong, and going on exactly."""

import math
from copy import deepcopy

import pytest
import torch
from helpers.networks import method
from hypothesis import given, settings
from hypothesis import strategies as st

from texturenet.errors import Refused
from texturenet.optimise.blocks import Compute
from texturenet.optimise.descent import PATIENCE, Descent
from texturenet.optimise.objective import PixelUnits

SIZE = (1, 3, 6, 5)
METHODS = {
    "lbfgs": {"name": "lbfgs"},
    "line search": {"name": "lbfgs", "line_search": True},
    "forgetful": {"name": "lbfgs", "restart": 3},
    "adam": {"name": "adam", "learning_rate": 0.05, "decay": 0.5, "every": 4},
}


class Bowl:
    """A quadratic with axes of different widths, in place of an objective; `spoil` gets at it."""

    def __init__(self, spoil=lambda calls, loss: loss):
        self.units, self.calls, self.spoil = PixelUnits(), 0, spoil
        self.widths = torch.linspace(0.5, 8, math.prod(SIZE)).view(SIZE)
        self.bottom = torch.rand(SIZE, generator=torch.Generator().manual_seed(1))

    def evaluate(self, canvas, way):
        self.calls += 1
        away = canvas - self.bottom
        loss = self.spoil(self.calls, (self.widths * away.square()).sum())
        canvas.grad = torch.autograd.grad(loss, canvas)[0]
        return {"bowl": loss.item(), "nothing": 0.0}


def start(seed=0):
    return torch.rand(SIZE, generator=torch.Generator().manual_seed(seed))


def go(descent, steps):
    losses = []
    for _ in range(steps):
        losses.append(sum(descent.evaluate().values()))
        descent.step()
    return losses


@pytest.mark.parametrize("name", METHODS)
def test_every_method_goes_down(name):
    goal = Bowl()
    descent = Descent(start(), goal, method(**METHODS[name]), Compute())
    losses = go(descent, 12)
    assert descent.best_loss == min(losses)
    assert descent.best_loss < losses[0] / 2
    assert all("history forgotten" in note for note in descent.notes)
    if name != "line search":  # a step is one evaluation
        assert goal.calls == 12


@settings(max_examples=20)
@given(st.sampled_from(sorted(METHODS)), st.integers(0, 11), st.integers(0, 5))
def test_stopping_and_going_on_is_going_through(name, at, seed):
    through = Descent(start(seed), Bowl(), method(**METHODS[name]), Compute())
    losses = go(through, 12)
    first = Descent(start(seed), Bowl(), method(**METHODS[name]), Compute())
    before = go(first, at)
    second = Descent(torch.zeros(SIZE), Bowl(), method(**METHODS[name]), Compute())
    second.load_state_dict(first.state_dict())
    assert before + go(second, 12 - at) == losses
    assert torch.equal(second.canvas, through.canvas)
    assert torch.equal(second.best, through.best)


def test_every_step_ends_within_the_bounds():
    low, high = torch.full((3, 1, 1), 0.4), torch.full((3, 1, 1), 0.6)
    descent = Descent(start(), Bowl(), method(), Compute(), (low, high))
    for _ in range(10):
        go(descent, 1)
        assert 0.4 <= descent.canvas.min() <= descent.canvas.max() <= 0.6 + 1e-7


@pytest.mark.parametrize("name", ["lbfgs", "line search"])
def test_within_bounds_it_finds_the_lowest_point_that_they_allow(name):
    """Where the bottom lies outside, on the border; elsewhere, at the bottom."""
    low, high = torch.full((3, 1, 1), 0.3), torch.full((3, 1, 1), 0.6)
    goal = Bowl()
    descent = Descent(start(), goal, method(**METHODS[name]), Compute(), (low, high))
    go(descent, 60)
    least = goal.evaluate(goal.bottom.clamp(0.3, 0.6).requires_grad_(), Compute())["bowl"]
    assert descent.best_loss == pytest.approx(least, rel=0.01)


def test_at_the_bottom_it_settles_and_says_nothing():
    goal = Bowl()
    descent = Descent(goal.bottom, goal, method(), Compute())
    assert go(descent, 1) == [0.0]
    assert descent.settled
    assert descent.notes == []


def test_a_step_that_does_not_move_is_noticed_and_another_method_goes_on(monkeypatch):
    """As torch's L-BFGS does on large pictures when its own tests of convergence are left in."""
    step = torch.optim.LBFGS.step

    def nothing(self, closure):
        if self.param_groups[0]["line_search_fn"] is None:
            return closure()
        return step(self, closure)

    monkeypatch.setattr(torch.optim.LBFGS, "step", nothing)
    descent = Descent(start(), Bowl(), method(), Compute())
    losses = go(descent, 12)
    first = "a step that did not move: on from the best picture so far by line search"
    assert descent.notes[0] == first
    assert "adam" not in " ".join(descent.notes)
    assert descent.best_loss < losses[0] / 10


def test_a_loss_that_stays_falls_to_adam_and_then_ends():
    descent = Descent(start(), Bowl(lambda calls, loss: 3 + 1e-9 * loss), method(), Compute())
    count = 0
    while not descent.settled:
        descent.evaluate()
        descent.step()
        count += 1
        assert count < 8 * PATIENCE
    tried = " ".join(descent.notes)
    assert tried.index("line search") < tried.index("by adam") < tried.index("nothing lowers it")


def test_adam_that_was_asked_for_goes_on_to_the_end():
    goal = Bowl(lambda calls, loss: 3 + 0 * loss + 1e-9 * loss)
    descent = Descent(start(), goal, method(name="adam", learning_rate=1e-9), Compute())
    go(descent, 2 * PATIENCE)
    assert not descent.settled
    assert descent.notes == []


def spoiled(*at):
    return Bowl(lambda calls, loss: loss * math.nan if calls in at else loss)


@pytest.mark.parametrize("name", METHODS)
def test_a_loss_that_is_not_finite_rolls_back_once(name):
    goal = spoiled(6)
    descent = Descent(start(), goal, method(**METHODS[name]), Compute())
    losses = go(descent, 25)
    assert all(map(math.isfinite, losses)) or name == "line search"
    assert descent.best_loss < losses[0] / 2
    if name != "line search":
        assert "the loss term bowl is nan at step 5" in descent.notes[0]
        assert losses[5] == min(losses[:5])  # the best so far


def test_a_second_time_it_stops_and_names_the_term():
    descent = Descent(
        start(), spoiled(6, 12, 13), method(name="adam", learning_rate=0.01), Compute()
    )
    with pytest.raises(Refused, match="loss term bowl is nan at step 10: stopped; lower learning_"):
        go(descent, 25)


def test_a_start_that_is_not_finite_stops_at_once():
    descent = Descent(start(), spoiled(1), method(), Compute())
    with pytest.raises(Refused, match="bowl is nan at step 0"):
        go(descent, 1)


def test_the_rate_of_adam_falls_as_told():
    descent = Descent(start(), Bowl(), method(**METHODS["adam"]), Compute())
    rates = []
    for _ in range(9):
        go(descent, 1)
        rates.append(descent.optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0.05] * 4 + [0.025] * 4 + [0.0125])


class Stop(Exception):
    pass


def go_on(descent, taken):
    """Up to 12 steps, of which the losses are appended."""
    for _ in range(12):
        taken += go(descent, 1)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("call", [1, 2, 5, 8, 9, 12])
def test_an_interrupted_descent_goes_on_exactly(name, call):
    """Whether the exception came in an evaluation or inside a line search, in this process or
    from what was saved."""

    def stop(calls, loss):
        if calls == call:
            raise Stop
        return loss

    through = Descent(start(), Bowl(), method(**METHODS[name]), Compute())
    losses = go(through, 12)
    first = Descent(start(), Bowl(stop), method(**METHODS[name]), Compute())
    taken = []
    with pytest.raises(Stop):
        go_on(first, taken)
    second = Descent(torch.zeros(SIZE), Bowl(), method(**METHODS[name]), Compute())
    second.load_state_dict(deepcopy(first.state_dict()))
    for descent in (first, second):
        assert taken + go(descent, 12 - len(taken)) == losses
        assert torch.equal(descent.canvas, through.canvas)
        assert torch.equal(descent.best, through.best)
