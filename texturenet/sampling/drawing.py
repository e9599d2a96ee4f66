"""Large pictures -> files that are complete or absent.

Until they are complete, files lie beside their places as `<file>.part`, with a journal from which
the same call goes on where an earlier one was interrupted.
"""

import json
import os
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from ..errors import Refused
from ..io.files import check_room, locked, write_whole
from ..io.large.pieces import PieceSheet, name_of
from ..io.large.sheet import Part, Sheet, parts
from ..io.together import check_places, folder_aside, place
from ..types import Size
from .large import SHEETS, Layer
from .processes import Made, in_processes
from .provenance import Record


class Picture(Protocol):
    """What is drawn, as of `large.LargePicture`."""

    @property
    def record(self) -> Record: ...
    @property
    def size(self) -> Size: ...
    @property
    def layers(self) -> tuple[Layer, ...]: ...
    @property
    def margin(self) -> int: ...
    @property
    def smaller(self) -> str: ...
    def pixels(self, part: Part) -> list[np.ndarray]: ...


def encoded(picture: Picture, sheets: list[Sheet], part: Part) -> Made:
    """One part, as the bytes of each file."""
    pairs = zip(sheets, picture.pixels(part), strict=True)
    return [sheet.encode(part, pixels) for sheet, pixels in pairs]


