"""A run that goes wrong -> back to its best state, at half the rate; the best is released."""

import math
from collections.abc import Callable
from copy import deepcopy

import pytorch_lightning as pl
from torch import Tensor

from .training import TextureTraining
from .watch import Limits, Watch

LOWER = 0.5  # of the rate, each time
JUDGED = 8  # pictures that tell which weights are best


def diversity_of(pictures: Tensor) -> float | None:
    """Of a batch (B,3,H,W): mean squared difference of its pairs over that of their pixels at
    random places. 1: as different as can be; 0: all the same. None of one picture alone."""
    count = len(pictures)
    if count < 2:
        return None
    pictures = pictures.float()
    # Over pairs, the squared difference is twice the variance over the batch.
    between = pictures.var(dim=0).mean()
    return (between / pictures.var(dim=(0, 2, 3)).mean().clamp(min=1e-12)).item()


class Guard(pl.Callback):
    """tell: called with what has happened, in words."""

    def __init__(self, limits: Limits, tell: Callable[[str], None]):
        self.watch, self.tell = Watch(limits), tell
        self.kept: dict | None = None  # the state gone back to
        self.best: dict | None = None  # the weights released
        self.least, self.frozen = math.inf, False

    def on_train_start(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        module.forgiving = self._patient()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        step, due = trainer.global_step, trainer.global_step % self.watch.limits.every == 0
        if module.generator.calibrated and not self.frozen:
            # Fixed statistics are another net: what is kept has to have them.
            self.watch.anew()
            self.frozen, self.kept = True, _state(module, trainer)
        diversity = diversity_of(module.pictures) if due else None
        verdict = self.watch.see(step, _mean_log(module.errors), diversity)
        if verdict.keep:
            self.kept = _state(module, trainer)
        if verdict.trouble:
            self._go_back(trainer, module, verdict.trouble)
        if due and self.frozen:
            self._judge(module)

    def _go_back(self, trainer: pl.Trainer, module: TextureTraining, trouble: str) -> None:
        module.rate_share *= LOWER
        module.forgiving = self._patient()
        to = "no earlier state"
        if self.kept is not None:
            to = f"back to step {self.kept['step']}"
            module.generator.load_state_dict(self.kept["generator"])
            module.mean.load_state_dict(self.kept["mean"])
            trainer.optimizers[0].load_state_dict(deepcopy(self.kept["optimizer"]))
        share = f"{100 * module.rate_share:g} %"
        self.tell(f"step {trainer.global_step}: {trouble}; {to}, the rate at {share}")

    def _patient(self) -> bool:
        return self.watch.state["called"] < self.watch.limits.times

    def _judge(self, module: TextureTraining) -> None:
        error = _mean_log(module.judge(module.mean.freeze(), JUDGED))
        if error < self.least:
            self.least, self.best = error, deepcopy(module.mean.state_dict())

    def on_train_end(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        if self.frozen:
            self._judge(module)
            module.mean.load_state_dict(self.best)

    def state_dict(self) -> dict:
        names = ("kept", "best", "least", "frozen")
        return {"watch": self.watch.state, **{name: getattr(self, name) for name in names}}

    def load_state_dict(self, state: dict) -> None:
        self.watch.state = state.pop("watch")
        for name, value in state.items():
            setattr(self, name, value)


def _state(module: TextureTraining, trainer: pl.Trainer) -> dict:
    parts = {
        "step": trainer.global_step,
        "generator": module.generator.state_dict(),
        "mean": module.mean.state_dict(),
        "optimizer": trainer.optimizers[0].state_dict(),
    }
    return deepcopy(parts)


def _mean_log(errors: dict[str, float]) -> float:
    """NaN where one of them is."""
    if not all(math.isfinite(error) for error in errors.values()):
        return math.nan
    return sum(math.log(max(error, 1e-12)) for error in errors.values()) / len(errors)
