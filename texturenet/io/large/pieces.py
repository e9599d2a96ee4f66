"""Pieces: files that hold some of the parts of a large picture each, drawn on their own and joined.

A piece holds the parts as the picture's own file will hold them (tiles of a TIFF, deflated bands of
a PNG), one after the other, each with its number and its SHA-256; and in front of them, as JSON,
what the picture is. So pieces of one picture fit together whoever drew them, and a joined file has
the bytes of one that was drawn at once.
"""

import hashlib
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np

from ...errors import Refused
from .png import PngSheet
from .sheet import Part, Sheet
from .tiff import TiffSheet

KINDS: dict[str, type[Sheet]] = {
    suffix: kind for kind in (TiffSheet, PngSheet) for suffix in kind.SUFFIXES
}
MAGIC = b"texturenet piece 1\n"
HEAD = struct.Struct("<QQ32s")  # of a part: its number, how many bytes follow, their SHA-256
NAME = re.compile(r"(.+)\.(\d+)of(\d+)")
LARGEST_TEXT = 2**24  # bytes of JSON in front of a piece


@dataclass
class PieceSheet(Sheet):
    """One piece on its way.

    Attributes
    ----------
    kind : the suffix of the picture's file, a key of KINDS
    number, of : which piece, 1 .. of
    position : where the next part goes in the file
    written : parts so far
    """

    SUFFIXES: ClassVar = ()

    kind: str = ".tif"
    number: int = 1
    of: int = 1
    position: int = 0
    written: int = 0

    @property
    def whole(self) -> Sheet:
        """That of the picture."""
        shape = self.height, self.width, self.channels, self.bits, self.margin
        return KINDS[self.kind](*shape)

    @property
    def first(self) -> int:
        """The number of its first part among those of the picture."""
        return first_of(self.number, self.of, self.whole.count)

    @property
    def count(self) -> int:
        return first_of(self.number + 1, self.of, self.whole.count) - self.first

    def sound(self) -> bool:
        numbers = [value for name, value in vars(self).items() if name != "kind"]
        return self.kind in KINDS and all(type(one) is int and one >= 0 for one in numbers)

    def check(self, name: str, otherwise: str) -> None:
        whole = self.whole
        whole.check(name, otherwise)
        check_piece(self.number, self.of, whole.count, "blocks")

    def bytes_at_most(self) -> int:
        each = HEAD.size + max(map(self.part_bytes, (self.part(0), self.part(self.count - 1))))
        return self.count * each + 2**16

    def part_bytes(self, part: Part) -> int:
        return self.whole.part_bytes(part)

    def pixels_before(self, index: int) -> int:
        whole, first = self.whole, self.first
        return whole.pixels_before(first + index) - whole.pixels_before(first)

    def begin(self, path: Path, text: str) -> None:
        facts = {"record": json.loads(text), "kind": self.kind, "piece": [self.number, self.of]}
        facts["shape"] = [self.height, self.width, self.channels, self.bits, self.margin]
        facts["parts"] = self.whole.count
        head = json.dumps(facts).encode()
        with open(path, "wb") as file:
            file.write(MAGIC + struct.pack("<I", len(head)) + head)
            self.position, self.written = file.tell(), 0

    def part(self, index: int) -> Part:
        return self.whole.part(self.first + index)

    def encode(self, part: Part, pixels: np.ndarray) -> bytes:
        return self.whole.encode(part, pixels)

    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None:
        file.seek(self.position)
        number, digest = self.first + self.written, hashlib.sha256(data).digest()
        file.write(HEAD.pack(number, len(data), digest) + data)
        self.position, self.written = file.tell(), self.written + 1

    def fits(self, path: Path) -> bool:
        return self.sound() and 0 < self.position <= path.stat().st_size

    def end(self, file: BinaryIO) -> None:
        file.truncate(self.position)

    @classmethod
    def read(cls, path: Path) -> Iterator[tuple[Part, np.ndarray]]:
        raise Refused(f"{path} is part of a picture: `texturenet join` makes the picture of all.")


