"""Masks: rows and columns of the plane -> how much of each net there is, (N,h,w) with sum 1.

Every mask is a pure function of place, so that windows agree to the bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, SupportsIndex

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused, nearest
from ..imaging import resized
from ..noise.philox import Period
from ..sampling.render import check_sides, whole_pair
from ..types import Place, Size
from .limits import FITS, WIDEST

SURE = 1e-5  # a share this near to 0 or 1 is 0 or 1
# Rows (h,) and columns (w,) of the plane, int64 -> weights (h,w), 0 or more.
Mask = Callable[[Tensor, Tensor], Any]


@dataclass(frozen=True)
class Constant:
    """The same weight everywhere."""

    value: float

    def __call__(self, rows: Tensor, columns: Tensor) -> Tensor:
        return torch.full((len(rows), len(columns)), self.value)


@dataclass(frozen=True)
class Gradient:
    """0 at one place (row, column), 1 at another, even in between and level across."""

    start: tuple[float, float]
    end: tuple[float, float]

    def __call__(self, rows: Tensor, columns: Tensor) -> Tensor:
        down, right = (b - a for a, b in zip(self.start, self.end, strict=True))
        if not (length := down**2 + right**2):
            raise Refused("a gradient needs two places that differ.")
        along = (rows.double() - self.start[0])[:, None] * down
        along = along + (columns.double() - self.start[1]) * right  # (h,w)
        return (along / length).clamp(0, 1).float()


@dataclass(frozen=True, eq=False)
class Raster:
    """A picture of weights (H,W) in [0,1], laid on the plane.

    fit : "once": pixel for pixel from `origin` on, and its border goes on outside; "tile": the
        same, and it repeats; "stretch": once, stretched to `size`, averaged where that is smaller
    """

    values: Tensor
    fit: str = "once"
    origin: Place = (0, 0)
    size: Size | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.fit, str) or self.fit not in FITS:
            raise Refused(f"fit is {self.fit!r}.{nearest(str(self.fit), FITS)}")
        if self.fit == "stretch" and self.size is None:
            raise Refused("fit=stretch needs the size that masks are stretched to.")
        object.__setattr__(self, "origin", whole_pair(self.origin))
        if self.size is not None:
            object.__setattr__(self, "size", whole_pair(self.size))
        if self.fit == "stretch" and self.size is not None:
            check_sides(self.size)
            height, width = map(min, self.values.shape, self.size)
            if (height, width) != tuple(self.values.shape):
                averaged = resized(self.values[None, None], (height, width))[0, 0]
                object.__setattr__(self, "values", averaged)

    def __call__(self, rows: Tensor, columns: Tensor) -> Tensor:
        down, right = (
            self._near(lines, axis) for axis, lines in enumerate((rows, columns))
        )  # each (before, after, share of after)
        values = _between(self.values[down[0]], self.values[down[1]], down[2][:, None])  # (h,W)
        return _between(values[:, right[0]], values[:, right[1]], right[2])  # (h,w)

    @property
    def extent(self) -> Size:
        """(height, width) that it has on the plane, once."""
        height, width = self.values.shape
        return self.size if self.fit == "stretch" and self.size else (height, width)

    def _near(self, lines: Tensor, axis: int) -> tuple[Tensor, Tensor, Tensor]:
        """The rows, or columns, of the picture around each line, and the share of the second."""
        lines, count = lines - self.origin[axis], self.values.shape[axis]
        if self.fit == "tile":
            return lines % count, lines % count, torch.zeros(len(lines))
        if self.fit == "once" or self.size is None or self.size[axis] == count:
            inside = lines.clamp(0, count - 1)
            return inside, inside, torch.zeros(len(lines))
        place = ((lines.double() + 0.5) * (count / self.size[axis]) - 0.5).clamp(0, count - 1)
        before = place.floor().long()
        return before, (before + 1).clamp(max=count - 1), (place - before).float()


def _between(first: Tensor, second: Tensor, share: Tensor) -> Tensor:
    """Linear; exactly either where both are equal."""
    return first + share * (second - first) if share.any() else first


def raster(name: str, values: object, **laid: Any) -> Raster:
    """A mask (H,W) or (1,H,W) of numbers in [0,1]: a tensor, an array or lists. Raises Refused."""
    try:
        numbers = torch.as_tensor(values).detach().cpu().float()
    except (TypeError, ValueError, RuntimeError) as error:
        raise Refused(f"the mask of {name} is no picture of numbers.") from error
    if numbers.dim() == 3 and len(numbers) == 1:
        numbers = numbers[0]
    if numbers.dim() != 2 or not numbers.numel():
        raise Refused(
            f"the mask of {name} has shape {tuple(numbers.shape)}: it must be (height, width)."
        )
    if wrong := int((~numbers.isfinite()).sum()):
        raise Refused(
            f"the mask of {name} holds {wrong} values that are NaN or infinite: replace them first."
        )
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0 or high > 1:
        raise Refused(
            f"the mask of {name} holds values from {low:g} to {high:g}: they must lie in 0 to 1."
        )
    return Raster(numbers, **laid)


def mask_of(name: str, given: object, **laid: Any) -> Mask:
    """A function, a number, or a picture of numbers -> a mask. laid: of `Raster`."""
    if callable(given):
        return given
    if isinstance(given, (int, float)):
        if not 0 <= given <= 1:  # NaN is not
            raise Refused(f"the mask of {name} is {given}: it must lie in 0 to 1.")
        return Constant(float(given))
    return raster(name, given, **laid)


@dataclass(frozen=True, eq=False)
class Masks:
    """The masks of N nets.

    Parameters
    ----------
    names : of the nets
    masks : a function of each; None of the one that has what the others leave
    spread : pixels over which a step of the masks is made even; 0 leaves them as they are
    """

    names: Sequence[str]
    masks: Sequence[Mask | None]
    spread: int = 0

    def __post_init__(self) -> None:
        check_whole("spread", self.spread, 0, WIDEST)

    def __call__(self, size: Size, place: Place, period: Period = (None, None)) -> Tensor:
        """Shares (N,h,w) of a window, float32 on the CPU, whose sum is 1.

        period : after which masks repeat along each axis
        """
        sides = sides_of(self.spread)
        rows, columns = lines_under(size, place, period, sides)
        shares = _shared(torch.stack(self._weights(rows, columns)))  # (N,h+more,w+more)
        return sure(evened(shares, sides))  # (N,h,w)

    def seen(
        self, size: Size, place: Place, period: Period = (None, None)
    ) -> tuple[list[int], Tensor]:
        """Which nets a window shows at all, and their shares (n,h,w)."""
        shares = self(size, place, period)
        needed = [i for i, some in enumerate(shares.flatten(1).any(1).tolist()) if some]
        return needed, shares[needed]

    def _weights(self, rows: Tensor, columns: Tensor) -> list[Tensor]:
        """Of each net (h,w), 0 or more."""
        size = len(rows), len(columns)
        made = {
            name: _checked(name, mask(rows, columns), size)
            for name, mask in zip(self.names, self.masks, strict=True)
            if mask is not None
        }
        rest = (1 - torch.stack(list(made.values())).sum(0)).clamp(min=0)
        return [made.get(name, rest) for name in self.names]


def _checked(name: str, given: object, size: Size) -> Tensor:
    """What a mask gives -> weights (h,w). Raises Refused."""
    try:
        weights = torch.as_tensor(given).detach().cpu().float()
    except (TypeError, ValueError, RuntimeError) as error:
        raise Refused(f"the mask of {name} gives no numbers.") from error
    try:
        weights = weights.expand(size)
    except RuntimeError as error:
        shape = tuple(weights.shape)
        raise Refused(
            f"the mask of {name} gives shape {shape}, not {size}, for so many rows and columns."
        ) from error
    if not weights.isfinite().all() or weights.min() < 0:
        raise Refused(f"the mask of {name} gives values that are negative or not finite.")
    return weights


def _shared(weights: Tensor) -> Tensor:
    """Weights (N,h,w) over their sum; all the same where that is 0."""
    total = weights.sum(0)
    even = torch.full_like(weights, 1 / len(weights))
    return torch.where(total > SURE, weights / total.clamp(min=SURE), even)


def check_whole(what: str, value: object, least: int, most: int) -> None:
    """Refuse what is no whole number of a range."""
    if not isinstance(value, SupportsIndex) or not least <= index(value) <= most:
        raise Refused(f"{what} is {value}: it must be a whole number from {least} to {most}.")


def sides_of(spread: int) -> list[int]:
    """Of the averages that make a step even over so many pixels: two, one after the other, are a
    tent, beyond which shares are 0 and 1 exactly."""
    return [side for side in (spread // 2, spread - spread // 2) if side > 1]


def lines_under(
    size: Size, place: Place, period: Period, sides: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Rows (h+more,) and columns (w+more,), int64, of a window and of what the averages of `sides`
    take in around it, inside the period."""
    more = sum(sides) - len(sides)
    rows, columns = (
        torch.arange(start - more // 2, start - more // 2 + length + more)
        for start, length in zip(place, size, strict=True)
    )
    rows, columns = (
        lines % repeats if repeats else lines
        for lines, repeats in zip((rows, columns), period, strict=True)
    )
    return rows, columns


def evened(shares: Tensor, sides: Sequence[int]) -> Tensor:
    """Shares (n,h+more,w+more) averaged over squares of each of `sides`, one after the other ->
    (n,h,w)."""
    for side in sides:
        shares = F.avg_pool2d(F.avg_pool2d(shares, (side, 1), 1), (1, side), 1)
    return shares


def sure(shares: Tensor) -> Tensor:
    """What is nearly 0 or 1 is 0 or 1."""
    most = shares.amax(0)  # (h,w)
    alone = (shares == most).float()
    return torch.where(most > 1 - SURE, alone, torch.where(shares < SURE, 0.0, shares))
