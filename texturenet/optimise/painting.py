"""One picture after the other, each coarse to fine -> steps that can be watched, stopped, resumed.

A level is one size of one picture: the next level starts from the best that it found.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .blocks import Compute
from .descent import Descent
from .method import Method
from .objective import Objective

Size = tuple[int, int]
Bounds = tuple[Tensor, Tensor] | None


@dataclass(frozen=True)
class Level:
    """part: the picture that this is a stage of. start: from the best of the level before, at its
    own size, or None -> a picture (1,3,H,W). bounds: least and largest colours, (3,1,1) each."""

    part: str
    size: Size
    steps: int
    objective: Callable[[], Objective]
    start: Callable[[Tensor | None], Tensor]
    way: Compute
    bounds: Bounds = None


@dataclass(frozen=True)
class Step:
    """What a step found: losses, whose sum is `loss`, of a picture (3,h,w), here shown in [0,1].

    number: counts them all, from 0. step: of this level. share: of the work done.
    notes: what went wrong and was mended.
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
    """Iterate to have it painted: a Step before every move, and one for where a level ends.

    `look` is laid on every picture that is shown (1,3,h,w).
    """

    def __init__(
        self,
        levels: Sequence[Level],
        method: Method,
        device: torch.device,
        look: Callable[[Tensor], Tensor] = lambda picture: picture,
    ):
        self.levels, self.method, self.device, self.look = list(levels), method, device, look
        self.at = self.number = 0
        self.before: Tensor | None = None
        self.descent: Descent | None = None
        self.finished: dict[str, Tensor] = {}

    def __iter__(self) -> Iterator[Step]:
        while True:
            level, descent = self.levels[self.at], self._at_hand()
            while descent.done < level.steps and not descent.settled:
                step = self._look(level, descent)
                descent.move()
                yield step
            step = self._look(level, descent)
            if self.at == len(self.levels) - 1:
                self.number -= 1  # going on for longer, this one is looked at again
                yield step
                return
            self._close(level, descent)
            yield step

    @property
    def picture(self) -> Tensor:
        """The best so far of the part at hand, at the size it is to have: (3,H,W) in [0,1]."""
        if not (made := self.pictures):
            return self._shown(self._best(self._at_hand()), self._size(self.levels[0].part))
        return list(made.values())[-1]

    @property
    def pictures(self) -> dict[str, Tensor]:
        """The same of every part of which anything was seen, by name."""
        made = {part: self._shown(best, self._size(part)) for part, best in self.finished.items()}
        if self.descent is not None and math.isfinite(self.descent.best_loss):
            part = self.levels[self.at].part
            made[part] = self._shown(self._best(self.descent), self._size(part))
        return made

    def _size(self, part: str) -> Size:
        return [level.size for level in self.levels if level.part == part][-1]

    def _at_hand(self) -> Descent:
        """The descent of this level, begun if it was not."""
        if self.descent is None:
            start = self.levels[self.at].start(self.before)
            self.descent = self._made(self.levels[self.at], start.to(self.device))
        return self.descent

    def _made(self, level: Level, picture: Tensor) -> Descent:
        objective = level.objective().to(self.device)
        canvas = objective.units.canvas
        bounds = level.bounds and tuple(canvas(side.to(self.device)) for side in level.bounds)
        return Descent(canvas(picture), objective, self.method, level.way, bounds)

    def _look(self, level: Level, descent: Descent) -> Step:
        terms = descent.look()
        shown = self._shown(descent.objective.units.picture(descent.canvas.detach()))
        notes, descent.notes = tuple(descent.notes), []
        work = [one.steps * math.prod(one.size) for one in self.levels]
        done = sum(work[: self.at]) + descent.done * math.prod(level.size)
        self.number += 1
        return Step(
            *(self.number - 1, level.part, self.at, descent.done),
            *(shown, terms, done / max(sum(work), 1), notes),
        )

    def _close(self, level: Level, descent: Descent) -> None:
        self.before = self._best(descent).cpu()
        self.finished[level.part] = self.before
        self.at, self.descent = self.at + 1, None

    def _best(self, descent: Descent) -> Tensor:
        return descent.objective.units.picture(descent.best)

    def _shown(self, picture: Tensor, size: Size | None = None) -> Tensor:
        picture = picture.cpu()
        if size and picture.shape[-2:] != size:
            picture = F.interpolate(picture, size=size, mode="bicubic")
        return self.look(picture).clamp(0, 1)[0]

    def state_dict(self) -> dict:
        """Enough for another painting of the same levels to go on exactly."""
        descent = self.descent and self.descent.state_dict()
        kept = {key: getattr(self, key) for key in ("at", "number", "before", "finished")}
        return {**kept, "descent": descent}

    def load_state_dict(self, state: dict) -> None:
        for key in ("at", "number", "before", "finished"):
            setattr(self, key, state[key])
        if state["descent"]:
            level = self.levels[self.at]
            self.descent = self._made(level, state["descent"]["canvas"].to(self.device) * 0)
            self.descent.load_state_dict(state["descent"])
