"""What a training run shows in the terminal, and how it is stopped."""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytorch_lightning as pl

from ...training.timing import KeepTime
from ..signals import Ending
from ..terminal import PARTS, Bar


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's advice, which says nothing to the user of a texture."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class Interruption(Ending, pl.Callback):
    """Ends the run after the step at hand; it is then released like any other. `started` tells
    whether a step has been begun."""

    started = False

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.started = True
        # Only now: Lightning puts handlers of its own in place before, and forgets them there.
        self.listen()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        trainer.should_stop = bool(self.signal)
        if trainer.world_size > 1:  # all end after the same step
            together = trainer.strategy.reduce_boolean_decision
            trainer.should_stop = together(bool(self.signal), all=False)


class ShowProgress(pl.Callback):
    """The bar, with the loss that is minimised and the mean relative error."""

    def __init__(self, bar: Bar):
        self.bar = bar

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar.start_at(trainer.global_step)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        self.bar.advance(_figures(module), _numbers(trainer, module))


class ShowTime(pl.Callback):
    """The same where time is counted: the bar is full when it is over."""

    def __init__(self, bar: Bar, timing: KeepTime):
        self.bar, self.timing = bar, timing

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar.start_at(self._done(trainer.global_step))

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        step = trainer.global_step
        of = f" of {module.recipe.steps}" if self.timing.pace.measured else ""
        done = max(self.bar.done, self._done(step))  # what is expected may grow
        numbers = _numbers(trainer, module, self.timing.pace.measured)
        self.bar.reach(done, f"step {step}{of} {_figures(module)}", numbers)

    def _done(self, step: int) -> int:
        """Of PARTS of the time."""
        spent, left = self.timing.spent, self.timing.left(step)
        return min(PARTS - 1, int(PARTS * spent / max(spent + left, 1e-9)))


def _figures(module: pl.LightningModule) -> str:
    return f"loss {module.values['loss']:.3f} error {_error(module):.4f}"


def _numbers(
    trainer: pl.Trainer, module: pl.LightningModule, known: bool = True
) -> dict[str, float]:
    """Those that are finite. known: how many steps there are to be."""
    found = {"loss": module.values["loss"], "error": _error(module)}
    finite = {name: value for name, value in found.items() if math.isfinite(value)}
    steps = {"steps": module.recipe.steps} if known else {}
    return {"step": trainer.global_step, **steps, **finite}


def _error(module: pl.LightningModule) -> float:
    return sum(module.errors.values()) / len(module.errors)
