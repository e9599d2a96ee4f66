"""How long a run is: in steps, or in minutes that come to steps; and what is said of that."""

from collections.abc import Callable
from dataclasses import replace

from ...errors import Refused
from ...training.pace import MEASURED, Budget, Pace
from ...training.recipe import Recipe, open_share
from ...training.timing import pace_of
from ..app import Request
from ..options.shared import MANY
from ..options.training import Train
from ..terminal import duration

TELLING = 0.1  # change of the number of steps that is worth a line


def all_that_fit(request: Request) -> Request:
    """A recipe's most steps go with its own minutes: whoever gives minutes gets as many as fit."""
    chosen = request.options
    if not request.gives("minutes") or request.gives("budget.most") or chosen.minutes is None:
        return request
    budget = replace(chosen.budget, most=MANY)
    return replace(request, options=replace(chosen, budget=budget))


def pace_for(chosen: Train, recipe: Recipe) -> Pace | None:
    """What decides on the steps of a run of `minutes`; None for one of exact steps."""
    if chosen.minutes is None:
        return None
    least, most = chosen.budget.least, chosen.budget.most
    if least > most:
        raise Refused(f"budget.least={least} is more than budget.most={most}.")
    if (open_steps := int(open_share(recipe) * least)) < MEASURED:
        raise Refused(
            f"minutes={chosen.minutes:g} need {MEASURED} steps at the full rate to be measured, "
            f"of budget.least={least} there are {open_steps}: say a larger budget.least, "
            "optimizer.hold, freeze.at or pruning.until, or steps=N."
        )
    octaves = chosen.picture.octaves or 1  # not known until the picture is read
    budget = Budget(chosen.minutes, least, most)
    return pace_of(budget, recipe, chosen.guard.every, octaves)


def asked(pace: Pace | None) -> str:
    """Said before the first step, behind what is trained on."""
    if pace is None:
        return ""
    if pace.fixed:
        return f", {pace.steps} steps"
    left = duration(max(0.0, 60 * pace.budget.minutes - pace.earlier))
    return f", about {left}{' more' if pace.earlier else ''}"


class Told:
    """Called after every decision; says the first, and the last where it is another."""

    def __init__(self, pace: Pace, say: Callable[[str], None]):
        self.pace, self.say, self.steps = pace, say, 0

    def __call__(self, whole: float) -> None:
        """whole: seconds that the run is expected to take in all."""
        steps, before = self.pace.steps, self.steps
        if not self.pace.measured:
            return
        if not before:
            self.say(_sentence(self.pace, whole))
        elif self.pace.fixed and abs(steps - before) > TELLING * before:
            taken = "longer" if steps < before else "less"
            self.say(f"steps take {taken} than at first: {_sentence(self.pace, whole)}")
        if not before or self.pace.fixed:
            self.steps = steps


def _sentence(pace: Pace, whole: float) -> str:
    budget, takes = pace.budget, f"about {duration(whole)}"
    if pace.steps == budget.least and whole > (1 + TELLING) * 60 * budget.minutes:
        return (
            f"the least of {pace.steps} steps takes {takes} here, not minutes={budget.minutes:g} "
            "(fewer: budget.least=N; quicker ones: a smaller size or batch)"
        )
    if pace.steps == budget.most and whole < (1 - TELLING) * 60 * budget.minutes:
        return f"{pace.steps} steps, {takes}: the most of this budget (more: budget.most=N)"
    return f"{pace.steps} steps, {takes}"
