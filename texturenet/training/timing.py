"""A run with a budget of time: its clock, and the number of steps that it comes to."""

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import pytorch_lightning as pl

from .guard import JUDGED
from .module import RELEASED, TextureTraining
from .octave import round_of
from .pace import Budget, Looks, Pace
from .recipe import Recipe, open_share

BUDGET = "budget"  # where a checkpoint keeps the budget, what it came to, and the time spent


def pace_of(budget: Budget, recipe: Recipe, judged_every: int, octaves: int = 1) -> Pace:
    """For a run by this recipe, that a guard judges every so many steps; a batch that is looked at
    is one of every octave."""

    def batches(pictures: int) -> int:
        return -(-pictures // recipe.batch)

    # Two nets may be judged to choose one of them, which is judged again for its card.
    once = 3 * batches(RELEASED) + batches(recipe.freeze_samples)
    looks = Looks(once, batches(JUDGED) / judged_every, recipe.freeze_at, recipe.whole_from)
    return Pace(budget, open_share(recipe), looks, round_of(octaves))


class KeepTime(pl.Callback):
    """Measures the steps, and sets how many are taken.

    It has to come before the other callbacks, whose work lies between two steps.

    Parameters
    ----------
    pace : what decides
    began : when the run began, by the clock
    decided : called after every decision with the seconds that the whole run is expected to take
    clock : seconds
    """

    def __init__(
        self,
        pace: Pace,
        began: float,
        decided: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ):
        self.pace, self.began, self.decided, self.clock = pace, began, decided, clock
        self.started = self.ended = clock()

    @property
    def spent(self) -> float:
        """Seconds, with those of the runs that this one goes on from."""
        return self.pace.earlier + self.clock() - self.began

    def left(self, step: int) -> float:
        """Seconds that are expected, or that are left of the budget until steps are measured."""
        if not self.pace.measured:
            return max(0.0, 60 * self.pace.budget.minutes - self.spent)
        return self.pace.left(self.pace.steps, step)

    def on_train_start(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        self.started = self.ended = self.clock()

    def on_train_batch_start(self, trainer, module, batch, batch_idx) -> None:
        self.started = self.clock()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        gap, self.ended = self.started - self.ended, self.clock()
        self.pace.see(self.ended - self.started, gap, module.compared_whole)
        if self.pace.due(trainer.global_step):
            self._decide(trainer, module)

    def _decide(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        step = trainer.global_step
        if self.pace.look is None and self.pace.measured:
            self.pace.look = self._seconds(module.look) / self.pace.step
            if not module.compared_whole:
                self.pace.late = self._late(trainer, module)
        self.pace.decide(step, self.spent)
        module.set_steps(self.pace.steps)
        trainer.fit_loop.epoch_loop.max_steps = self.pace.steps  # the trainer has no setter
        self.decided(self.spent + self.left(step))
        self.ended = self.clock()

    def _late(self, trainer: pl.Trainer, module: TextureTraining) -> float:
        """What a step by the whole descriptor takes, over one as they are now."""
        with trainer.precision_plugin.train_step_context():
            whole, early = (self._seconds(partial(module.rehearse, way)) for way in (True, False))
        return max(1.0, whole / max(early, 1e-9))

    def _seconds(self, work: Callable[[], object]) -> float:
        """That it takes, the second time."""
        for _ in range(2):
            began = self.clock()
            work()
        return self.clock() - began

    def on_save_checkpoint(self, trainer, module, checkpoint: dict) -> None:
        pace = self.pace
        came_to = {"steps": pace.steps, "fixed": pace.fixed, "spent": self.spent}
        checkpoint[BUDGET] = asdict(pace.budget) | came_to
