"""Pictures of any size as OME-Zarr 0.5: a folder of shards, each with its chunks, at every scale.

https://ngff.openmicroscopy.org/0.5/ says what `attributes.ome` holds. A shard is one file and has
one writer: several that write into one shard lose data (zarr-python, issue 3682). So what is drawn
apart is cut along shards, and each is written whole, in one call.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import Refused
from ..stored import Place, Stored
from .sheet import Part

SUFFIX = ".zarr"
CHUNK = 512  # pixels a side
SHARD = 4096  # pixels a side: 50 MB of colours, and 1024 files for 131072 x 131072 pixels
SMALLEST = 512  # the longer side of the coarsest level, at most


@dataclass(frozen=True)
class Levels:
    """The shapes of a picture at all of its scales, and how it is cut.

    height, width : of the picture, in pixels
    """

    height: int
    width: int
    channels: int = 3

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """(height, width), from the picture to the smallest; each half of the one before."""
        sizes = [(self.height, self.width)]
        while max(sizes[-1]) > SMALLEST:
            height, width = sizes[-1]
            sizes.append((-(-height // 2), -(-width // 2)))
        return sizes

    def shards(self, level: int) -> list[Part]:
        """The shards of a level, row by row."""
        height, width = self.sizes[level]
        return [
            Part(row, column, min(SHARD, height - row), min(SHARD, width - column))
            for row in range(0, height, SHARD)
            for column in range(0, width, SHARD)
        ]

    def bytes_at_most(self) -> int:
        """All levels together; noise is hard to compress."""
        pixels = sum(height * width for height, width in self.sizes)
        shards = sum(len(self.shards(level)) for level in range(len(self.sizes)))
        return int(1.001 * pixels * self.channels) + 2**16 * shards + 2**16


def create(path: Path, levels: Levels, name: str, record: dict[str, Any]) -> None:
    """An empty picture: all of its descriptions and no pixels. What is there is left as it is.

    Raises
    ------
    Refused : where zarr is missing, or the folder cannot be written
    """
    zarr = library()
    try:
        group = zarr.open_group(str(path), mode="a", zarr_format=3)
        for number, (height, width) in enumerate(levels.sizes):
            if str(number) in group:
                continue
            group.create_array(
                str(number),
                shape=(levels.channels, height, width),
                chunks=(levels.channels, CHUNK, CHUNK),
                shards=(levels.channels, SHARD, SHARD),
                dtype="uint8",
                dimension_names=("c", "y", "x"),
            )
        group.attrs.update({"ome": _described(levels, name), "texturenet": record})
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror or error}.") from error


def _described(levels: Levels, name: str) -> dict[str, Any]:
    axes = [{"name": "c", "type": "channel"}, *({"name": at, "type": "space"} for at in "yx")]
    datasets = []
    for number in range(len(levels.sizes)):
        scale = 2.0**number
        # A pixel of a coarser level lies in the middle of those that it is the mean of.
        move = (scale - 1) / 2
        steps = [{"type": "scale", "scale": [1.0, scale, scale]}]
        steps += [{"type": "translation", "translation": [0.0, move, move]}] if number else []
        datasets.append({"path": str(number), "coordinateTransformations": steps})
    multiscales = [{"name": name, "axes": axes, "datasets": datasets, "type": "mean of 2x2"}]
    channels = [
        {
            "label": label,
            "color": color,
            "active": True,
            "window": {"min": 0, "max": 255, "start": 0, "end": 255},
        }
        for label, color in (("red", "FF0000"), ("green", "00FF00"), ("blue", "0000FF"))
    ]
    return {"version": "0.5", "multiscales": multiscales, "omero": {"channels": channels}}


def record_of(path: Place) -> dict[str, Any] | None:
    """What a picture says of how it was made; None of a folder that is none."""
    try:
        attributes = library().open_group(str(path), mode="r").attrs
        record = attributes.get("texturenet")
    except (OSError, ValueError, KeyError):
        return None
    return record if isinstance(record, dict) else None


def write(path: Place, level: int, shard: Part, pixels: np.ndarray) -> None:
    """One whole shard (h,w,C) uint8. Nobody else may write it."""
    if isinstance(path, Stored):  # some stores have folders, which zarr does not make
        folder = file_of(path, level, shard).parent
        path.system.makedirs(folder.place, exist_ok=True)
    array = library().open_array(f"{path}/{level}", mode="r+")
    rows = slice(shard.row, shard.row + shard.height)
    columns = slice(shard.column, shard.column + shard.width)
    array[:, rows, columns] = pixels.transpose(2, 0, 1)


def read(path: Place, level: int, part: Part) -> np.ndarray:
    """Pixels (h,w,C) uint8 of any rectangle."""
    array = library().open_array(f"{path}/{level}", mode="r")
    rows = slice(part.row, part.row + part.height)
    columns = slice(part.column, part.column + part.width)
    return np.asarray(array[:, rows, columns]).transpose(1, 2, 0)


def file_of(path: Place, level: int, shard: Part) -> Place:
    """Where a shard lies."""
    return path / str(level) / "c" / "0" / str(shard.row // SHARD) / str(shard.column // SHARD)


def digest(path: Place, level: int, shard: Part) -> str:
    """SHA-256 of the file of a shard; "" where there is none (pixels that are all 0)."""
    file = file_of(path, level, shard)
    if not file.is_file():
        return ""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def halve(path: Place, levels: Levels, level: int, shard: Part) -> None:
    """One shard of a coarser level, means of 2x2 pixels of the level before."""
    height, width = levels.sizes[level - 1]
    made = np.empty((shard.height, shard.width, levels.channels), np.uint8)
    for top in range(0, shard.height, CHUNK):  # a band of chunks at a time
        row, column = 2 * (shard.row + top), 2 * shard.column
        rows = min(2 * CHUNK, 2 * (shard.height - top), height - row)
        finer = Part(row, column, rows, min(2 * shard.width, width - column))
        made[top : top + CHUNK] = means(read(path, level - 1, finer))
    write(path, level, shard, made)


def means(pixels: np.ndarray) -> np.ndarray:
    """(h,w,C) uint8 -> means of 2x2, rounded (ceil(h/2),ceil(w/2),C); the last of an odd side
    stands for itself."""
    down, right = (side % 2 for side in pixels.shape[:2])
    even = np.pad(pixels, ((0, down), (0, right), (0, 0)), mode="edge").astype(np.uint16)
    rows = even[::2] + even[1::2]
    total = rows[:, ::2] + rows[:, 1::2]
    return ((total + 2) // 4).astype(np.uint8)


def library() -> Any:
    """zarr-python. Raises Refused."""
    try:
        import zarr
    except ImportError as missing:
        raise Refused("OME-Zarr needs: pip install 'texturenet[zarr]'.") from missing
    return zarr
