"""Pictures larger than memory as tiled BigTIFF; the layout is tifffile's."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np

from ...errors import Refused
from .sheet import LONGEST, Part, Sheet, parts


@dataclass
class TiffSheet(Sheet):
    """Uncompressed tiles at places that are fixed beforehand (BigTIFF, lower bytes first)."""

    SUFFIXES: ClassVar = (".tif", ".tiff")
    TILE: ClassVar = 512
    ACROSS: ClassVar = 8  # tiles of one part

    first: int = 0  # where the pixels begin in the file

    def check(self, name: str, otherwise: str) -> None:
        if max(self.height, self.width) > LONGEST:
            raise Refused(f"{name} cannot be more than {LONGEST} pixels a side: {otherwise}.")

    def bytes_at_most(self) -> int:
        return self._down * self._tiles_across * (self._tile_bytes + 16) + 2**16

    def part_bytes(self, part: Part) -> int:
        return -(-part.width // self.TILE) * self._tile_bytes

    @property
    def _tile_bytes(self) -> int:
        return self.pixel * self.TILE**2

    @property
    def _down(self) -> int:
        return -(-self.height // self.TILE)

    @property
    def _tiles_across(self) -> int:
        return -(-self.width // self.TILE)

    @property
    def _numbers(self) -> np.dtype:
        return np.dtype(f"<u{self.bits // 8}")

    def begin(self, path: Path, text: str) -> None:
        """A file of the full length, so that a disk that is too small says so now."""
        try:
            import tifffile
        except ImportError as error:
            raise Refused("TIFFs this large need: pip install 'texturenet[big]'.") from error
        with tifffile.TiffWriter(path, bigtiff=True, byteorder="<") as file:
            text_alone = {"description": text, "metadata": None, "software": False}
            file.write(None, **self._layout(), **text_alone)
        with tifffile.TiffFile(path) as file:
            self.first = file.pages[0].dataoffsets[0]
        if hasattr(os, "posix_fallocate"):
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)

    def _layout(self) -> dict[str, Any]:
        """As tifffile takes it."""
        several = (self.channels,) if self.channels > 1 else ()
        layout = {"shape": (self.height, self.width, *several), "dtype": self._numbers}
        layout |= {"tile": (self.TILE, self.TILE)}
        layout |= {"photometric": "rgb" if self.channels > 2 else "minisblack"}
        if several:
            layout |= {"planarconfig": "contig"}
        if self.channels in (2, 4):
            layout |= {"extrasamples": ["unassalpha"]}
        return layout

    @property
    def count(self) -> int:
        return self._down * -(-self._tiles_across // self.ACROSS)

    def part(self, index: int) -> Part:
        wide = self.TILE * self.ACROSS
        row, column = divmod(index, -(-self._tiles_across // self.ACROSS))
        row, column = row * self.TILE, column * wide
        return Part(row, column, min(self.TILE, self.height - row), min(wide, self.width - column))

    def encode(self, part: Part, pixels: np.ndarray) -> bytes:
        """The part's tiles one after the other, filled up with black."""
        across = -(-part.width // self.TILE)
        tiles = np.zeros((across, self.TILE, self.TILE, self.channels), self._numbers)
        for index, tile in enumerate(tiles):
            piece = pixels[:, index * self.TILE : (index + 1) * self.TILE]
            tile[: piece.shape[0], : piece.shape[1]] = piece
        return tiles.tobytes()

    def accept(self, file: BinaryIO, part: Part, data: bytes) -> None:
        file.seek(self._place(part))
        file.write(data)

    def _place(self, part: Part) -> int:
        index = part.row // self.TILE * self._tiles_across + part.column // self.TILE
        return self.first + index * self._tile_bytes

    def fits(self, path: Path) -> bool:
        if not self.sound():
            return False
        tiles = self._down * self._tiles_across
        return path.stat().st_size >= self.first + self._tile_bytes * tiles

    def end(self, file: BinaryIO) -> None:
        """The file is complete as it is."""

    @classmethod
    def read(cls, path: Path) -> Iterator[tuple[Part, np.ndarray]]:
        import tifffile

        with tifffile.TiffFile(path) as file:
            page, tile = file.pages[0], (cls.TILE, cls.TILE)
            as_ours = (page.compression, page.tilelength, page.tilewidth) == (1, *tile)
            if not as_ours or page.bitspersample not in (8, 16) or file.byteorder != "<":
                raise Refused(f"{path} is not laid out as texturenet does it.")
            kind = page.samplesperpixel, page.bitspersample
            sheet = cls(*page.shape[:2], *kind, first=page.dataoffsets[0])
        with open(path, "rb") as file:
            for part in parts(sheet):
                file.seek(sheet._place(part))
                yield part, sheet._pixels(part, file)

    def _pixels(self, part: Part, file: BinaryIO) -> np.ndarray:
        """The tiles of a part, as they come -> (h,w,C)."""
        across = -(-part.width // self.TILE)
        tiles = np.frombuffer(file.read(across * self._tile_bytes), self._numbers)
        tiles = tiles.reshape(across, self.TILE, self.TILE, self.channels).swapaxes(0, 1)
        return tiles.reshape(self.TILE, -1, self.channels)[: part.height, : part.width]
