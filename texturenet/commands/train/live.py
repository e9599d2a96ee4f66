"""What a training run shows in the terminal, and how it is stopped."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytorch_lightning as pl

from ..signals import Ending
from ..terminal import Bar


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


class ShowProgress(pl.Callback):
    """The bar, with the loss that is minimised and the mean relative error."""

    def __init__(self, bar: Bar):
        self.bar = bar

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar.start_at(trainer.global_step)

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        error = sum(module.errors.values()) / len(module.errors)
        self.bar.advance(f"loss {module.values['loss']:.3f} error {error:.4f}")
