"""What a training run shows in the terminal, and how it is told to stop."""

import signal

import pytorch_lightning as pl

from .progress import Bar, say


class Interruption(pl.Callback):
    """Ctrl-C or SIGTERM ends the run after the step at hand; it is then released like any other.

    `signal` is the number of what arrived, or 0. A second one stops at once.
    """

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        self.signal, self.before = 0, {}

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        # Now and not earlier: Lightning has put its own handlers in place by then.
        self.before = {number: signal.signal(number, self._note) for number in self.NUMBERS}

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        trainer.should_stop = bool(self.signal)

    def teardown(self, trainer: pl.Trainer, module: pl.LightningModule, stage: str) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        say("stopping after this step, then saving; once more stops at once")


class ShowProgress(pl.Callback):
    """The bar, with the loss that is minimised and the mean relative error."""

    def __init__(self, steps: int):
        self.steps, self.bar = steps, None

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar = Bar("training", self.steps, trainer.global_step).__enter__()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        error = sum(module.errors.values()) / len(module.errors)
        self.bar.advance(f"loss {module.values['loss']:.3f} error {error:.4f}")

    def teardown(self, trainer: pl.Trainer, module: pl.LightningModule, stage: str) -> None:
        if self.bar:
            self.bar.__exit__()
