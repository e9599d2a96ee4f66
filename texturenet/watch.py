"""A training run's numbers, step by step -> whether to go on, keep this state, or go back to it.

Pure: it sees numbers and remembers numbers; who holds the states is `guards.py`.
"""

import math
from dataclasses import dataclass

BETTER = 0.01  # of the mean logarithm of errors: less is no progress


@dataclass(frozen=True)
class Limits:
    """What a run may do; named as in conf/.

    every: steps between two looks. worse: factor over the best error from which on a run has
    diverged. alike: diversity of a batch below which a net has collapsed. patience: steps without
    progress after which the rate is too high, 0 for any number. times: it may be called back, 0 to
    leave it alone.
    """

    every: int
    worse: float
    alike: float
    patience: int
    times: int


@dataclass(frozen=True)
class Verdict:
    """keep: this is the best state so far. trouble: why to go back to it, in words, or None."""

    keep: bool = False
    trouble: str | None = None


class Watch:
    """see every step. What it remembers is in `state`, a dict of plain values."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.state = {"recent": [], "best": None, "at": 0, "since": 0, "called": 0}

    def see(self, step: int, error: float, diversity: float | None) -> Verdict:
        """error: of this step, mean over the logarithms of relative errors. diversity: of its batch
        (`diversity_of`), None where nobody looked. Every `every` steps it comes to a verdict."""
        if not math.isfinite(error):
            return self._back(step, "the loss is not finite")
        recent = self.state["recent"] = [*self.state["recent"], error][-self.limits.every :]
        if len(recent) < self.limits.every or step % self.limits.every:
            return Verdict()
        now, best = sum(recent) / len(recent), self.state["best"]
        if diversity is not None and diversity < self.limits.alike:
            return self._back(step, f"pictures of a batch are alike (diversity {diversity:.2f})")
        if best is None or now < best - BETTER:
            self.state |= {"best": now, "at": step, "since": step}
            return Verdict(keep=True)
        if now > best + math.log(self.limits.worse):
            grown = math.exp(now - best)
            return self._back(
                step, f"errors are {grown:.1f} times those of step {self.state['at']}"
            )
        since = self.state["since"]
        if self.limits.patience and step - since >= self.limits.patience:
            return self._back(step, f"no progress since step {since}")
        return Verdict()

    def anew(self) -> None:
        """What comes does not compare with what was."""
        self.state |= {"recent": [], "best": None}

    def _back(self, step: int, trouble: str) -> Verdict:
        if self.state["called"] >= self.limits.times:
            return Verdict()
        self.state |= {"called": self.state["called"] + 1, "recent": [], "since": step}
        return Verdict(trouble=trouble)
