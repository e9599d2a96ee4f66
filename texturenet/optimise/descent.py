"""A canvas and its objective -> one step after the other downhill, by L-BFGS or Adam.

Both call the same closure. What goes wrong is noticed and said: a step that does not move, a loss
that no longer falls or is not finite; the method then changes, and the best canvas so far is where
it goes on from.
"""

import math

import torch
from torch import Tensor

from ..errors import Refused
from .blocks import Compute
from .method import Method
from .objective import Objective

PATIENCE = 30  # evaluations without a lower loss after which a method has stalled
WORTH = 1e-6  # the share of the loss by which it has to fall to count
FIRST = 0.003  # of the range of colours, root mean square, by which L-BFGS moves first
SCALED = 1e6  # what the loss of its start is brought to for L-BFGS
SEARCHED = 25  # evaluations that a line search may take
RESCUE_RATE = 0.01  # of Adam, where L-BFGS could not go on: of the range of colours


class Descent:
    """look() evaluates the canvas, move() moves it. `best` is the canvas of the lowest loss.

    canvas: (1,3,H,W) in the objective's units. bounds: the least and the largest value of each
    colour, (3,1,1) each, to which every step is brought back. `settled`: there is nowhere to go.
    """

    def __init__(
        self,
        canvas: Tensor,
        objective: Objective,
        method: Method,
        way: Compute,
        bounds: tuple[Tensor, Tensor] | None = None,
    ):
        self.objective, self.method, self.way, self.bounds = objective, method, way, bounds
        self.canvas = canvas.clone(memory_format=torch.contiguous_format).requires_grad_()
        self._into_bounds()
        self.best, self.best_loss = self.canvas.detach().clone(), math.inf
        self.rung = self.done = self.since = 0
        self.rolled_back = self.settled = False
        self.looked = False  # since the last move
        self.scale: float | None = None
        self.notes: list[str] = []
        self.terms: dict[str, float] = {}
        self._seen_at: Tensor | None = None
        self._renew()

    def look(self) -> dict[str, float]:
        """The terms of the canvas at hand, kept if they are the best; rolled back if not finite."""
        terms = self._evaluate()
        if self.looked:
            return terms
        self.looked = True
        if not all(map(math.isfinite, terms.values())):
            terms = self._roll_back(terms)
        loss = sum(terms.values())
        worth = math.isinf(self.best_loss) or loss < self.best_loss - WORTH * abs(self.best_loss)
        self.since = 0 if worth else self.since + 1
        if loss < self.best_loss:
            self.best, self.best_loss = self.canvas.detach().clone(), loss
        if self.since >= PATIENCE:
            return self._stalled(f"no lower loss in {PATIENCE} steps")
        return terms

    def _evaluate(self) -> dict[str, float]:
        """Once for every place: L-BFGS asks again for the gradient it ended with."""
        if self._seen_at is None or not torch.equal(self._seen_at, self.canvas):
            self.terms = self.objective.evaluate(self.canvas, self.way)
            if self.method.name == "lbfgs":
                self.canvas.grad *= self._scaled()
                self._free_gradient()
            self._seen_at = self.canvas.detach().clone()
        return self.terms

    def _scaled(self) -> float:
        """What L-BFGS gets the loss multiplied by: torch's takes a curvature below 1e-10 for none,
        so that a small loss would stall."""
        if self.scale is None and math.isfinite(loss := sum(self.terms.values())):
            self.scale = SCALED / max(abs(loss), 1e-12)
        return self.scale or 1.0

    def _closure(self) -> float:
        self._into_bounds()  # a line search tries places beyond them
        return sum(self._evaluate().values()) * (self.scale or 1.0)

    def move(self) -> None:
        """One step of the method, from where `look` looked."""
        before = self.canvas.detach().clone()
        remembers = isinstance(self.optimizer, torch.optim.LBFGS)
        if remembers and self.method.restart and self.done % self.method.restart == 0:
            self._renew()
        self.optimizer.param_groups[0]["lr"] = self._rate()
        self.optimizer.step(self._closure)
        self._into_bounds()
        if not self.canvas.isfinite().all():  # torch's line search can divide 0 by 0
            with torch.no_grad():
                self.canvas.copy_(before)
        self._remember(before)
        self.done += 1
        self.looked = False
        if not torch.equal(before, self.canvas):
            self.fresh = False
        elif not self.canvas.grad.any():
            self.settled = True
        elif self.fresh:
            self._stalled("a step that did not move")
        else:  # what it remembers may be what misleads it
            self._from_best(self.rung, "a step that did not move, history forgotten")

    def _into_bounds(self) -> None:
        if self.bounds is not None:
            with torch.no_grad():
                self.canvas.copy_(self.canvas.clamp(*self.bounds))

    def _stalled(self, why: str) -> dict[str, float]:
        """The next method, or none if L-BFGS has tried them all; Adam was asked for to the end."""
        if self.method.name == "adam":
            return self.terms
        if self.rung + 1 < len(self.method.rungs):
            return self._from_best(self.rung + 1, why)
        self.settled = True
        return self._from_best(self.rung, f"{why}, nothing lowers it further")

    def _free_gradient(self) -> None:
        """Without what would only push colours against their bounds."""
        if self.bounds is not None:
            (low, high), gradient = self.bounds, self.canvas.grad
            held = (self.canvas <= low) & (gradient > 0) | (self.canvas >= high) & (gradient < 0)
            gradient.masked_fill_(held, 0.0)

    def _remember(self, before: Tensor) -> None:
        """The step that L-BFGS learns from has to be the one that was taken within the bounds."""
        if self.bounds is not None and isinstance(self.optimizer, torch.optim.LBFGS):
            state = self.optimizer.state[self.canvas]
            state["d"], state["t"] = (self.canvas.detach() - before).flatten(), 1.0

    def _roll_back(self, terms: dict[str, float]) -> dict[str, float]:
        """To the best canvas, once, with a more careful method; a second time there is no hope."""
        name = next(name for name, value in terms.items() if not math.isfinite(value))
        told = f"the loss term {name} is {terms[name]} at step {self.done}"
        if self.rolled_back or not math.isfinite(self.best_loss):
            raise Refused(
                f"{told}: stopped; lower learning_rate (now {self.method.learning_rate}), or say "
                "precision=float32."
            )
        self.rolled_back = True
        return self._from_best(min(self.rung + 1, len(self.method.rungs) - 1), told)

    def _from_best(self, rung: int, why: str) -> dict[str, float]:
        """Back to the best canvas and its terms, to go on by that method."""
        slower = (
            ", at a tenth of the rate" if self.rolled_back and self.method.name == "adam" else ""
        )
        by = (
            ""
            if self.settled
            else f": on from the best picture so far by {self.method.rungs[rung]}"
        )
        self.notes.append(f"{why}{by}{slower}")
        with torch.no_grad():
            self.canvas.copy_(self.best)
        if rung != self.rung:
            self.rung, self.since = rung, 0
        self._renew()
        return self._evaluate()

    def _renew(self) -> None:
        """An optimiser that remembers nothing; `fresh` until it has moved."""
        self.optimizer, self.fresh = self._optimizer(), True

    def _optimizer(self) -> torch.optim.Optimizer:
        method, rung = self.method, self.method.rungs[self.rung]
        if rung == "adam":
            return torch.optim.Adam([self.canvas], betas=method.betas)
        # Its own tests of convergence are left out: on large pictures they hold at the first step,
        # and nothing happens.
        return torch.optim.LBFGS(
            [self.canvas],
            max_iter=1,
            max_eval=SEARCHED,
            history_size=method.history,
            tolerance_grad=0,
            tolerance_change=0,
            line_search_fn="strong_wolfe" if rung == "line search" else None,
        )

    def _rate(self) -> float:
        """Of the step at hand."""
        method, gain = self.method, self.objective.units.gain.mean().item()
        if isinstance(self.optimizer, torch.optim.LBFGS):
            return self._first_rate(gain) if self.fresh else method.learning_rate
        if method.name == "lbfgs":
            return RESCUE_RATE * gain
        rate = method.learning_rate * method.decay ** (self.done // method.every)
        return rate * (0.1 if self.rolled_back else 1)

    def _first_rate(self, gain: float) -> float:
        """The first step of L-BFGS follows the gradient, whose length means nothing: it is made to
        move colours by FIRST. (torch's own divides by the sum of the gradient, which on a large
        picture moves nothing that bfloat16 could see.)"""
        gradient = self.canvas.grad
        size, total = gradient.square().mean().sqrt().item(), gradient.abs().sum().item()
        if not size or not math.isfinite(size):
            return self.method.learning_rate
        return self.method.learning_rate * FIRST * gain / (size * min(1.0, 1.0 / total))

    def state_dict(self) -> dict:
        """Enough to go on exactly."""
        return {
            "canvas": self.canvas.detach().cpu(),
            "best": self.best.cpu(),
            "optimizer": self.optimizer.state_dict(),
            **{key: getattr(self, key) for key in KEPT},
        }

    def load_state_dict(self, state: dict) -> None:
        for key in KEPT:
            setattr(self, key, state[key])
        with torch.no_grad():
            self.canvas.copy_(state["canvas"])
        self.best = state["best"].to(self.canvas.device)
        self._seen_at = None
        self.optimizer = self._optimizer()
        self.optimizer.load_state_dict(state["optimizer"])


KEPT = (
    "best_loss", "rung", "done", "since", "rolled_back", "settled", "fresh", "looked", "scale",
    "notes",
)  # fmt: skip
