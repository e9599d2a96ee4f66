"""A large picture as OME-Zarr: its shards drawn and written one by one, by any number of processes.

Beside the folder a journal says which shards are there, with the SHA-256 of each: `big.zarr.1of1`,
or of a part `big.zarr.3of16`. The same call goes on from it; `finish` holds the shards of all parts
against it, makes the coarser levels, and removes it.
"""

import json
import shlex
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import Refused
from ..io.files import check_room, write_whole
from ..io.large import zarr
from ..io.large.pieces import NAME, check_piece, first_of, name_of
from ..io.large.sheet import Part
from ..io.stored import Place
from .drawing import alone
from .joining import Unfit, how_to_draw
from .large import LargePicture
from .processes import Made, in_processes
from .provenance import Record

Sums = dict[str, str]  # "row/column" of a shard -> SHA-256 of its file


@dataclass
class ShardDrawing:
    """Call `check_room`, then `resume`, then `draw`.

    Parameters
    ----------
    path : of the folder, big.zarr
    picture : what is drawn, of colour
    piece : (number, of how many) to draw some of the shards alone
    """

    path: Path
    picture: LargePicture
    piece: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.levels = zarr.Levels(*self.picture.size)
        number, of = self.piece or (1, 1)
        shards = self.levels.shards(0)
        self.whole = len(shards)
        check_piece(number, of, self.whole, f"shards of {zarr.SHARD} pixels a side")
        first, last = (first_of(n, of, self.whole) for n in (number, number + 1))
        self.shards = shards[first:last]
        self.journal = self.path.with_name(name_of(self.path.name, number, of))
        self.sums: Sums = {}

    @property
    def count(self) -> int:
        """How many shards are to be drawn."""
        return len(self.shards)

    @property
    def done(self) -> int:
        """How many are."""
        return len(self.sums)

    @property
    def pixels(self) -> int:
        return sum(shard.height * shard.width for shard in self.shards)

    def pixels_done(self) -> int:
        """How many pixels lie in the shards that are drawn."""
        return sum(one.height * one.width for one in self.shards if _key(one) in self.sums)

    def bytes_at_most(self) -> int:
        """Of its share of the folder."""
        return -(-self.levels.bytes_at_most() * self.count // self.whole)

    def check_room(self) -> None:
        """Refuse what the disk cannot hold, and a folder that is something else."""
        zarr.library()
        if self.path.exists() and zarr.record_of(self.path) != self.picture.record:
            raise Refused(f"{self.path} holds something else: move it, or give another name.")
        check_room(self.path, self.bytes_at_most())

    def resume(self) -> int:
        """Go on from what an interrupted call left -> how many shards are there, and whole."""
        noted = _noted(self.journal)
        if noted is not None and noted["record"] == self.picture.record:
            found = {_key(shard): shard for shard in self.shards}
            self.sums = {
                key: digest
                for key, digest in noted["sums"].items()
                if key in found and zarr.digest(self.path, 0, found[key]) == digest
            }
        return self.done

    def draw(self, workers: int) -> Generator[int]:
        """Draw the shards that are missing -> pixels of each; without `piece`, then the coarser
        levels. Raises Refused where they cannot be written; what is there is kept."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self.journal.with_name(f"{self.journal.name}.part")
            with alone(lock, self.journal):
                yield from self._draw(workers)
        except OSError as error:
            rest = "; the same call goes on" if self.done else ""
            raise Refused(f"cannot write {self.path}: {error.strerror or error}{rest}.") from error

    def _draw(self, workers: int) -> Generator[int]:
        zarr.create(self.path, self.levels, self.path.stem, self.picture.record)
        self._note()
        todo = (shard for shard in self.shards if _key(shard) not in self.sums)
        with closing(self._written(todo, workers)) as made:
            for shard, (digest,) in made:
                self.sums[_key(shard)] = digest.decode()
                self._note()
                yield shard.height * shard.width
        if self.piece is None:
            yield from finish(self.path, self.levels)

    def _written(self, todo: Iterable[Part], workers: int) -> Generator[tuple[Part, Made]]:
        make = partial(write_shard, self.picture, self.path)
        if workers == 1:
            return ((shard, make(shard)) for shard in todo)
        return in_processes(make, iter(todo), workers)

    def _note(self) -> None:
        number, of = self.piece or (1, 1)
        noted: dict[str, Any] = {"record": self.picture.record, "size": list(self.picture.size)}
        noted |= {"piece": [number, of], "sums": self.sums, "shards": self.count}
        write_whole(self.journal, json.dumps(noted))


def write_shard(picture: LargePicture, path: Path, shard: Part) -> Made:
    """One shard, drawn and written by this process -> the SHA-256 of its file."""
    (pixels,) = picture.pixels(shard)
    zarr.write(path, 0, shard, pixels)
    return [zarr.digest(path, 0, shard).encode()]


def _key(shard: Part) -> str:
    return f"{shard.row // zarr.SHARD}/{shard.column // zarr.SHARD}"


def _noted(journal: Place) -> dict[str, Any] | None:
    """What a journal says; None of one that is not there, or damaged."""
    try:
        noted: dict[str, Any] = json.loads(journal.read_text())
        sound = isinstance(noted["sums"], dict) and isinstance(noted["record"], dict)
        number, of = noted["piece"]
        height, width = noted["size"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    whole = all(type(one) is int and one > 0 for one in (number, of, height, width))
    return noted if sound and whole else None


def journals(path: Place) -> list[Place]:
    """Those of the parts of a picture, beside it."""
    found = (NAME.fullmatch(file.name) for file in path.parent.iterdir())
    names = sorted(one[0] for one in found if one and one[1] == path.name)
    return [path.with_name(name) for name in names]


def check_parts(path: Place) -> zarr.Levels:
    """Hold all shards against the journals of all parts -> the shapes of the picture.

    Raises
    ------
    Unfit : where parts are missing, of another picture, not complete or damaged
    Refused : where there are no parts
    """
    found = journals(path) if path.is_dir() else []
    parts = {file: noted for file in found if (noted := _noted(file))}
    record = zarr.record_of(path) if parts else None
    if record is None:
        raise Refused(
            f"{path} is no picture in parts: draw each of them first, with `texturenet sample "
            f"model=NAME size=N {shlex.quote(f'out={path}')} part=1/16` to part=16/16."
        )
    of, size = next((one["piece"][1], one["size"]) for one in parts.values())
    levels = zarr.Levels(*size)
    shards = levels.shards(0)
    lines, seen = [], set()

    def again(number: int) -> str:
        return how_to_draw(record, str(path), f"{number}/{of}")

    for file, noted in parts.items():
        number = noted["piece"][0]
        seen.add(number)
        mine = shards[first_of(number, of, len(shards)) : first_of(number + 1, of, len(shards))]
        if why := _wrong(path, noted, record, of, mine):
            lines.append(f"{file.name}: {why}; {again(number)}")
    missing = sorted({*range(1, of + 1)} - seen)
    lines += [f"part {number} of {of} is missing; {again(number)}" for number in missing]
    if lines:
        raise Unfit(lines)
    return levels


def _wrong(
    path: Place, noted: dict[str, Any], record: Record, of: int, mine: Sequence[Part]
) -> str | None:
    """Why a part cannot be taken."""
    if noted["record"] != record or noted["piece"][1] != of:
        return "of another picture"
    sums = noted["sums"]
    if absent := [shard for shard in mine if _key(shard) not in sums]:
        return f"{len(absent)} of {len(mine)} shards are not drawn"
    for shard in mine:
        if zarr.digest(path, 0, shard) != sums[_key(shard)]:
            return f"shard {_key(shard)} is damaged"
    return None


def finish(path: Place, levels: zarr.Levels) -> Iterator[int]:
    """The coarser levels, shard by shard -> pixels of each that were read; then the journals
    go."""
    for level in range(1, len(levels.sizes)):
        for shard in levels.shards(level):
            zarr.halve(path, levels, level, shard)
            yield 0
    for journal in journals(path):
        journal.unlink(missing_ok=True)
