"""Courses: places on the plane -> which way a texture lies there, and how large it is.

Each is a pure function of place, so that windows agree. Angles are degrees, anticlockwise as seen;
sizes are octaves, see `noise.steering`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import Refused
from ..noise.steering import Course
from ..types import Place, Size

OCTAVES = 2.0  # up and down, that green of a picture says
TURNS = {360: 1, 180: 2}  # degrees of the range of red: times that angles go round in a turn


class OwnCourse:
    """One of this package, which gives what a course gives without being checked."""


@dataclass(frozen=True)
class Even(OwnCourse):
    """The same everywhere. angle: degrees; size: octaves."""

    angle: float = 0.0
    size: float = 0.0

    def __call__(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        shape = len(rows), len(columns)
        angle, size = (
            torch.full(shape, float(value), dtype=torch.float64)
            for value in (self.angle, self.size)
        )
        return angle, size


@dataclass(frozen=True, eq=False)
class Called(OwnCourse):
    """Of a function of rows (h,) and columns (w,), float64 pixels, to angles and sizes that
    broadcast to (h,w). Raises Refused for what is not."""

    function: Callable[[Tensor, Tensor], Any]

    def __call__(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        try:
            angles, sizes = self.function(rows, columns)
        except (TypeError, ValueError) as error:
            raise Refused(
                f"the field gives no pair of angles and sizes for rows and columns ({error})."
            ) from error
        shape = len(rows), len(columns)
        return _checked("angles", angles, shape), _checked("sizes", sizes, shape)


def _checked(what: str, given: object, shape: Size) -> Tensor:
    values = torch.as_tensor(given).detach().cpu().double()
    try:
        values = values.expand(shape)
    except RuntimeError as error:
        raise Refused(
            f"the field gives {what} of shape {tuple(values.shape)}, not {shape}, for so many rows "
            "and columns."
        ) from error
    if wrong := int((~values.isfinite()).sum()):
        raise Refused(f"the field gives {wrong} {what} that are NaN or infinite.")
    return values


@dataclass(frozen=True, eq=False)
class Painted(OwnCourse):
    """Pictures of angles and sizes, stretched over a rectangle, whose borders go on outside.

    Parameters
    ----------
    angles : (H,W) degrees
    sizes : (H,W) octaves
    extent : (height, width) of the rectangle in pixels
    origin : (row, column) of its upper left pixel on the plane
    turns : 2 where angles that are half a turn apart are the same; between two pixels angles take
        the shorter way
    """

    angles: Tensor
    sizes: Tensor
    extent: Size
    origin: Place = (0, 0)
    turns: int = 1

    def __call__(self, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        lines = [self._near(line, axis) for axis, line in enumerate((rows, columns))]
        turned = self.angles.double() * (self.turns * math.pi / 180)
        cosine, sine, sizes = (
            between(values, *lines) for values in (turned.cos(), turned.sin(), self.sizes.double())
        )
        return torch.atan2(sine, cosine) * (180 / math.pi / self.turns), sizes

    def _near(self, lines: Tensor, axis: int) -> "Near":
        """The rows, or columns, around each line, and the share of the second."""
        count, length = self.angles.shape[axis], self.extent[axis]
        place = ((lines - self.origin[axis] + 0.5) * (count / length) - 0.5).clamp(0, count - 1)
        before = place.floor().long()
        return before, (before + 1).clamp(max=count - 1), place - before


Near = tuple[Tensor, Tensor, Tensor]  # lines before and after each place, and the share after


def between(values: Tensor, rows: Near, columns: Near) -> Tensor:
    """Linear in a picture (H,W) -> (h,w)."""
    above, below, down = rows
    lines = torch.lerp(values[above], values[below], down[:, None].expand(-1, values.shape[1]))
    left, right, share = columns
    return torch.lerp(lines[:, left], lines[:, right], share.expand(len(lines), -1))


def painted(picture: Tensor, extent: Size, origin: Place = (0, 0), turn: int = 360) -> Painted:
    """A course of a picture.

    Parameters
    ----------
    picture : (C,H,W) in [0,1]. The first channel, red, is the angle: 0 to `turn` degrees. The
        second, green, is the size: 1/2 is the exemplar's, 0 a quarter and 1 four times that;
        without it all is 1/2. Others say nothing
    extent, origin : as of `Painted`
    turn : 360, or 180 where a line has no head and tail

    Raises
    ------
    Refused : for numbers that are not finite or not in [0,1], and another turn
    """
    if turn not in TURNS:
        raise Refused(f"field_turn is {turn}: it must be 180 or 360 degrees.")
    if wrong := int((~picture.isfinite()).sum()):
        raise Refused(f"the field holds {wrong} values that are NaN or infinite: replace them.")
    low, high = float(picture.min()), float(picture.max())
    if low < 0 or high > 1:
        raise Refused(f"the field holds values from {low:g} to {high:g}: they must lie in 0 to 1.")
    sizes = torch.zeros_like(picture[0])
    if len(picture) > 2:  # colours: one channel, or two with alpha, are angles alone
        sizes = (picture[1] - 0.5) * (2 * OCTAVES)
        sizes = torch.where(sizes.abs() < 2 * OCTAVES / 255, torch.zeros_like(sizes), sizes)
    return Painted(picture[0] * turn, sizes, extent, origin, TURNS[turn])


def course_of(given: object) -> Course:
    """A course, a function, or (angle, size) -> a course. Raises Refused."""
    if isinstance(given, (int, float)):
        given = (given, 0.0)
    if isinstance(given, (tuple, list)) and len(given) == 2:
        if not all(isinstance(one, (int, float)) and math.isfinite(one) for one in given):
            raise Refused(f"the field is {given}: say degrees and octaves, finite numbers.")
        return Even(*map(float, given))
    if isinstance(given, OwnCourse) and callable(given):
        return given
    if not callable(given):
        raise Refused(
            f"the field is {given!r:.60}: say an angle, (angle, size), a course or a function."
        )
    return Called(given)