def check_piece(number: int, of: int, count: int | None = None, what: str = "") -> None:
    """Refuse a piece that is not one of 1 .. of, and more pieces than the picture has to share.

    count, what : how many blocks or shards the picture has, where that is known, and their name
    """
    if of < 1:
        raise Refused(f"part is of {of} parts: say K/N, the Kth of N parts, as part=3/16.")
    if not 1 <= number <= of:
        raise Refused(f"part is {number}/{of}: say 1/{of} to {of}/{of}.")
    if count is not None and of > count:
        raise Refused(
            f"part is {number}/{of}, and this picture has {count} {what}: say part=K/{count}, or "
            "fewer parts."
        )


def first_of(number: int, of: int, parts: int) -> int:
    """Where a piece, 1 .. of, begins among the parts of the picture."""
    return (number - 1) * parts // of


@dataclass(frozen=True)
class Piece:
    """A finished piece, as its file says.

    Attributes
    ----------
    path : of the file
    record : of the picture
    kind : the suffix that the picture's file has
    number, of : which piece of how many
    shape : height, width, channels, bits and margin
    parts : how many the whole picture has
    start : where the first part stands in the file
    place : its path or URL, as the user knows it
    """

    path: Path
    record: dict[str, Any]
    kind: str
    number: int
    of: int
    shape: tuple[int, ...]
    parts: int
    start: int = field(compare=False)
    place: str = field(compare=False)

    @property
    def picture(self) -> tuple[object, ...]:
        """What pieces of one picture have in common."""
        return json.dumps(self.record, sort_keys=True), self.kind, self.of, self.shape, self.parts

    @property
    def numbers(self) -> range:
        """Of its parts, among those of the picture."""
        first = first_of(self.number, self.of, self.parts)
        return range(first, first_of(self.number + 1, self.of, self.parts))

    def read(self, number: int, file: BinaryIO) -> bytes:
        """One part, checked; parts are read in order.

        Raises
        ------
        ValueError : for what is not whole
        """
        head = file.read(HEAD.size)
        if len(head) < HEAD.size:
            raise ValueError("it ends too early")
        stored, length, digest = HEAD.unpack(head)
        sheet = KINDS[self.kind](*self.shape)
        if stored != number or length > sheet.part_bytes(sheet.part(number)) + HEAD.size:
            raise ValueError(f"block {number} is damaged")
        data = file.read(length)
        if hashlib.sha256(data).digest() != digest:
            raise ValueError(f"block {number} is damaged")
        return data


def opened(path: Path, place: str | None = None) -> Piece:
    """A file as a piece. Raises Refused for any other.

    place : where it was brought from, if it was
    """
    place = place or str(path)
    try:
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError("it does not begin as one")
            (length,) = struct.unpack("<I", file.read(4))
            if length > LARGEST_TEXT:
                raise ValueError("its head is too long")
            facts = json.loads(file.read(length))
            start = file.tell()
        number, of = facts["piece"]
        sheet = PieceSheet(*facts["shape"], kind=facts["kind"], number=number, of=of)
        sound = sheet.sound() and isinstance(facts["record"], dict) and 1 <= number <= of
        sound = sound and len(facts["shape"]) == 5 and min(facts["shape"][:4]) > 0
        if not sound or sheet.whole.count != facts["parts"]:
            raise ValueError("its numbers do not fit together")
    except FileNotFoundError as error:
        raise Refused(f"there is no part {place}: draw it first.") from error
    except (OSError, ValueError, KeyError, TypeError, struct.error, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise Refused(f"{place} is no part of a picture ({why}): leave it out.") from error
    shape, parts = tuple(facts["shape"]), facts["parts"]
    return Piece(path, facts["record"], facts["kind"], number, of, shape, parts, start, place)


def name_of(picture: str, number: int, of: int) -> str:
    """The file name of a piece of the file of a picture: big.tif.3of16."""
    return f"{picture}.{number}of{of}"


def named_so(path: Path) -> bool:
    return NAME.fullmatch(path.name) is not None
