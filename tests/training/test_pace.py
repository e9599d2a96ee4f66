"""Minutes come to steps: within the budget, by what was measured, and only while it may change."""

from itertools import pairwise

import pytest

from texturenet.training.pace import LOOK, MEASURED, RECENT, WARM, Budget, Looks, Pace

NONE = Looks(0.0, 0.0, 0.8)
BUDGET = Budget(minutes=1, least=50, most=500)  # 60 seconds


def run(pace, seconds, step=0, spent=0.0, until=10**6, gap=0.0):
    """Take steps of `seconds` (a number, or a function of the step) -> (steps, seconds spent)."""
    history = []
    while step < min(pace.steps, until):
        one = seconds(step) if callable(seconds) else seconds
        step, spent = step + 1, spent + one + gap
        pace.see(one, gap)
        if pace.due(step):
            pace.decide(step, spent)
        history.append((step, pace.steps, pace.fixed))
    return step, spent, history


@pytest.mark.parametrize(
    ("seconds", "steps"),
    [(10.0, 50), (0.001, 500), (0.25, 240)],
    ids=["slow: the least", "fast: the most", "as many as fit"],
)
def test_steps_fit_into_the_time_within_the_budget(seconds, steps):
    taken, spent, _ = run(Pace(BUDGET, 0.4, NONE), seconds)
    assert taken == steps
    if steps == 240:
        assert spent == pytest.approx(60)


def test_what_was_spent_before_the_first_step_counts():
    taken, spent, _ = run(Pace(BUDGET, 0.4, NONE), 0.25, spent=20.0)
    assert (taken, spent) == (160, pytest.approx(60))


def test_what_lies_between_steps_counts():
    taken, spent, _ = run(Pace(BUDGET, 0.4, NONE), 0.2, gap=0.05)
    assert (taken, spent) == (240, pytest.approx(60))


def test_the_first_steps_that_take_longer_are_not_measured():
    pace = Pace(BUDGET, 0.4, NONE)
    run(pace, lambda step: 3.0 if step < WARM else 0.25, until=MEASURED)
    assert pace.steps == WARM + int((60 - 3 * WARM) / 0.25)


def test_a_single_step_that_takes_long_is_not_taken_for_the_pace():
    pace = Pace(BUDGET, 0.4, NONE)
    run(pace, lambda step: 20.0 if step == 6 else 0.25, until=MEASURED)
    assert pace.steps == 7 - 6 + int(40 / 0.25)


def test_looking_without_learning_counts():
    """3 batches at the end, and 2 for every 10 steps of the last fifth, of half a step each."""
    pace = Pace(BUDGET, 0.4, Looks(3, 0.2, 0.8))
    pace.look = 0.5
    run(pace, 0.25)
    assert pace.left(100, 0) == pytest.approx(0.25 * (100 + 0.5 * (3 + 0.2 * 20)))
    assert pace.left(100, 90) == pytest.approx(0.25 * (10 + 0.5 * (3 + 0.2 * 10)))
    assert pace.steps == 233
    assert pace.left(233, 0) <= 60 < pace.left(234, 0)


def test_until_it_is_measured_a_look_is_a_part_of_a_step():
    pace = Pace(BUDGET, 0.4, Looks(2, 0, 0.8))
    run(pace, 0.25, until=MEASURED)
    assert pace.left(10, 10) == pytest.approx(2 * LOOK * 0.25)


def test_the_number_is_open_until_the_first_are_measured():
    pace = Pace(BUDGET, 0.4, NONE)
    history = run(pace, 0.25, until=MEASURED)[2]
    assert [steps for _, steps, _ in history] == [500] * (MEASURED - 1) + [240]


@pytest.mark.parametrize(("then", "fewer"), [(0.5, True), (0.125, False)])
def test_a_machine_that_changes_while_the_rate_is_full_is_followed(then, fewer):
    pace = Pace(BUDGET, 0.4, NONE)
    taken, spent, history = run(pace, lambda step: 0.25 if step < 20 else then)
    assert history[MEASURED - 1][1] == 240
    assert (taken < 240) == fewer
    assert spent == pytest.approx(60, abs=then)
    assert history[-1][2]


def test_a_machine_that_changes_after_the_rate_began_to_fall_is_not():
    pace = Pace(BUDGET, 0.4, NONE)
    taken, spent, history = run(pace, lambda step: 0.25 if step < 96 else 1.0)
    assert {steps for _, steps, _ in history[MEASURED:]} == {240}
    assert taken == 240
    assert spent > 100


@pytest.mark.parametrize("share", [0.25, 0.3, 0.4, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(6))
def test_no_step_that_was_taken_should_have_been_another(share, seed):
    """Whatever steps take, those before a change of the number lie in the share where it does not
    matter, of the number before and of the number after."""
    pace = Pace(BUDGET, share, NONE)
    times = [0.05, 0.9, 0.2, 0.02, 2.0, 0.3]
    history = run(pace, lambda step: times[(step // 17 + seed) % len(times)])[2]
    for (step, before, _), (_, after, fixed) in pairwise(history):
        if after != before:
            assert step + 1 <= share * max(before, after) + 1e-9
            assert step + 1 <= share * after + 1e-9
            assert BUDGET.least <= after <= BUDGET.most
        if step + 1 > share * after + 1e-9:
            assert fixed
    assert history[-1][2]


def test_a_slowdown_ends_the_full_rate_at_once():
    """Where the time is up, no more steps are added than those that were taken ask for."""
    pace = Pace(BUDGET, 0.4, NONE)
    _, _, history = run(pace, lambda step: 0.25 if step < 80 else 30.0)
    step, steps, _ = next(item for item in history if item[2])
    assert steps == round(step / 0.4)
    assert steps < 240


def test_the_pace_of_long_runs_is_that_of_recent_steps():
    pace = Pace(Budget(1, 50, 10000), 1.0, NONE)
    run(pace, lambda step: 0.01 if step < 100 else 0.02, until=100 + RECENT)
    assert pace.step == pytest.approx(0.02)


def test_a_run_that_goes_on_has_the_time_that_is_left():
    pace = Pace(BUDGET, 0.4, NONE)
    step, spent, _ = run(pace, 0.25, until=40)
    again = Pace(BUDGET, 0.4, NONE)
    again.steps, again.fixed, again.earlier = pace.steps, pace.fixed, spent
    taken, whole, _ = run(again, 0.25, step, again.earlier + 5.0)  # 5 seconds to load
    assert (taken, whole) == (220, pytest.approx(60))


def test_a_run_that_goes_on_keeps_what_was_fixed():
    pace = Pace(BUDGET, 0.4, NONE)
    step, spent, _ = run(pace, 0.25, until=150)
    again = Pace(BUDGET, 0.4, NONE)
    again.steps, again.fixed, again.earlier = pace.steps, pace.fixed, spent
    assert run(again, 5.0, step, spent)[0] == 240
    assert again.measured


def test_a_run_that_goes_on_just_before_the_rate_falls_is_fixed_unmeasured():
    again = Pace(BUDGET, 0.4, NONE)
    again.steps = 240
    history = run(again, 5.0, 95, 24.0)[2]
    assert history[0] == (96, 240, True)


def test_steps_that_take_turns_take_the_mean_of_a_round():
    pace = Pace(Budget(1.0, 10, 1000), 0.4, Looks(0, 0, 1.0), turns=4)
    for number in range(43):
        pace.see((1.0, 2.0, 1.0, 8.0)[number % 4], 0.0)
    assert pace.step == pytest.approx(3.0)
