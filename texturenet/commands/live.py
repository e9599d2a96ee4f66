"""What a training run shows in the terminal, and how it is told to stop."""

import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytorch_lightning as pl

from ..errors import StoppedAtOnce
from .progress import Bar, say


@contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's advice, which says nothing to the user of a texture."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            yield
    finally:
        logger.setLevel(level)


class Interruption(pl.Callback):
    """Ctrl-C or SIGTERM ends the run after the step at hand; it is then released like any other.

    `signal` is the number of what arrived, or 0; a second one stops at once. `started`
    tells whether a step has been begun.
    """

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        self.signal, self.before, self.started = 0, {}, False

    def __enter__(self) -> "Interruption":
        # Before Lightning puts its own handlers in place, which it forgets to take away.
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.getsignal(number) for number in self.NUMBERS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.started = True
        for number in self.before:
            signal.signal(number, self._note)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        trainer.should_stop = bool(self.signal)

    def _note(self, number: int, frame: object) -> None:
        if self.signal:
            raise StoppedAtOnce(number)
        self.signal = number
        say("stopping after this step, then saving; once more stops at once")


class ShowProgress(pl.Callback):
    """The bar, with the loss that is minimised and the mean relative error."""

    def __init__(self, bar: Bar):
        self.bar = bar

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar.start_at(trainer.global_step)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        error = sum(module.errors.values()) / len(module.errors)
        self.bar.advance(f"loss {module.values['loss']:.3f} error {error:.4f}")
