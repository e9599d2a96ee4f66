"""A picture in blocks that a descriptor can look at one by one, and see what it would see of all.

A block is described with a margin as wide as its positions can see; what belongs to the margin is
left out. (Galerne et al. 2024, arXiv 2212.13459, describe very large pictures so.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import torch
from torch import Tensor


@dataclass(frozen=True)
class Stretch:
    """On one axis: own pixels start .. stop, seen pixels low .. high; `last` ends the picture."""

    start: int
    stop: int
    low: int
    high: int
    last: bool

    def inside(self, stride: int) -> slice:
        """The own positions of a layer among those of all that is seen."""
        end = self.high if self.last else self.stop
        return slice((self.start - self.low) // stride, (end - self.low) // stride)

    def among(self, stride: int) -> slice:
        """The same among those of the whole picture."""
        return slice(self.start // stride, self.stop // stride)


@dataclass(frozen=True)
class Region:
    rows: Stretch
    columns: Stretch
    size: tuple[int, int]  # of the whole picture

    def cut(self, picture: Tensor) -> Tensor:
        """All that is seen (1,3,h,w), beyond a border that wraps the other side."""
        rows, columns = self._places(picture.device)
        return picture.index_select(2, rows).index_select(3, columns)

    def add(self, whole: Tensor, part: Tensor) -> None:
        """The transpose of `cut`: add to the picture what belongs to all that is seen."""
        rows, columns = self._places(whole.device)
        wide = whole.new_zeros(*part.shape[:3], self.size[1]).index_add_(3, columns, part)
        whole.index_add_(2, rows, wide)

    def _places(self, device: torch.device) -> tuple[Tensor, Tensor]:
        axes = zip((self.rows, self.columns), self.size, strict=True)
        return tuple(torch.arange(s.low, s.high, device=device) % length for s, length in axes)


def regions(
    size: tuple[int, int], block: int, stride: int, reach: int, wraps: tuple[bool, bool]
) -> Iterator[Region]:
    """The blocks of a picture of that size, row by row.

    block: pixels a side at the most, roughly. stride: of the deepest layer. reach: pixels that it
    can see beyond its own. wraps: the axes on which the picture repeats, whose
    lengths are multiples of the stride.
    """
    axes = [
        _stretches(length, block, stride, reach, wrap)
        for length, wrap in zip(size, wraps, strict=True)
    ]
    for rows, columns in product(*axes):
        yield Region(rows, columns, size)


def _stretches(length: int, block: int, stride: int, reach: int, wrap: bool) -> list[Stretch]:
    count = max(1, min(-(-length // block), length // stride))  # a block has a position of its own
    starts = [i * length // count // stride * stride for i in range(count)]
    margin = -(-reach // stride) * stride
    found = []
    for start, stop in pairwise([*starts, length]):
        low, high = start - margin, stop + margin
        if not wrap:
            low, high = max(low, 0), min(high, length)
        # Where the picture ends, positions end with the pixels that are seen, an odd one left out.
        found.append(Stretch(start, stop, low, high, stop == length and not wrap))
    return found
