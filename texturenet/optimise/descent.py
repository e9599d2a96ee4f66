"""A canvas and its objective -> one step downhill after the other, by L-BFGS or Adam.

Both optimisers call the same closure. Where a step does not move, or the loss no longer falls or is
not finite, the descent goes on from the best canvas so far with the next of the method's fallbacks,
and leaves a note.
"""

import math

import torch
from torch import Tensor

from ..errors import Refused
from .blocks import Compute
from .method import Method
from .objective import Objective

PATIENCE = 30  # evaluations without a lower loss after which a method has stalled
WORTH = 1e-6  # share of the loss by which it has to fall to count as lower
FIRST = 0.003  # root mean square of the first step of L-BFGS, of the range of colours
SCALED = 1e6  # what the loss of the start is scaled to for L-BFGS
SEARCHED = 25  # evaluations of a line search, at most
RESCUE_RATE = 0.01  # of Adam as a fallback of L-BFGS, of the range of colours

# {key of a state dict: attribute}; files to resume from have these keys.
STATE = {
    "best_loss": "best_loss",
    "rung": "fallback",
    "done": "steps",
    "since": "since",
    "rolled_back": "rolled_back",
    "settled": "settled",
    "fresh": "fresh",
    "looked": "evaluated",
    "scale": "scale",
    "notes": "notes",
}


