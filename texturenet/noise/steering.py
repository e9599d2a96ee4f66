"""What a net may be told beside its noise: which way a texture lies there, and how large it is.

Angles are degrees, anticlockwise as seen: at 90 what the exemplar has on the right lies at the top.
Sizes are logarithms to base 2 of times the exemplar's: at 1 all is twice as large.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import Refused
from .fields import Cells, Field
from .philox import Period, address

LARGEST = 4.0  # octaves, up or down, that a card may claim
# Rows (h,) and columns (w,), float64, pixels of the plane -> angles and sizes, (h,w) each.
Course = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Steering:
    """The channels that say it, behind those of the noise.

    turns : 0 where no angle is told; 1 for (cos a, sin a); 2 for (cos 2a, sin 2a), of a texture
        that is the same upside down
    sizes : the least and the largest that were learnt; (0, 0) where no size is told
    """

    turns: int
    sizes: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if type(self.turns) is not int or self.turns not in (0, 1, 2):
            raise Refused(f"turns is {self.turns!r}: it must be 0, 1 or 2.")
        sound = all(type(one) in (int, float) and abs(one) <= LARGEST for one in self.sizes)
        if len(self.sizes) != 2 or not sound or not self.sizes[0] <= 0 <= self.sizes[1]:
            raise Refused(f"sizes are {list(self.sizes)}: a range of octaves around 0.")
        if not self.channels:
            raise Refused("a net that is told neither angle nor size cannot be steered.")

    @property
    def sized(self) -> bool:
        """Whether a size is told."""
        return tuple(self.sizes) != (0, 0)

    @property
    def channels(self) -> int:
        """Two for an angle, one for a size."""
        return 2 * (self.turns > 0) + self.sized

    def facts(self) -> dict[str, object]:
        """As a card states it."""
        return {"turns": self.turns, "sizes": list(self.sizes)}

    def values(self, angles: Tensor, sizes: Tensor) -> Tensor:
        """Angles and sizes of one shape (..) -> float32 (C,..); sizes are kept in the range."""
        parts = []
        if self.turns:
            turned = angles.double() * (self.turns * math.pi / 180)
            parts += [turned.cos(), turned.sin()]
        if self.sized:
            parts.append(sizes.double().clamp(*self.sizes))
        return torch.stack(parts).float()


@dataclass(frozen=True)
class Told:
    """A field of noise and, in the channels behind it, the course of the texture.

    course : asked at the middles of cells
    period : after which the plane repeats; places are those of the first period
    """

    noise: Field
    steering: Steering
    course: Course
    period: Period = (None, None)

    def __call__(self, cells: Cells) -> Tensor:
        drawn = self.noise(replace(cells, channels=cells.channels - self.steering.channels))
        rows, columns = (
            self._middles(start, length, period, cells.cell)
            for start, length, period in zip(
                (cells.top, cells.left), (cells.height, cells.width), self.period, strict=True
            )
        )
        told = self.steering.values(*self.course(rows, columns))  # (C,h,w)
        return torch.cat([drawn, told[None].to(drawn)], 1)

    @staticmethod
    def _middles(start: int, length: int, period: int | None, cell: int) -> Tensor:
        numbers = address(start, length, period and period // cell)
        return numbers.double() * cell + (cell - 1) / 2
