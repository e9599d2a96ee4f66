"""Levels, coarse to fine, of one picture or several -> steps that can be watched, stopped, resumed.

A level is one size of one picture; the next level starts from the best picture of the one before.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import Size
from .blocks import Compute
from .descent import Descent
from .method import Method
from .objective import Objective

Bounds = tuple[Tensor, Tensor] | None

# {key of a state dict: attribute}; files to resume from have these keys.
STATE = {"at": "index", "number": "number", "before": "previous", "finished": "finished"}


@dataclass(frozen=True)
class Level:
    """One size of one picture.

    Attributes
    ----------
    part : name of the picture
    size : (height, width) in pixels
    steps : of the optimiser, at most
    objective : makes the objective, with its targets; called when the level begins
    start : the best picture of the level before (1,3,h,w), at its own size, or None for the first
        level -> the picture (1,3,H,W) in [0,1] to start from
    compute : within which memory
    bounds : least and largest value of each colour in [0,1], (3,1,1) each; None for no bounds
    """

    part: str
    size: Size
    steps: int
    objective: Callable[[], Objective]
    start: Callable[[Tensor | None], Tensor]
    compute: Compute
    bounds: Bounds = None


@dataclass(frozen=True)
class Step:
    """One evaluation of a picture.

    Attributes
    ----------
    number : of all steps, from 0
    part : name of the picture
    level : number of the level, from 0
    step : number within the level, from 0
    picture : (3,h,w), clamped to [0,1]
    losses : {term: value}, whose sum is `loss`
    share : of the work that is done, 0 to 1
    notes : what went wrong and how it went on, in words
    """

    number: int
    part: str
    level: int
    step: int
    picture: Tensor
    losses: dict[str, float]
    share: float
    notes: tuple[str, ...] = ()

    @property
    def loss(self) -> float:
        return sum(self.losses.values())


class Painting:
    """Iterate over it to have it painted: a Step before every step of the optimiser, and one at the
    end of a level.

    Parameters
    ----------
    levels : coarse to fine, of one picture after the other
    method : the optimiser and its numbers
    device : to compute on
    finish : applied to every picture (1,3,h,w) that leaves, as recolouring

    An iteration that is left, or ended by an exception out of the descriptor (see
    `Descriptor.interruptible`), can be taken up by another one, or from `state_dict`, to the same
    numbers.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        method: Method,
        device: torch.device,
        finish: Callable[[Tensor], Tensor] = lambda picture: picture,
    ):
        self.levels, self.method, self.device, self.finish = list(levels), method, device, finish
        self.index = self.number = 0  # of the level and the step at hand
        self.previous: Tensor | None = None  # the best picture of the level before
        self.descent: Descent | None = None  # of the level at hand
        self.finished: dict[str, Tensor] = {}  # {part: best picture}, of the levels done

    def __iter__(self) -> Iterator[Step]:
        while True:
            level, descent = self.levels[self.index], self._current_descent()
            while descent.steps < level.steps and not descent.settled:
                step = self._evaluate(level, descent)
                descent.step()
                self.number += 1
                yield step
            step = self._evaluate(level, descent)
            if self.index == len(self.levels) - 1:
                yield step  # its number does not count: with more steps it is evaluated again
                return
            self._close(level, descent)
            self.number += 1
            yield step

    @property
    def picture(self) -> Tensor:
        """The best picture so far, brought to the size of its finest level: (3,H,W) in [0,1]."""
        if not (pictures := self.pictures):
            best = self._best(self._current_descent())
            return self._finished(best, self._final_size(self.levels[0].part))
        return list(pictures.values())[-1]

    @property
    def pictures(self) -> dict[str, Tensor]:
        """{part: the same}, of every part that was evaluated."""
        best = dict(self.finished)
        if self.descent is not None and math.isfinite(self.descent.best_loss):
            best[self.levels[self.index].part] = self._best(self.descent)
        return {part: self._finished(best[part], self._final_size(part)) for part in best}

    def state_dict(self) -> dict:
        """All that another painting of the same levels needs to go on exactly."""
        state = {key: getattr(self, name) for key, name in STATE.items()}
        return {**state, "descent": self.descent and self.descent.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        for key, name in STATE.items():
            setattr(self, name, state[key])
        if state["descent"]:
            level = self.levels[self.index]
            empty = state["descent"]["canvas"].to(self.device) * 0
            self.descent = self._new_descent(level, empty)
            self.descent.load_state_dict(state["descent"])

    def _current_descent(self) -> Descent:
        """The descent of this level, begun if it was not."""
        if self.descent is None:
            level = self.levels[self.index]
            start = level.start(self.previous)
            self.descent = self._new_descent(level, start.to(self.device))
        return self.descent

    def _new_descent(self, level: Level, picture: Tensor) -> Descent:
        objective = level.objective().to(self.device)
        canvas = objective.units.canvas
        bounds = level.bounds and tuple(canvas(side.to(self.device)) for side in level.bounds)
        return Descent(canvas(picture), objective, self.method, level.compute, bounds)

    def _evaluate(self, level: Level, descent: Descent) -> Step:
        terms = descent.evaluate()
        picture = self._finished(descent.objective.units.picture(descent.canvas.detach()))
        notes, descent.notes = tuple(descent.notes), []
        work = [one.steps * math.prod(one.size) for one in self.levels]
        done = sum(work[: self.index]) + descent.steps * math.prod(level.size)
        return Step(
            number=self.number,
            part=level.part,
            level=self.index,
            step=descent.steps,
            picture=picture,
            losses=terms,
            share=done / max(sum(work), 1),
            notes=notes,
        )

    def _close(self, level: Level, descent: Descent) -> None:
        self.previous = self._best(descent).cpu()
        self.finished[level.part] = self.previous
        self.index, self.descent = self.index + 1, None

    def _best(self, descent: Descent) -> Tensor:
        return descent.objective.units.picture(descent.best)

    def _final_size(self, part: str) -> Size:
        return [level.size for level in self.levels if level.part == part][-1]

    def _finished(self, picture: Tensor, size: Size | None = None) -> Tensor:
        """(1,3,h,w) -> (3,H,W) in [0,1]."""
        picture = picture.cpu()
        if size and picture.shape[-2:] != size:
            picture = F.interpolate(picture, size=size, mode="bicubic")
        return self.finish(picture).clamp(0, 1)[0]
