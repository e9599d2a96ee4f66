"""What files that grow part by part have in common: pixels (h,w,C) uint8 or uint16 -> bytes.

A sheet (`tiff.TiffSheet`, `png.PngSheet`) says which rectangles it wants (`part`), turns each into
bytes (`encode`, in any process) and puts those into the file (`accept`), in order. Its fields are
all that has to be remembered to go on after an interruption. Sheets of one format, size and margin
want the same rectangles, whatever their channels and bits: so they can be drawn together.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import numpy as np

LONGEST = 2**31 - 1  # pixels a side


@dataclass(frozen=True)
class Part:
    """A rectangle of the picture, in pixels."""

    row: int
    column: int
    height: int
    width: int


@dataclass
class Sheet(ABC):
    """One file on its way.

    Attributes
    ----------
    height, width : in pixels
    channels : 1 to 4: grey, grey and alpha, RGB, RGBA
    bits : of each number, 8 or 16
    margin : pixels around a part that are drawn as well; bands are lower by them, so that what is
        drawn is as high as without
    """

    SUFFIXES: ClassVar[tuple[str, ...]]

    height: int
    width: int
    channels: int = 3
    bits: int = 8
    margin: int = 0

    @property
    def pixel(self) -> int:
        """Bytes of one."""
        return self.channels * self.bits // 8

    def sound(self) -> bool:
        """Whether its fields are whole and not negative, as they are where it was noted."""
        return all(type(number) is int and number >= 0 for number in astuple(self))

    @property
    @abstractmethod
    def count(self) -> int:
        """How many parts there are."""

    @abstractmethod
    def check(self, name: str, otherwise: str) -> None:
        """Refuse what the format cannot hold. otherwise: the remedy."""

    @abstractmethod
    def bytes_at_most(self) -> int:
        """What the finished file may come to."""

    @abstractmethod
    def part_bytes(self, part: Part) -> int:
        """What a part may encode to, at most."""

    def pixels_before(self, index: int) -> int:
        """How many pixels lie in the parts before one; of `count`: in all parts."""
        first = self.part(index)
        whole = self.height * self.width
        return min(whole, first.row * self.width + first.column * first.height)

    @abstractmethod
    def begin(self, path: Path, text: str) -> None:
        """A new file that holds the text."""

    @abstractmethod
    def part(self, index: int) -> Part: ...

    @abstractmethod
    def encode(self, part: Part, pixels: np.ndarray) -> bytes: ...

    @abstractmethod
    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None: ...

    @abstractmethod
    def fits(self, path: Path) -> bool:
        """Whether a file can be the one that this state is of. Raises OSError where there is
        none."""

    @abstractmethod
    def end(self, file: BinaryIO) -> None:
        """Complete the file, of which all parts are there; a second time changes nothing."""

    @classmethod
    @abstractmethod
    def read(cls, path: Path) -> Iterator[tuple[Part, np.ndarray]]:
        """The parts of a finished file, in order, with their pixels (h,w,C)."""


def parts(sheet: Sheet, first: int = 0) -> Iterator[Part]:
    """All parts in their order, from one on."""
    return map(sheet.part, range(first, sheet.count))
