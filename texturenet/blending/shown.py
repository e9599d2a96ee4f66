"""What gives the shares of nets in a window, drawn once for all scales of it."""

from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from ..noise.philox import Period
from ..types import Place, Size


class Shown(Protocol):
    """Shares (N,h,w) of a window, as `masks.Masks` gives them."""

    def __call__(self, size: Size, place: Place, period: Period = (None, None)) -> Tensor: ...


class Seen(Protocol):
    """What says which nets are seen where: `masks.Masks`, `labels.Labels`, shares of a tile."""

    def seen(
        self, size: Size, place: Place, period: Period = (None, None)
    ) -> tuple[list[int], Tensor]:
        """Which nets a window shows at all, and their shares (n,h,w)."""
        ...


@dataclass(eq=False)
class Remembered:
    """Masks that are drawn once for all scales of a window: what lies in the last area that was
    drawn is cut out of it. The coarsest scale, which comes first, looks farthest.

    masks : what is remembered
    """

    masks: Shown
    _last: tuple[Period, Place, Tensor] | None = field(default=None, init=False)

    def __call__(self, size: Size, place: Place, period: Period = (None, None)) -> Tensor:
        """As `masks.Masks`."""
        if (found := self._cut(size, place, period)) is not None:
            return found
        shares = self.masks(size, place, period)
        self._last = period, place, shares
        return shares

    def _cut(self, size: Size, place: Place, period: Period) -> Tensor | None:
        if self._last is None or self._last[0] != period:
            return None
        _, above, shares = self._last
        top, left = (start - least for start, least in zip(place, above, strict=True))
        made = shares[:, max(top, 0) : top + size[0], max(left, 0) : left + size[1]]
        return made if top >= 0 and left >= 0 and tuple(made.shape[1:]) == tuple(size) else None