class Descent:
    """`evaluate` computes loss and gradient of the canvas, `step` moves the canvas.

    Parameters
    ----------
    canvas : (1,3,H,W) in the objective's units, where the descent starts
    objective : canvas -> terms and gradient
    method : the optimiser and its numbers
    compute : within which memory
    bounds : least and largest value of each colour, (3,1,1) each, that every step is clamped to

    Attributes
    ----------
    canvas : where the descent is
    best, best_loss : the canvas of the lowest loss
    steps : the steps taken
    settled : whether no further step is of use
    notes : what went wrong, in words

    An exception out of the objective leaves canvas, best and state dict as they were after the last
    whole step, so that an interrupted descent can be saved.
    """

    def __init__(
        self,
        canvas: Tensor,
        objective: Objective,
        method: Method,
        compute: Compute,
        bounds: tuple[Tensor, Tensor] | None = None,
    ):
        self.objective, self.method, self.compute = objective, method, compute
        self.bounds = bounds
        self.canvas = canvas.clone(memory_format=torch.contiguous_format).requires_grad_()
        self._clamp()
        self.best, self.best_loss = self.canvas.detach().clone(), math.inf
        self.fallback = self.steps = self.since = 0
        self.rolled_back = self.settled = False
        self.evaluated = False  # since the last step
        self.scale: float | None = None
        self.notes: list[str] = []
        self.terms: dict[str, float] = {}
        self._evaluated_at: Tensor | None = None
        self._renew()

    def evaluate(self) -> dict[str, float]:
        """{term: value} of the canvas, which becomes the best if their sum is the lowest so far.

        Raises
        ------
        Refused : where a term is not finite, a second time or before any canvas was
        """
        terms = self._terms_and_gradient()
        if self.evaluated:
            return terms
        self.evaluated = True
        if not all(map(math.isfinite, terms.values())):
            terms = self._roll_back(terms)
        loss = sum(terms.values())
        lower = math.isinf(self.best_loss) or loss < self.best_loss - WORTH * abs(self.best_loss)
        self.since = 0 if lower else self.since + 1
        if loss < self.best_loss:
            self.best, self.best_loss = self.canvas.detach().clone(), loss
        if self.since >= PATIENCE:
            return self._stalled(f"no lower loss in {PATIENCE} steps")
        return terms

    def step(self) -> None:
        """One step of the method, from where `evaluate` was called."""
        before = self.canvas.detach().clone()
        lbfgs = isinstance(self.optimizer, torch.optim.LBFGS)
        if lbfgs and self.method.restart and self.steps % self.method.restart == 0:
            self._renew()
        self.optimizer.param_groups[0]["lr"] = self._rate()
        self._move_or_undo(before)
        self._clamp()
        if not self.canvas.isfinite().all():  # torch's line search can divide 0 by 0
            with torch.no_grad():
                self.canvas.copy_(before)
        self._record_step(before)
        self.steps += 1
        self.evaluated = False
        if not torch.equal(before, self.canvas):
            self.fresh = False
        elif not self.canvas.grad.any():
            self.settled = True
        elif self.fresh:
            self._stalled("a step that did not move")
        else:  # the history may be what is wrong
            self._restart_from_best(self.fallback, "a step that did not move, history forgotten")

    def _terms_and_gradient(self) -> dict[str, float]:
        """Computed once for every canvas: L-BFGS begins with the gradient it ended with."""
        if self._evaluated_at is None or not torch.equal(self._evaluated_at, self.canvas):
            self._evaluated_at = None
            self.terms = self.objective.evaluate(self.canvas, self.compute)
            if self.method.name == "lbfgs":
                self.canvas.grad *= self._loss_scale()
                self._mask_gradient()
            self._evaluated_at = self.canvas.detach().clone()
        return self.terms

    def _loss_scale(self) -> float:
        """The factor of the loss for L-BFGS: torch's counts a curvature below 1e-10 as none, so
        that a small loss would stall."""
        if self.scale is None and math.isfinite(loss := sum(self.terms.values())):
            self.scale = SCALED / max(abs(loss), 1e-12)
        return self.scale or 1.0

    def _mask_gradient(self) -> None:
        """Zero where a step down the gradient would only leave the bounds."""
        if self.bounds is not None:
            (low, high), gradient = self.bounds, self.canvas.grad
            blocked = (self.canvas <= low) & (gradient > 0)
            blocked |= (self.canvas >= high) & (gradient < 0)
            gradient.masked_fill_(blocked, 0.0)

    def _move_or_undo(self, before: Tensor) -> None:
        """A step of the optimiser; an exception in its line search undoes it."""
        memory = self._optimizer_memory()
        try:
            self.optimizer.step(self._closure)
        except BaseException:
            with torch.no_grad():
                self.canvas.copy_(before)
            self.optimizer.state[self.canvas] = memory
            raise

    def _closure(self) -> float:
        self._clamp()  # a line search tries canvases beyond the bounds
        return sum(self._terms_and_gradient().values()) * (self.scale or 1.0)

    def _optimizer_memory(self) -> dict:
        """The optimiser's state, of which a step replaces all but its lists and one tensor."""
        memory = dict(self.optimizer.state[self.canvas])
        if self.method.fallbacks[self.fallback] == "line search":  # others do not evaluate
            for key, value in memory.items():
                if isinstance(value, list):
                    memory[key] = list(value)
                elif key == "prev_flat_grad":
                    memory[key] = value.clone()
        return memory

    def _clamp(self) -> None:
        if self.bounds is not None:
            with torch.no_grad():
                self.canvas.copy_(self.canvas.clamp(*self.bounds))

    def _record_step(self, before: Tensor) -> None:
        """The step that L-BFGS learns from has to be the one that was taken within the bounds."""
        if self.bounds is not None and isinstance(self.optimizer, torch.optim.LBFGS):
            state = self.optimizer.state[self.canvas]
            state["d"], state["t"] = (self.canvas.detach() - before).flatten(), 1.0

    def _stalled(self, why: str) -> dict[str, float]:
        """The next fallback, or the end where L-BFGS has none left; Adam goes on by itself."""
        if self.method.name == "adam":
            return self.terms
        if self.fallback + 1 < len(self.method.fallbacks):
            return self._restart_from_best(self.fallback + 1, why)
        self.settled = True
        return self._restart_from_best(self.fallback, f"{why}, nothing lowers it further")

    def _roll_back(self, terms: dict[str, float]) -> dict[str, float]:
        """To the best canvas and the next fallback, where a term is not finite; only once."""
        name = next(name for name, value in terms.items() if not math.isfinite(value))
        why = f"the loss term {name} is {terms[name]} at step {self.steps}"
        if self.rolled_back or not math.isfinite(self.best_loss):
            raise Refused(
                f"{why}: stopped; lower learning_rate (now {self.method.learning_rate}), or say "
                "precision=float32."
            )
        self.rolled_back = True
        last = len(self.method.fallbacks) - 1
        return self._restart_from_best(min(self.fallback + 1, last), why)

    def _restart_from_best(self, fallback: int, why: str) -> dict[str, float]:
        """The terms of the best canvas, to go on from by that fallback."""
        note = why
        if not self.settled:
            note += f": on from the best picture so far by {self.method.fallbacks[fallback]}"
        if self.rolled_back and self.method.name == "adam":
            note += ", at a tenth of the rate"
        self.notes.append(note)
        with torch.no_grad():
            self.canvas.copy_(self.best)
        if fallback != self.fallback:
            self.fallback, self.since = fallback, 0
        self._renew()
        return self._terms_and_gradient()

    def _renew(self) -> None:
        """An optimiser without history; `fresh` until it has moved."""
        self.optimizer, self.fresh = self._optimizer(), True

    def _optimizer(self) -> torch.optim.Optimizer:
        method, fallback = self.method, self.method.fallbacks[self.fallback]
        if fallback == "adam":
            return torch.optim.Adam([self.canvas], betas=method.betas)
        # Without its own tests of convergence: on large pictures they are true at the first step,
        # and nothing happens.
        return torch.optim.LBFGS(
            [self.canvas],
            max_iter=1,
            max_eval=SEARCHED,
            history_size=method.history,
            tolerance_grad=0,
            tolerance_change=0,
            line_search_fn="strong_wolfe" if fallback == "line search" else None,
        )

    def _rate(self) -> float:
        """The learning rate of the next step."""
        method, gain = self.method, self.objective.units.gain.mean().item()
        if isinstance(self.optimizer, torch.optim.LBFGS):
            return self._first_rate(gain) if self.fresh else method.learning_rate
        if method.name == "lbfgs":
            return RESCUE_RATE * gain
        rate = method.learning_rate * method.decay ** (self.steps // method.every)
        return rate * (0.1 if self.rolled_back else 1)

    def _first_rate(self, gain: float) -> float:
        """The rate with which the first step of L-BFGS, down the gradient, moves colours by FIRST.

        torch's own divides by the sum of the gradient, which on a large picture moves nothing that
        bfloat16 could represent.
        """
        gradient = self.canvas.grad
        size, total = gradient.square().mean().sqrt().item(), gradient.abs().sum().item()
        if not size or not math.isfinite(size):
            return self.method.learning_rate
        return self.method.learning_rate * FIRST * gain / (size * min(1.0, 1.0 / total))

    def state_dict(self) -> dict:
        """All that is needed to go on exactly."""
        return {
            "canvas": self.canvas.detach().cpu(),
            "best": self.best.cpu(),
            "optimizer": self.optimizer.state_dict(),
            **{key: getattr(self, name) for key, name in STATE.items()},
        }

    def load_state_dict(self, state: dict) -> None:
        for key, name in STATE.items():
            setattr(self, name, state[key])
        with torch.no_grad():
            self.canvas.copy_(state["canvas"])
        self.best = state["best"].to(self.canvas.device)
        self._evaluated_at = None
        self.optimizer = self._optimizer()
        self.optimizer.load_state_dict(state["optimizer"])