@dataclass
class Drawing:
    """Files that are being drawn together, each as `<file>.part`, and one journal.

    Call `check_room`, then `resume`, then `draw`.

    Parameters
    ----------
    path : what the names of the files begin with: of a picture of colour its whole path
    picture : what is drawn
    attached : {ending: function that writes a file}, of small ones that belong to them; the last
        of them comes last of all to its place
    piece : (number, of how many), for a file of some of the parts, `big.tif.3of16`, which
        `joining.Joining` joins with the others
    """

    path: Path
    picture: Picture
    attached: Mapping[str, Callable[[Path], object]] = field(default_factory=dict)
    piece: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.paths = [self._named(layer.ending) for layer in self.picture.layers]
        self.sheets = [
            self._sheet(path.suffix.lower(), layer)
            for path, layer in zip(self.paths, self.picture.layers, strict=True)
        ]
        if self.piece:
            self.paths = [path.with_name(name_of(path.name, *self.piece)) for path in self.paths]
        self.parts = [path.with_name(f"{path.name}.part") for path in self.paths]
        self.journal = self.paths[0].with_name(f"{self.paths[0].name}.journal")
        self.done = 0  # parts
        self.locks: ExitStack | None = None  # while no other process can draw any of the files

    def _named(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def _sheet(self, suffix: str, layer: Layer) -> Sheet:
        shape = *self.picture.size, layer.channels, layer.bits, self.picture.margin
        if self.piece:
            return PieceSheet(*shape, suffix, *self.piece)
        return SHEETS[suffix](*shape)

    @property
    def count(self) -> int:
        """How many parts there are, which are the same of all files."""
        return self.sheets[0].count

    @property
    def pixels(self) -> int:
        """How many there are to draw."""
        return self.sheets[0].pixels_before(self.count)

    def pixels_done(self) -> int:
        """How many pixels lie in the parts that are drawn."""
        return self.sheets[0].pixels_before(self.done)

    def bytes_at_most(self) -> int:
        """What all files may come to."""
        return sum(sheet.bytes_at_most() for sheet in self.sheets)

    def check_room(self) -> None:
        """Refuse what the format, the folder or the disk cannot hold, at once."""
        for sheet, path in zip(self.sheets, self.paths, strict=True):
            sheet.check(path.name, self.picture.smaller)
        check_places([*self.paths, *map(self._named, self.attached)])
        has = sum(_disk_use(part) for part in self.parts if part.is_file())
        check_room(self.path, self.bytes_at_most() - has)

    def resume(self) -> int:
        """Lock the files, and go on from what an interrupted call for the same picture left.

        -> how many parts are drawn already. Raises Refused where another process draws one of them.
        """
        with ExitStack() as locks:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                for part, path in zip(self.parts, self.paths, strict=True):
                    locks.enter_context(alone(part, path))
            except OSError as error:
                raise Refused(f"cannot write {self.path}: {error.strerror or error}.") from error
            self.locks = locks.pop_all()
        try:
            self._go_on()
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self.done = 0  # none, or nothing that could be used
        return self.done

    def _go_on(self) -> None:
        text, check = self.journal.read_text().rsplit("\n", 1)
        noted = json.loads(text)
        whole = int(check) == zlib.crc32(text.encode())
        if not whole or (noted["record"], noted["count"]) != (self.picture.record, self.count):
            return
        kinds = map(type, self.sheets)
        sheets = [kind(**its) for kind, its in zip(kinds, noted["sheets"], strict=True)]
        done = noted["done"]
        for sheet, part, path in zip(sheets, self.parts, self.paths, strict=True):
            moved = done == self.count and not part.stat().st_size  # and then interrupted
            if not sheet.fits(path if moved else part):
                return
        self.sheets, self.done = sheets, done

    def draw(self, workers: int) -> Generator[int]:
        """Draw the parts that are missing -> pixels of each; then all files are in their places.

        Raises Refused where they cannot be written; the parts that are complete are kept, and the
        same call goes on after them.
        """
        if self.locks is None:
            self.resume()
        assert self.locks is not None
        try:
            with self.locks:
                yield from self._draw(workers)
        except BrokenProcessPool as error:
            raise Refused(
                "a worker process ended early; is there memory for so many? The same call goes on."
            ) from error
        except OSError as error:
            rest = f"; the same call goes on after {self.done} parts" if self.done else ""
            raise Refused(f"cannot write {self.path}: {error.strerror or error}{rest}.") from error

    def _draw(self, workers: int) -> Iterator[int]:
        try:
            if not self.done:
                for sheet, part in zip(self.sheets, self.parts, strict=True):
                    sheet.begin(part, json.dumps(self.picture.record))
                self._note()
            yield from self._grow(workers)
            self._place()
            self.journal.unlink()
        except (OSError, Refused):
            if not self.done:  # nothing to go on from, on a disk that may be full
                self.discard()
            raise

    def _grow(self, workers: int) -> Iterator[int]:
        """The parts that are missing, and the ends of the files."""
        with ExitStack() as opened:
            files = [opened.enter_context(open(part, "r+b")) for part in self.parts]
            made = opened.enter_context(closing(self._encoded(workers)))
            for part, data in made:
                for sheet, file, its in zip(self.sheets, files, data, strict=True):
                    sheet.accept(file, part, its)
                _flush(files)
                self.done += 1
                self._note()
                yield part.height * part.width
            for sheet, file, path in zip(self.sheets, files, self.parts, strict=True):
                if path.stat().st_size:  # it was not moved before an interruption
                    sheet.end(file)
            _flush(files)

    def _place(self) -> None:
        """Everything to its place."""
        pairs = zip(self.parts, self.paths, strict=True)
        moves = [(part, path) for part, path in pairs if part.stat().st_size]
        with folder_aside(self.path.parent, self.path.name) as aside:
            for ending, write in self.attached.items():
                path = self._named(ending)
                write(aside / path.name)
                moves.append((aside / path.name, path))
            place(moves, aside)

    def discard(self) -> None:
        """Remove what was drawn."""
        for file in (*self.parts, self.journal):
            file.unlink(missing_ok=True)

    def _note(self) -> None:
        noted = {"record": self.picture.record, "count": self.count, "done": self.done}
        text = json.dumps(noted | {"sheets": [asdict(sheet) for sheet in self.sheets]})
        write_whole(self.journal, f"{text}\n{zlib.crc32(text.encode())}")

    def _encoded(self, workers: int) -> Generator[tuple[Part, Made]]:
        todo, make = parts(self.sheets[0], self.done), partial(encoded, self.picture, self.sheets)
        if workers == 1:
            return ((part, make(part)) for part in todo)
        return in_processes(make, todo, workers)


@contextmanager
def alone(part: Path, path: Path) -> Iterator[None]:
    """Refuse to draw what another process is drawing, where files can be locked; what holds nothing
    afterwards is removed."""
    with open(part, "a+b") as file:
        alone = locked(file.fileno())
        # Another process that has just ended has renamed the file.
        if not (alone and _same(file, part)):
            raise Refused(f"{path} is being drawn by another process.")
        try:
            yield
        finally:
            with suppress(OSError):
                if _same(file, part) and not part.stat().st_size:
                    part.unlink()


def _same(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is the one that lies there."""
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())


def _flush(files: Sequence[BinaryIO]) -> None:
    for file in files:
        file.flush()
        os.fsync(file.fileno())


def _disk_use(path: Path) -> int:
    """Bytes that a file takes on its disk; its length where the system does not say."""
    status = path.stat()
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else 512 * blocks
