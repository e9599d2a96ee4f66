"""Noise of rectangles that are known beforehand, drawn together where that is cheaper.

To draw a few cells costs nearly as much as to draw ten thousand. Rectangles that lie near each
other, as those under turned pieces of a plane do, are drawn as one, and handed out in parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from torch import Tensor

from .fields import Cells, Field

CALL = 10_000  # cells that take as long as a call does, on a CPU
OPEN = 8  # groups of a scale that a rectangle is tried with: the last ones


@dataclass
class Group:
    """Rectangles of one scale that are drawn as one."""

    whole: Cells
    left: int = 1  # how many of them were not asked for yet
    noise: Tensor | None = None

    def join(self, cells: Cells) -> bool:
        """Take another one in, if it is cheaper so."""
        whole = around(self.whole, cells)
        if area(whole) > area(self.whole) + area(cells) + CALL:
            return False
        self.whole, self.left = whole, self.left + 1
        return True

    def part(self, cells: Cells, source: Field) -> Tensor:
        """The noise of one of them; that of the group is let go with the last."""
        if self.noise is None:
            self.noise = source(self.whole)
        down, right = cells.top - self.whole.top, cells.left - self.whole.left
        noise = self.noise[..., down : down + cells.height, right : right + cells.width]
        self.left -= 1
        if not self.left:
            self.noise = None
        return noise


@dataclass
class Together:
    """A field that gives each of the rectangles it is told of once, and others as they come."""

    source: Field
    expected: Iterable[Cells]
    groups: dict[Cells, Group] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opened: dict[int, list[Group]] = {}
        for cells in self.expected:
            if cells in self.groups:
                self.groups[cells].left += 1
                continue
            some = opened.setdefault(cells.scale, [])
            group = next((one for one in some[-OPEN:] if one.join(cells)), None)
            if group is None:
                some.append(group := Group(cells))
            self.groups[cells] = group

    def __call__(self, cells: Cells) -> Tensor:
        group = self.groups.get(cells)
        return group.part(cells, self.source) if group and group.left else self.source(cells)


def area(cells: Cells) -> int:
    return cells.height * cells.width


def around(first: Cells, second: Cells) -> Cells:
    """The rectangle around two of one scale."""
    top, left = min(first.top, second.top), min(first.left, second.left)
    bottom = max(one.top + one.height for one in (first, second))
    right = max(one.left + one.width for one in (first, second))
    return replace(first, top=top, left=left, height=bottom - top, width=right - left)
