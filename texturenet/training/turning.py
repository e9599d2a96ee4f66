"""Pictures turned: crops of an exemplar in a pose, pictures of a net turned back, and which poses a
net learns in which order."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from ..imaging import resized
from ..noise.steering import Steering

FOUR = 4  # poses that are spread evenly, one after the other; sizes that are learnt
GOLDEN = 0.618034  # of a step, by which each four is turned on: no angle comes twice
# Degrees off the exemplar's own direction at which all is compared: pictures turned back have been
# interpolated, and so has the exemplar then.
ASKEW = 1.0
MARGIN = 4  # pixels that interpolation reads beyond a square, on both sides together


@dataclass(frozen=True)
class Poses:
    """The angle (degrees) and size (octaves) of every picture in training, by its number.

    Every four that follow each other are spread evenly over angles and have all sizes, so that
    statistics of a batch of four are those of all poses.
    """

    steering: Steering

    @property
    def sizes(self) -> tuple[float, ...]:
        """That are learnt."""
        if not self.steering.sized:
            return (0.0,)
        low, high = self.steering.sizes
        return tuple(low + (high - low) * i / (FOUR - 1) for i in range(FOUR))

    def size(self, number: int) -> int:
        """Which of the sizes a picture has."""
        return (number + number // FOUR) % len(self.sizes)

    def angle(self, number: int) -> float:
        """The angle of a picture."""
        if not self.steering.turns:
            return 0.0
        four, place = divmod(number, FOUR)
        return 360 / self.steering.turns * (place + four * GOLDEN % 1) / FOUR


def reach_of(side: int, angle: float) -> float:
    """Pixels from the middle of a turned square to its utmost corner, along an axis."""
    turned = math.radians(angle)
    return (side - 1) / 2 * (abs(math.cos(turned)) + abs(math.sin(turned)))


def wide_enough(side: int) -> int:
    """Pixels a side in which a square lies at any angle."""
    return math.ceil(2 * reach_of(side, 45.0)) + 1 + MARGIN


def turned_crops(
    exemplar: Tensor, side: int, angle: float, octave: float, most: int
) -> list[Tensor]:
    """Crops side x side of an exemplar (1,3,H,W) that is turned and resized, evenly spread and half
    overlapping, `most` of them at the most; no corner of any lies beyond the exemplar.

    Raises Refused where none fits.
    """
    height, width = (max(1, round(length * 2**octave)) for length in exemplar.shape[-2:])
    picture = resized(exemplar, (height, width))
    reach = reach_of(side, angle)
    if min(height, width) - 1 < 2 * reach:
        least = math.ceil((2 * reach + 1) / 2**octave)
        raise Refused(
            f"a square of {side} pixels, turned by {angle:g} degrees and {2**octave:.2f} times as "
            f"large, does not fit into {min(exemplar.shape[-2:])} pixels: say a smaller size, or "
            f"picture.side={least} of a larger photograph."
        )
    per_axis = max(1, math.isqrt(most))
    places = product(*(_middles(length, side, reach, per_axis) for length in (height, width)))
    return [turned(picture, side, [angle], place) for place in places]


def _middles(length: int, side: int, reach: float, most: int) -> list[float]:
    """Of crops along an axis."""
    room = length - 1 - 2 * reach
    count = min(most, 1 + math.ceil(max(room - 1, 0) / (side / 2)))
    if count == 1:
        return [(length - 1) / 2]
    return [reach + room * i / (count - 1) for i in range(count)]


def turned(
    pictures: Tensor,
    side: int,
    angles: Sequence[float],
    middle: tuple[float, float] | None = None,
) -> Tensor:
    """Squares (B,3,side,side) of pictures (B,3,H,W), turned anticlockwise about their middles, or
    about a place (row, column). angles: degrees, of each picture."""
    height, width = pictures.shape[-2:]
    row, column = middle or ((height - 1) / 2, (width - 1) / 2)
    line = torch.arange(side, dtype=torch.float64) - (side - 1) / 2
    down, right = line[:, None], line
    radians = torch.tensor(angles, dtype=torch.float64)[:, None, None] * (math.pi / 180)
    rows = row + right * radians.sin() + down * radians.cos()  # (B,side,side)
    columns = column + right * radians.cos() - down * radians.sin()
    grid = torch.stack([columns * 2 / (width - 1) - 1, rows * 2 / (height - 1) - 1], -1)
    return F.grid_sample(pictures, grid.to(pictures), "bicubic", "reflection", align_corners=True)
