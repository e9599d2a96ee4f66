"""Files that grow part by part, in order: tiled BigTIFF and PNG. Pixels (h,w,3) uint8 -> bytes.

A sheet says which rectangles it wants (`part`), turns each into bytes (`encode`, in any process)
and appends those (`accept`). `state` is all that has to be remembered to go on after an
interruption; nothing after `position` counts.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import numpy as np

from .errors import Refused


@dataclass(frozen=True)
class Part:
    """A rectangle of the picture, in pixels."""

    row: int
    column: int
    height: int
    width: int


@dataclass
class TiffSheet:
    """Uncompressed tiles at places that are known beforehand (BigTIFF, RGB of 8 bits)."""

    SUFFIXES: ClassVar = (".tif", ".tiff")
    TILE: ClassVar = 512
    ACROSS: ClassVar = 8  # tiles of one part

    height: int
    width: int
    first: int = 0  # where the pixels begin in the file

    def bytes_at_most(self) -> int:
        return (self._down * self._tiles_across) * (3 * self.TILE**2 + 16) + 2**16

    @property
    def _down(self) -> int:
        return -(-self.height // self.TILE)

    @property
    def _tiles_across(self) -> int:
        return -(-self.width // self.TILE)

    def begin(self, path: Path, text: str) -> None:
        """A file of the full length, so that a disk that is too small says so now."""
        try:
            import tifffile
        except ImportError as error:
            raise Refused("TIFFs this large need: pip install 'texturenet[big]'.") from error
        shape = (self.height, self.width, 3)
        with tifffile.TiffWriter(path, bigtiff=True) as file:
            layout = {"dtype": "uint8", "tile": (self.TILE, self.TILE), "photometric": "rgb"}
            file.write(None, shape=shape, description=text, metadata=None, software=False, **layout)
        with tifffile.TiffFile(path) as file:
            self.first = file.pages[0].dataoffsets[0]
        if hasattr(os, "posix_fallocate"):
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)

    @property
    def count(self) -> int:
        """How many parts there are."""
        return self._down * -(-self._tiles_across // self.ACROSS)

    def part(self, index: int) -> Part:
        wide = self.TILE * self.ACROSS
        row, column = divmod(index, -(-self._tiles_across // self.ACROSS))
        row, column = row * self.TILE, column * wide
        return Part(row, column, min(self.TILE, self.height - row), min(wide, self.width - column))

    def encode(self, part: Part, pixels: np.ndarray) -> bytes:
        """The part's tiles one after the other, filled up with black."""
        across = -(-part.width // self.TILE)
        tiles = np.zeros((across, self.TILE, self.TILE, 3), np.uint8)
        for index, tile in enumerate(tiles):
            piece = pixels[:, index * self.TILE : (index + 1) * self.TILE]
            tile[: piece.shape[0], : piece.shape[1]] = piece
        return tiles.tobytes()

    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None:
        file.seek(self._place(part))
        file.write(data)

    def _place(self, part: Part) -> int:
        index = part.row // self.TILE * self._tiles_across + part.column // self.TILE
        return self.first + index * 3 * self.TILE**2

    def end(self, file: BinaryIO) -> None:
        """Nothing is wanting."""

    @classmethod
    def read(cls, path: Path) -> Iterator[tuple[Part, np.ndarray]]:
        """The parts of a finished file, in order, with their pixels."""
        import tifffile

        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            if (page.compression, page.tilelength, page.tilewidth) != (1, cls.TILE, cls.TILE):
                raise Refused(f"{path} is not laid out as texturenet does it.")
            sheet = cls(*page.shape[:2], first=page.dataoffsets[0])
        with open(path, "rb") as file:
            for part in parts(sheet):
                across = -(-part.width // cls.TILE)
                file.seek(sheet._place(part))
                tiles = np.frombuffer(file.read(across * 3 * cls.TILE**2), np.uint8)
                tiles = tiles.reshape(across, cls.TILE, cls.TILE, 3).swapaxes(0, 1)
                yield part, tiles.reshape(cls.TILE, -1, 3)[: part.height, : part.width]


@dataclass
class PngSheet:
    """Bands of rows, each deflated on its own, so that it can be made and resumed alone.

    The PNG specification (second edition), sections 5.3, 9.2 and 10.1: one zlib stream over all
    IDAT chunks; bands end on a full flush, and its checksum is combined from theirs.
    """

    SUFFIXES: ClassVar = (".png",)
    BAND: ClassVar = 256  # rows of a part, fewer where they would not fit in memory
    BAND_BYTES: ClassVar = 2**25

    height: int
    width: int
    position: int = 0
    adler: int = 1

    def bytes_at_most(self) -> int:
        raw = self.height * (3 * self.width + 1)
        return raw + raw // 1000 + 64 * self.count + 2**16

    def begin(self, path: Path, text: str) -> None:
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header))
            file.write(_chunk(b"tEXt", b"texturenet\0" + text.encode("ascii")))
            file.write(_chunk(b"IDAT", b"\x78\x01"))  # the header of the zlib stream
            self.position = file.tell()

    @property
    def _rows(self) -> int:
        return max(1, min(self.BAND, self.BAND_BYTES // (3 * self.width)))

    @property
    def count(self) -> int:
        """How many parts there are."""
        return -(-self.height // self._rows)

    def part(self, index: int) -> Part:
        row = index * self._rows
        return Part(row, 0, min(self._rows, self.height - row), self.width)

    def encode(self, part: Part, pixels: np.ndarray) -> bytes:
        """Filtered (Up, the first row of a band None), deflated, with the checksum in front."""
        flat = pixels.reshape(part.height, -1)
        rows = np.empty((part.height, flat.shape[1] + 1), np.uint8)
        rows[0, 0], rows[1:, 0] = 0, 2
        rows[0, 1:] = flat[0]
        np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(rows.data) + packer.flush(zlib.Z_FULL_FLUSH)
        return struct.pack(">I", zlib.adler32(rows.data)) + packed

    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None:
        (adler,) = struct.unpack(">I", data[:4])
        self.adler = _both(self.adler, adler, part.height * (3 * part.width + 1))
        file.seek(self.position)
        file.write(_chunk(b"IDAT", data[4:]))
        self.position = file.tell()

    def end(self, file: BinaryIO) -> None:
        file.seek(self.position)
        # An empty last block, the checksum of everything, the end of the file.
        file.write(_chunk(b"IDAT", b"\x03\x00" + struct.pack(">I", self.adler)))
        file.write(_chunk(b"IEND", b""))
        file.truncate()

    @classmethod
    def read(cls, path: Path) -> Iterator[tuple[Part, np.ndarray]]:
        """The parts of a finished file, in order, with their pixels."""
        unpack = zlib.decompressobj()
        with open(path, "rb") as file:
            chunks = _chunks(file)
            height, width = struct.unpack(">II", next(chunks)[1][:8])[::-1]
            packed = (data for name, data in chunks if name == b"IDAT")
            ready = b""
            for part in parts(cls(height, width)):
                while len(ready) < part.height * (3 * width + 1):
                    ready += unpack.decompress(next(packed))
                rows = np.frombuffer(ready, np.uint8, part.height * (3 * width + 1))
                rows, ready = rows.reshape(part.height, -1), ready[rows.size :]
                if rows[0, 0] or (rows[1:, 0] != 2).any():
                    raise Refused(f"{path} is not laid out as texturenet does it.")
                pixels = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
                yield part, pixels.reshape(part.height, width, 3)


Sheet = TiffSheet | PngSheet
LONGEST = 2**31 - 1  # pixels a side, of PNG; TIFF goes beyond
SHEETS = {suffix: kind for kind in (TiffSheet, PngSheet) for suffix in kind.SUFFIXES}


def parts(sheet: Sheet, first: int = 0) -> Iterator[Part]:
    """All parts in their order, from one on."""
    return map(sheet.part, range(first, sheet.count))


def state(sheet: Sheet) -> dict:
    return asdict(sheet)


def text_of(record: dict) -> str:
    """What a file carries, in ASCII: both formats hold that safely."""
    return json.dumps(record)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    file.seek(8)
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
