"""A training run's numbers, step by step -> whether to go on, keep this state, or go back to it.

`Watch` is pure: it sees numbers and remembers numbers. `Guard` is the callback that keeps the
states: a run that goes wrong returns to its best state at half the rate, and its best is released.
"""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import pytorch_lightning as pl
from torch import Tensor

from .module import TextureTraining

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


LOWER = 0.5  # of the rate, each time
JUDGED = 8  # pictures that tell which weights are best
REMEMBERED = ("pending", "kept", "best", "least", "frozen")


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
    """tell: called with what has happened, in words. It has to stand before callbacks that save,
    as what it remembers is part of what they save."""

    def __init__(self, limits: Limits, tell: Callable[[str], None]):
        self.watch, self.tell = Watch(limits), tell
        self.pending: dict | None = None  # a state after whose step nobody has looked yet
        self.kept: dict | None = None  # the state gone back to
        self.best: dict | None = None  # the weights to be released
        self.least, self.frozen = math.inf, False

    def on_train_start(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        module.forgiving, module.best = self._patient(), self.best

    def on_fit_end(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        module.best = self.best  # also of a run whose steps had all been taken before

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        step, error = trainer.global_step, _mean_log(module.errors)
        due = step % self.watch.limits.every == 0
        if self.pending is not None and math.isfinite(error):
            # Errors are those before a step, so it is the next that tells what the state is worth.
            self.kept, self.pending = self.pending, None
        if module.generator.calibrated and not self.frozen and math.isfinite(error):
            self.watch.anew()  # fixed statistics are another net, whose errors do not compare
            self.frozen, self.pending = True, _state(module, trainer)
        verdict = self.watch.see(step, error, diversity_of(module.pictures) if due else None)
        if verdict.keep:
            self.pending = _state(module, trainer)
        if verdict.trouble:
            self._go_back(trainer, module, verdict.trouble)
        elif due and self.frozen:
            self._judge(module)

    def _go_back(self, trainer: pl.Trainer, module: TextureTraining, trouble: str) -> None:
        module.rate_share *= LOWER
        module.forgiving, self.pending = self._patient(), None
        to = "no earlier state"
        if self.kept is not None:
            to = f"back to step {self.kept['step']}"
            module.load_state_dict(self.kept["module"])
            module.generator.resume_norms()
            self.frozen = bool(module.generator.calibrated)
            trainer.optimizers[0].load_state_dict(deepcopy(self.kept["optimizer"]))
            _set_rates(trainer)
        share = f"{100 * module.rate_share:g} %"
        self.tell(f"step {trainer.global_step}: {trouble}; {to}, the rate at {share}")

    def _patient(self) -> bool:
        return self.watch.state["called"] < self.watch.limits.times

    def _judge(self, module: TextureTraining) -> None:
        error = _mean_log(module.judge(module.mean.freeze(), JUDGED))
        if error < self.least:
            self.least, self.best = error, deepcopy(module.mean.state_dict())
            module.best = self.best

    def state_dict(self) -> dict:
        return {"watch": self.watch.state, **{name: getattr(self, name) for name in REMEMBERED}}

    def load_state_dict(self, state: dict) -> None:
        self.watch.state = state["watch"]
        for name in REMEMBERED:
            setattr(self, name, state[name])


def _state(module: TextureTraining, trainer: pl.Trainer) -> dict:
    parts = {
        "step": trainer.global_step,
        "module": module.state_dict(),
        "optimizer": trainer.optimizers[0].state_dict(),
    }
    return deepcopy(parts)


def _set_rates(trainer: pl.Trainer) -> None:
    """Those of the schedule now: an optimiser's state brings back its own."""
    (config,) = trainer.lr_scheduler_configs
    rates, groups = config.scheduler, trainer.optimizers[0].param_groups
    for group, base, factor in zip(groups, rates.base_lrs, rates.lr_lambdas, strict=True):
        group["lr"] = base * factor(rates.last_epoch)


def _mean_log(errors: dict[str, float]) -> float:
    """NaN where one of them is."""
    if not all(math.isfinite(error) for error in errors.values()):
        return math.nan
    return sum(math.log(max(error, 1e-12)) for error in errors.values()) / len(errors)
