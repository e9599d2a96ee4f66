"""Several files that belong together -> their places: all of them, or those that lay there before.

No system renames several files at once. So that files of two sets never lie beside each other, the
earlier ones are moved away before the first new one comes.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import Refused
from .files import ASIDE, sweep

Move = tuple[Path, Path]  # from, to


@contextmanager
def folder_aside(folder: Path, name: str) -> Iterator[Path]:
    """A new folder inside `folder`, so on the same disk, that is gone afterwards.

    Parameters
    ----------
    folder : which is made if it is not there
    name : of what is made in it

    Raises
    ------
    Refused : where it cannot be made
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        aside = Path(tempfile.mkdtemp(prefix=f".{name[:40]}.", suffix=ASIDE, dir=folder))
    except OSError as error:
        raise Refused(f"cannot write into {folder}: {error.strerror or error}.") from error
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def check_places(paths: Iterable[Path]) -> None:
    """Refuse places where folders lie, which no file replaces."""
    if taken := next((path for path in paths if path.is_dir()), None):
        raise Refused(f"{taken} is a folder: move it, or give another name.")


def place(moves: Sequence[Move], aside: Path) -> None:
    """Move files to their places, in order, where they replace the earlier ones.

    If that fails or is interrupted, earlier files are put back, and the new ones to where they
    came from. If the process is killed in between, files are missing; those that are there are all
    earlier ones or all new ones, and if the last is there and new, so are the others. One file
    alone is replaced at once.

    Parameters
    ----------
    moves : (from, to), on one disk
    aside : a folder there, which holds the earlier files meanwhile

    Raises
    ------
    OSError : where a file cannot be moved
    """
    if len(moves) == 1:
        moves[0][0].replace(moves[0][1])
        return
    earlier = [(to, aside / f"earlier_{index}") for index, (_, to) in enumerate(moves)]
    done: list[Move] = []
    try:
        for pair in [*(pair for pair in reversed(earlier) if pair[0].exists()), *moves]:
            done.append(pair)
            pair[0].replace(pair[1])
    except BaseException:
        for before, now in reversed(done):
            with suppress(OSError):
                if now.exists() and not before.exists():  # it was moved
                    now.replace(before)
        raise
