"""The time that steps take -> how many of them fit into the minutes of a run. Numbers alone.

The number is decided after the first `MEASURED` steps. Until the rate begins to fall nothing that
was done depends on it (`recipe.open_share`): so long it is decided anew, then it is fixed.
"""

import math
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from statistics import fmean, median

MEASURED = 10  # steps of a process, after which a number is decided
WARM = 3  # of them, the first, that take longer and are left out
EVERY = 10  # steps between two decisions
RECENT = 20  # steps, or rounds of turns, whose median is the time of one
LOOK = 0.5  # of a step, that it takes to look at a batch, until that is measured


@dataclass(frozen=True)
class Budget:
    """minutes: for the whole run, loading and release included; least, most: steps."""

    minutes: float
    least: int
    most: int


@dataclass(frozen=True)
class Looks:
    """Batches that a run looks at without learning from them, and when its steps grow dearer.

    Attributes
    ----------
    once : at its end
    each : for every step, once statistics are fixed
    after : share of the steps after which they are
    whole : share of the steps after which they are compared by the whole descriptor
    """

    once: float
    each: float
    after: float
    whole: float = 0.0

    def left(self, steps: int, step: int) -> float:
        return self.once + self.each * (steps - max(step, self.after * steps))


class Pace:
    """How many steps a run takes. `steps` is its answer so far: the most, until some are measured.

    Parameters
    ----------
    budget : of the run
    share : of the steps, in which nothing depends on how many they are; above 0
    looks : what is computed beside the steps
    turns : kinds of steps that take turns, each with a time of its own
    """

    def __init__(self, budget: Budget, share: float, looks: Looks, turns: int = 1):
        self.budget, self.share, self.looks, self.turns = budget, share, looks, turns
        self.steps, self.fixed = budget.most, False
        self.earlier = 0.0  # seconds spent by the runs that this one goes on from
        self.look: float | None = None  # what it takes to look at a batch, as a part of a step
        self.late = 1.0  # what a step by the whole descriptor takes, over one of those measured
        self.seen = 0
        self.recent: deque[float] = deque(maxlen=RECENT * turns)  # seconds of steps
        self.gaps: list[float] = []  # seconds between them: log, previews, files

    @property
    def measured(self) -> bool:
        return bool(self.recent)

    @property
    def step(self) -> float:
        """Seconds, of the mean over a round of turns."""
        some, turns = list(self.recent), min(self.turns, len(self.recent))
        return median(fmean(some[at : at + turns]) for at in range(len(some) - turns + 1))

    def see(self, seconds: float, gap: float, late: bool = False) -> None:
        """A step of so many seconds, and so many between the step before and it. late: whether it
        was compared by the whole descriptor where earlier ones were not."""
        self.seen += 1
        if late and self.late != 1:
            self.recent.clear()
            self.look = None if self.look is None else self.look / self.late
            self.late = 1.0
        if self.seen > WARM:
            self.recent.append(seconds)
            if not self.fixed:
                self.gaps.append(gap)

    def due(self, step: int) -> bool:
        """Whether the number is to be decided, or decided anew, when `step` steps are taken."""
        if self.fixed:
            return False
        return self._last(step) or (self.seen >= MEASURED and self.seen % EVERY == 0)

    def decide(self, step: int, spent: float) -> None:
        """Choose `steps` when `step` of them and `spent` seconds are over."""
        if self.measured:
            self.steps = self._fitting(step, 60 * self.budget.minutes - spent)
        self.fixed = self._last(step)

    def left(self, steps: int, step: int) -> float:
        """Seconds that a run of so many steps still takes."""
        look = LOOK if self.look is None else self.look
        between = fmean(self.gaps) if self.gaps else 0.0
        dearer = (self.late - 1) * (steps - max(step, self.looks.whole * steps))
        own = steps - step + dearer + look * self.looks.left(steps, step)
        return own * self.step + (steps - step) * between

    def _last(self, step: int) -> bool:
        """Whether the next step depends on the number."""
        return step + 1 > self.share * self.steps

    def _fitting(self, step: int, seconds: float) -> int:
        """As many steps as end in time, within the budget; not so few that one of those taken
        should have been another."""
        most = self.budget.most
        numbers = range(min(max(self.budget.least, math.ceil(step / self.share)), most), most + 1)
        fitting = bisect_right(numbers, seconds, key=lambda steps: self.left(steps, step))
        return numbers[max(fitting - 1, 0)]
