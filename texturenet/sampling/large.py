"""Blocks -> pictures larger than memory, in files that are complete or absent.

Until it is complete a picture lies beside its place as `<name>.part`, with a journal from which the
same call goes on where an earlier one was interrupted.
"""

import json
import multiprocessing
import os
import pickle
import signal
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain, repeat
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from ..errors import Refused
from ..generator.architecture import blocks
from ..io.files import check_room, locked, write_whole
from ..io.large.png import PngSheet
from ..io.large.sheet import Part, parts
from ..io.large.tiff import TiffSheet
from ..io.pictures import to_bytes
from ..types import Size
from .provenance import Record
from .texture import Texture

AT_ONCE = 1024  # pixels a side that are floating-point numbers at a time
Sheet = TiffSheet | PngSheet
SHEETS: dict[str, type[Sheet]] = {
    suffix: kind for kind in (TiffSheet, PngSheet) for suffix in kind.SUFFIXES
}


@dataclass(frozen=True)
class LargePicture:
    """A picture that is drawn part by part.

    Parameters
    ----------
    texture : what is drawn
    view : the arguments of `Texture.view`: size, seed, origin, tile, border
    record : what the file says of how it was made (`provenance.of_picture`)
    """

    texture: Texture
    view: dict[str, Any]
    record: Record

    @property
    def size(self) -> Size:
        """(height, width) in pixels."""
        height, width = self.view["size"]
        return height, width

    def pixels(self, part: Part) -> np.ndarray:
        """One part of the picture (h,w,3) uint8."""
        top, left = self.view["origin"]
        window = self.texture.view(**self.view)
        pixels = np.empty((part.height, part.width, 3), np.uint8)
        for (down, right), (height, width) in blocks((part.height, part.width), AT_ONCE):
            place = (top + part.row + down, left + part.column + right)
            made = self.texture.picture(window, (height, width), place)
            pixels[down : down + height, right : right + width] = to_bytes(made)
        return pixels


class DrawingFile:
    """A file that is being drawn: `<path>.part` and `<path>.journal`.

    Call `check_room`, then `resume`, then `draw`.
    """

    def __init__(self, path: Path, picture: LargePicture) -> None:
        self.path, self.picture = path, picture
        self.part, self.journal = (path.with_name(path.name + end) for end in (".part", ".journal"))
        self.sheet = SHEETS[path.suffix.lower()](*picture.size)
        self.done = 0  # parts
        self.locked: BinaryIO | None = None  # the part, which no other process draws

    def check_room(self) -> None:
        """Refuse what the format or the disk cannot hold, at once."""
        self.sheet.check(self.path.name)
        has = _disk_use(self.part) if self.part.is_file() else 0
        check_room(self.path, self.sheet.bytes_at_most() - has)

    def resume(self) -> int:
        """Lock the file, and go on from what an interrupted call for the same picture left.

        -> how many parts are drawn already. Raises Refused where another process draws it.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.locked = open(self.part, "a+b")  # noqa: SIM115, closed in `draw`
            self._lock(self.locked)
        except OSError as error:
            raise Refused(f"cannot write {self.path}: {error.strerror or error}.") from error
        try:
            text, check = self.journal.read_text().rsplit("\n", 1)
            noted = json.loads(text)
            sheet = type(self.sheet)(**noted["sheet"])
            same = noted["record"] == self.picture.record
            if same and int(check) == zlib.crc32(text.encode()) and sheet.fits(self.part):
                self.sheet, self.done = sheet, noted["done"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self.done = 0  # none, or nothing that could be used
        return self.done

    def draw(self, workers: int) -> Iterator[int]:
        """Draw the parts that are missing -> pixels of each; then the file is in its place.

        Raises Refused where it cannot be written; the parts that are complete are kept, and the
        same call goes on after them.
        """
        if self.locked is None:
            self.resume()
        assert self.locked is not None
        try:
            with self.locked:
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
                self.sheet.begin(self.part, json.dumps(self.picture.record))
                self._note()
            with open(self.part, "r+b") as file:
                for part, data in self._encoded(parts(self.sheet, self.done), workers):
                    self.sheet.accept(file, part, data)
                    self._flush(file)
                    self.done += 1
                    self._note()
                    yield part.height * part.width
                self.sheet.end(file)
                self._flush(file)
            self.part.replace(self.path)
            self.journal.unlink()
        except (OSError, Refused):
            if not self.done:  # nothing to go on from, on a disk that may be full
                self.discard()
            raise

    def discard(self) -> None:
        """Remove what was drawn."""
        for file in (self.part, self.journal):
            file.unlink(missing_ok=True)

    def _lock(self, file: BinaryIO) -> None:
        """Refuse to draw what another process is drawing, where files can be locked."""
        alone = locked(file.fileno())
        # Another process that has just ended has renamed the file.
        same = self.part.exists() and os.path.samestat(os.fstat(file.fileno()), self.part.stat())
        if not (alone and same):
            raise Refused(f"{self.path} is being drawn by another process.")

    @staticmethod
    def _flush(file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())

    def _note(self) -> None:
        noted = {"record": self.picture.record, "sheet": asdict(self.sheet), "done": self.done}
        text = json.dumps(noted)
        write_whole(self.journal, f"{text}\n{zlib.crc32(text.encode())}")

    def _encoded(self, todo: Iterator[Part], workers: int) -> Iterator[tuple[Part, bytes]]:
        if workers == 1:
            return ((part, self.sheet.encode(part, self.picture.pixels(part))) for part in todo)
        return in_processes(self.picture, self.sheet, todo, workers)


def _disk_use(path: Path) -> int:
    """Bytes that a file takes on its disk; its length where the system does not say."""
    status = path.stat()
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else 512 * blocks


def in_processes(
    picture: LargePicture, sheet: Sheet, todo: Iterator[Part], workers: int
) -> Iterator[tuple[Part, bytes]]:
    """Every part and what it encodes to, in order, made by several processes; few in memory."""
    threads = max(1, torch.get_num_threads() // workers)
    pool = ProcessPoolExecutor(
        workers,
        multiprocessing.get_context("spawn"),
        _start,
        (pickle.dumps((picture, sheet)), threads),
    )
    try:
        waiting: deque[tuple[Part, Future[bytes]]] = deque()
        for part in chain(todo, repeat(None, 2 * workers)):
            if part:
                with _uninterrupted():
                    waiting.append((part, pool.submit(_work, part)))
            if waiting and (not part or len(waiting) == 2 * workers):
                first, future = waiting.popleft()
                yield first, future.result()
    finally:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that start here ignore Ctrl-C, which is for the parent to hear, from the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_drawing: tuple[LargePicture, Sheet]  # of a worker process


def _start(pickled: bytes, threads: int) -> None:
    global _drawing
    torch.set_num_threads(threads)
    _drawing = pickle.loads(pickled)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)


def _work(part: Part) -> bytes:
    picture, sheet = _drawing
    return sheet.encode(part, picture.pixels(part))
