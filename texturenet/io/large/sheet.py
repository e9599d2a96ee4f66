"""What files that grow part by part have in common: pixels (h,w,3) uint8 -> bytes, in order.

A sheet (`tiff.TiffSheet`, `png.PngSheet`) says which rectangles it wants (`part`), turns each into
bytes (`encode`, in any process) and puts those into the file (`accept`). Its fields are all that
has to be remembered to go on after an interruption.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

LONGEST = 2**31 - 1  # pixels a side


def check_numbers(*numbers: object) -> bool:
    """Whether all of them are whole and not negative, as they are where a sheet was noted."""
    return all(type(number) is int and number >= 0 for number in numbers)


@dataclass(frozen=True)
class Part:
    """A rectangle of the picture, in pixels."""

    row: int
    column: int
    height: int
    width: int


class Sheet(Protocol):
    """One file on its way; a dataclass."""

    @property
    def count(self) -> int:
        """Of its parts."""

    def check(self, name: str) -> None: ...
    def bytes_at_most(self) -> int: ...
    def begin(self, path: Path, text: str) -> None: ...
    def part(self, index: int) -> Part: ...
    def encode(self, part: Part, pixels: np.ndarray) -> bytes: ...
    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None: ...
    def fits(self, path: Path) -> bool: ...
    def end(self, file: BinaryIO) -> None: ...


def parts(sheet: Sheet, first: int = 0) -> Iterator[Part]:
    """All parts in their order, from one on."""
    return map(sheet.part, range(first, sheet.count))
