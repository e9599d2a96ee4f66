"""Where the project's own files lie, and writing that leaves a whole file or none."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import Refused

_HERE = Path(__file__).resolve().parent


def own_folder(name: str) -> Path:
    """conf, checkpoints or exemplars: inside an installed package, beside it in a checkout."""
    inside, beside = _HERE / name, _HERE.parent / name
    return inside if inside.is_dir() else beside


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A path to write to, which becomes `path` if all went well and vanishes if not.

    Raises Refused where the folder cannot be made or written to, or the disk is full.
    """
    path = Path(path)
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the renaming stays on one disk; the suffix tells formats.
        handle, name = tempfile.mkstemp(prefix=".", suffix=f".aside{path.suffix}", dir=path.parent)
        os.close(handle)
        aside = Path(name)
        yield aside
        with open(aside, "rb") as file:
            os.fsync(file.fileno())
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror or error}.") from error
    finally:
        if aside:
            aside.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
