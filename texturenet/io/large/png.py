"""Pictures larger than memory as PNG, and back.

No library writes a PNG that can be interrupted, or made by several processes.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import numpy as np

from ...errors import Refused
from .sheet import LONGEST, Part, Sheet, parts

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # the colour types of section 11.2.2, by channels


@dataclass
class PngSheet(Sheet):
    """Bands of rows, each deflated on its own, so that it can be made and resumed alone.

    The PNG specification (second edition), sections 5.3, 9.2 and 10.1: one zlib stream over all
    IDAT chunks; bands end on a full flush, and its checksum is combined from theirs. Numbers of 16
    bits stand with their upper byte first (section 7.1).
    """

    SUFFIXES: ClassVar = (".png",)
    BAND: ClassVar = 256  # rows of a part, fewer where they would not fit in memory
    BAND_BYTES: ClassVar = 2**25  # of a part of colours
    WIDEST: ClassVar = 2**24

    position: int = 0
    adler: int = 1

    def check(self, name: str, otherwise: str) -> None:
        """Refuse what the format, or memory by the row, cannot hold."""
        if self.width > self.WIDEST or self.height > LONGEST:
            raise Refused(
                f"{name} cannot be {self.height}x{self.width} pixels, of which a PNG holds "
                f"{LONGEST} by {self.WIDEST}: {otherwise}."
            )

    def bytes_at_most(self) -> int:
        raw = self.height * self._row
        return raw + raw // 1000 + 64 * self.count + 2**16

    def part_bytes(self, part: Part) -> int:
        raw = part.height * self._row
        return raw + raw // 1000 + 64

    @property
    def _row(self) -> int:
        """Bytes of a row, with the number of its filter."""
        return self.pixel * self.width + 1

    def begin(self, path: Path, text: str) -> None:
        kind = TYPES[self.channels]
        header = struct.pack(">IIBBBBB", self.width, self.height, self.bits, kind, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(SIGNATURE + _chunk(b"IHDR", header))
            file.write(_chunk(b"tEXt", b"texturenet\0" + text.encode("ascii")))
            file.write(_chunk(b"IDAT", b"\x78\x01"))  # the header of the zlib stream
            self.position = file.tell()

    @property
    def _rows(self) -> int:
        rows = min(self.BAND - 2 * self.margin, self.BAND_BYTES // (3 * self.width))
        return max(1, rows)

    @property
    def count(self) -> int:
        return -(-self.height // self._rows)

    def part(self, index: int) -> Part:
        row = index * self._rows
        return Part(row, 0, min(self._rows, self.height - row), self.width)

    def encode(self, part: Part, pixels: np.ndarray) -> bytes:
        """Filtered (Up, the first row of a band None), deflated, with the checksum in front."""
        flat = pixels.astype(f">u{self.bits // 8}", copy=False).reshape(part.height, -1)
        flat = flat.view(np.uint8)
        rows = np.empty((part.height, self._row), np.uint8)
        rows[0, 0], rows[1:, 0] = 0, 2
        rows[0, 1:] = flat[0]
        np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(rows.data) + packer.flush(zlib.Z_FULL_FLUSH)
        return struct.pack(">I", zlib.adler32(rows.data)) + packed

    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None:
        (adler,) = struct.unpack(">I", data[:4])
        self.adler = _both(self.adler, adler, part.height * self._row)
        file.seek(self.position)
        file.write(_chunk(b"IDAT", data[4:]))
        self.position = file.tell()

    def fits(self, path: Path) -> bool:
        return self.sound() and 0 < self.position <= path.stat().st_size

    def end(self, file: BinaryIO) -> None:
        file.seek(self.position)
        # An empty last block, the checksum of everything, the end of the file.
        file.write(_chunk(b"IDAT", b"\x03\x00" + struct.pack(">I", self.adler)))
        file.write(_chunk(b"IEND", b""))
        file.truncate()

    @classmethod
    def read(cls, path: Path) -> Iterator[tuple[Part, np.ndarray]]:
        """The parts of a finished file without a margin, in order, with their pixels (h,w,C)."""
        unpack = zlib.decompressobj()
        with open(path, "rb") as file:
            if file.read(8) != SIGNATURE:
                raise Refused(f"{path} is not a PNG.")
            chunks = _chunks(file)
            sheet = cls._of(path, next(chunks)[1])
            packed = (data for name, data in chunks if name == b"IDAT")
            ready = b""
            for part in parts(sheet):
                while len(ready) < part.height * sheet._row:
                    if not (data := next(packed, b"")):
                        raise Refused(f"{path} ends too early.")
                    ready += unpack.decompress(data)
                rows = np.frombuffer(ready, np.uint8, part.height * sheet._row)
                rows, ready = rows.reshape(part.height, -1), ready[rows.size :]
                if rows[0, 0] or (rows[1:, 0] != 2).any():
                    raise Refused(f"{path} is not laid out as texturenet does it.")
                yield part, sheet._pixels(part, np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8))

    @classmethod
    def _of(cls, path: Path, header: bytes) -> "PngSheet":
        """By the first chunk of a file."""
        width, height, bits, kind = struct.unpack_from(">IIBB", header)
        channels = next((number for number, its in TYPES.items() if its == kind), 0)
        if not channels or bits not in (8, 16):
            raise Refused(f"{path} is not laid out as texturenet does it.")
        return cls(height, width, channels, bits)

    def _pixels(self, part: Part, flat: np.ndarray) -> np.ndarray:
        """Bytes of rows -> (h,w,C)."""
        numbers = flat.view(f">u{self.bits // 8}").astype(f"u{self.bits // 8}", copy=False)
        return numbers.reshape(part.height, self.width, self.channels)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while head := file.read(8):
        length, name = struct.unpack(">I4s", head)
        yield name, file.read(length)
        file.seek(4, os.SEEK_CUR)


def _both(first: int, second: int, length: int) -> int:
    """Adler-32 of two pieces of data from theirs (RFC 1950, section 8.2); length: of the second."""
    modulus = 65521
    low = (first & 0xFFFF) + (second & 0xFFFF) - 1
    high = (first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)
    return high % modulus << 16 | low % modulus
