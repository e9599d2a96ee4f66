"""The errors of a training run, step by step -> go on, keep this state, or go back to the best one.

`Watch` decides from numbers alone. `Guard` is the callback that keeps the states: a run that goes
wrong returns to its best state at half the rate, and the best weights are released.
"""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace

import pytorch_lightning as pl
from torch import Tensor

from .module import TextureTraining

BETTER = 0.01  # fall of the mean logarithm of errors that counts as progress
LOWER = 0.5  # factor of the rate, each time that the run goes back
JUDGED = 8  # pictures that decide which weights are best
# Attributes in files to resume from.
REMEMBERED = ("pending", "kept", "best", "least", "frozen", "whole")


@dataclass(frozen=True)
class Limits:
    """When a run has gone wrong; named as in conf/.

    Attributes
    ----------
    every : steps between two decisions
    worse : factor over the best error above which a run has diverged
    alike : diversity of a batch below which a net has collapsed
    patience : steps without progress after which the rate is too high, 0 for no limit
    times : how often a run may go back, 0 for never
    """

    every: int
    worse: float
    alike: float
    patience: int
    times: int


@dataclass(frozen=True)
class Verdict:
    """keep: this is the best state so far. trouble: why to go back to the best, or None."""

    keep: bool = False
    trouble: str | None = None


class Watch:
    """Called with the numbers of every step. Its memory is `state`, a dict of plain values."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.state = {"recent": [], "best": None, "at": 0, "since": 0, "called": 0}

    def see(self, step: int, error: float, diversity: float | None) -> Verdict:
        """Every `every` steps a decision, in between to go on.

        Parameters
        ----------
        step : from 1
        error : of this step, mean of the logarithms of relative errors
        diversity : of its batch (`diversity_of`), None where it was not measured
        """
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

    def restart(self) -> None:
        """Errors from here on do not compare with those before."""
        self.state |= {"recent": [], "best": None}

    def _back(self, step: int, trouble: str) -> Verdict:
        if self.state["called"] >= self.limits.times:
            return Verdict()
        self.state |= {"called": self.state["called"] + 1, "recent": [], "since": step}
        return Verdict(trouble=trouble)


def diversity_of(pictures: Tensor) -> float | None:
    """Mean squared difference of the pairs of a batch (B,3,H,W) over that of its pixels at random
    places. 1: independent pictures; 0: equal ones; None for a single picture."""
    count = len(pictures)
    if count < 2:
        return None
    pictures = pictures.float()
    # Over pairs, the squared difference is twice the variance over the batch.
    between = pictures.var(dim=0).mean()
    return (between / pictures.var(dim=(0, 2, 3)).mean().clamp(min=1e-12)).item()


class Guard(pl.Callback):
    """Goes back to the best state, and chooses the weights that are released.

    It has to come before callbacks that save, as its memory is part of what they save.

    Parameters
    ----------
    limits : when a run has gone wrong
    report : called with what has happened, one line
    patience : share of the steps, in place of that of the limits, where their number may change
    """

    def __init__(
        self, limits: Limits, report: Callable[[str], None], patience: float | None = None
    ):
        self.watch, self.report, self.patience = Watch(limits), report, patience
        self.pending: dict | None = None  # a state whose error is not known yet
        self.kept: dict | None = None  # the state to go back to
        self.best: dict | None = None  # the weights to release
        self.least, self.frozen = math.inf, False  # error of `best`; whether statistics are fixed
        self.whole = False  # whether errors are those of the whole descriptor

    def on_train_start(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        module.forgiving, module.best = self._may_go_back(), self.best

    def on_fit_end(self, trainer: pl.Trainer, module: TextureTraining) -> None:
        module.best = self.best  # also of a run whose steps had all been taken before

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        step, error = trainer.global_step, _mean_log(module.errors)
        whole, self.whole = self.whole, module.compared_whole
        if self.whole and not whole:
            self.watch.restart()
        due = step % self.watch.limits.every == 0
        self._follow(module.recipe.steps)
        if self.pending is not None and math.isfinite(error):
            # Errors are those before a step, so those of a state come with the next one.
            self.kept, self.pending = self.pending, None
        if module.generator.calibrated and not self.frozen and math.isfinite(error):
            self.watch.restart()  # the net with fixed statistics is another one
            self.frozen, self.pending = True, _state(module, trainer)
        verdict = self.watch.see(step, error, diversity_of(module.batch_pictures) if due else None)
        if verdict.keep:
            self.pending = _state(module, trainer)
        if verdict.trouble:
            self._go_back(trainer, module, verdict.trouble)
        elif due and self.frozen:
            self._judge(module)

    def _follow(self, steps: int) -> None:
        """Patience for a run of so many steps."""
        if self.patience is not None:
            patience = math.ceil(self.patience * steps)
            self.watch.limits = replace(self.watch.limits, patience=patience)

    def _go_back(self, trainer: pl.Trainer, module: TextureTraining, trouble: str) -> None:
        module.rate_share *= LOWER
        module.forgiving, self.pending = self._may_go_back(), None
        target = "no earlier state"
        if self.kept is not None:
            target = f"back to step {self.kept['step']}"
            module.load_state_dict(self.kept["module"])
            module.generator.resume_norms()
            self.frozen = bool(module.generator.calibrated)
            trainer.optimizers[0].load_state_dict(deepcopy(self.kept["optimizer"]))
            _set_rates(trainer)
        share = f"{100 * module.rate_share:g} %"
        self.report(f"step {trainer.global_step}: {trouble}; {target}, the rate at {share}")

    def _may_go_back(self) -> bool:
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
    """The rates of the schedule at this step, in place of those in a loaded optimiser's state."""
    (config,) = trainer.lr_scheduler_configs
    rates, groups = config.scheduler, trainer.optimizers[0].param_groups
    for group, base, factor in zip(groups, rates.base_lrs, rates.lr_lambdas, strict=True):
        group["lr"] = base * factor(rates.last_epoch)


def _mean_log(errors: dict[str, float]) -> float:
    """Mean of the logarithms of errors; NaN where an error is not finite."""
    if not all(math.isfinite(error) for error in errors.values()):
        return math.nan
    return sum(math.log(max(error, 1e-12)) for error in errors.values()) / len(errors)
