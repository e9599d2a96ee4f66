"""Pictures larger than memory as tiled BigTIFF; the layout is tifffile's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import numpy as np

from ...errors import Refused
from .sheet import LONGEST, Part, check_numbers, parts


@dataclass
class TiffSheet:
    """Uncompressed tiles at places that are fixed beforehand (BigTIFF, RGB of 8 bits)."""

    SUFFIXES: ClassVar = (".tif", ".tiff")
    TILE: ClassVar = 512
    ACROSS: ClassVar = 8  # tiles of one part

    height: int
    width: int
    first: int = 0  # where the pixels begin in the file

    def check(self, name: str) -> None:
        """Refuse what the format cannot hold."""
        if max(self.height, self.width) > LONGEST:
            raise Refused(f"{name} cannot be more than {LONGEST} pixels a side.")

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

    def fits(self, path: Path) -> bool:
        """Whether an unfinished file can be the one that this state is of."""
        if not check_numbers(self.height, self.width, self.first):
            return False
        return (
            path.stat().st_size >= self.first + 3 * self.TILE**2 * self._down * self._tiles_across
        )

    def end(self, file: BinaryIO) -> None:
        """The file is complete as it is."""

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
