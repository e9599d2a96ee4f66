"""Where files lie, writing that leaves a whole file or none, and locks."""

import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

import psutil

from ..errors import Refused, reason

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

# The keys of the metadata of the project's own safetensors files, which are JSON.
NET_KEY, DESCRIPTOR_KEY, START_KEY = "texturenet", "texturenet_descriptor", "texturenet_start"
ASIDE = ".aside"  # in the names of files that are still being written
PIECE = re.compile(rf"\..*\.(\d+|[a-z0-9_]{{8}}){re.escape(ASIDE)}(\.[A-Za-z0-9]+)?", re.DOTALL)
ABANDONED = 3600  # seconds since a piece was touched after which nobody writes it any more
_HERE = Path(__file__).resolve().parents[1]


def own_folder(name: str) -> Path:
    """conf, checkpoints or exemplars: inside an installed package, beside it in a checkout.

    Raises
    ------
    Refused : where the package lies in a zip, whose files have no paths
    """
    inside, beside = _HERE / name, _HERE.parent / name
    if archive := next((parent for parent in _HERE.parents if parent.is_file()), None):
        raise Refused(
            f"texturenet lies inside {archive}, where its {name} cannot be read: unpack it, or "
            "install it with pip."
        )
    return inside if inside.is_dir() else beside


def user_path(text: str) -> Path:
    """A path that a user typed, with ~ expanded unless a file is called so.

    Raises
    ------
    Refused : where no file can have it: no such home, too long, NUL, half a character, no working
        folder
    """
    try:
        if b"\0" in os.fsencode(text):
            raise ValueError("it holds a NUL")
        path = Path(text)
        path = path if path.exists() else path.expanduser()
        path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise Refused(f"{text[:80]!r} cannot be used as a path ({reason(error)}).") from error
    absolute(path)
    return path


def user_cache() -> Path:
    """texturenet/ in the user's cache, $XDG_CACHE_HOME or ~/.cache. Raises Refused where there is
    no home to look for it in."""
    return user_path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "texturenet"


def absolute(path: Path) -> Path:
    """The path from the root. Raises Refused for a relative one in a working folder that has been
    deleted."""
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise Refused(
            f"{path} cannot be used as a path: the working folder has been deleted; change to one "
            "that exists."
        ) from error


def check_room(path: Path, needed: float) -> None:
    """Refuse a file of `needed` bytes that its disk cannot hold, with both amounts."""
    path = absolute(path)
    folder = next(p for p in (*path.parents, path) if p.exists())
    if needed > (free := shutil.disk_usage(folder).free):
        raise Refused(
            f"{path.name} would need {_amount(needed)}; {folder} has {_amount(free)} free."
        )
    if not os.access(folder, os.W_OK):
        raise Refused(f"cannot write {path}: {folder} is read-only.")


def check_memory(path: Path, needed: float, what: str) -> None:
    """Refuse to read a file that takes `needed` bytes of memory, with both amounts; what: is read
    of it."""
    if needed > (free := psutil.virtual_memory().available):
        raise Refused(
            f"reading {what} of {path} needs {_amount(needed)} of memory; {_amount(free)} are free."
        )


def _amount(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.3f} MB"


def write_whole(path: Path, data: bytes | str) -> Path:
    """Write aside, flush, rename: `path` holds all of the data, or what it held before.

    Raises
    ------
    Refused : where the folder cannot be made or written to, or the disk is full
    """
    path = Path(path)
    # Beside the target, so that the renaming stays on one disk.
    aside = path.parent / f"{_before(path)}{secrets.token_hex(4)}{ASIDE}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(aside, "xb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):  # renamed, never made, or its folder is gone
            aside.unlink()
    return path


def aside_of(path: Path) -> Path:
    """Where this process may write what is then renamed to `path`; of the same suffix."""
    return path.with_name(f"{_before(path)}{os.getpid()}{ASIDE}{path.suffix}")


def sweep(folder: Path) -> None:
    """Remove what killed processes left in a folder: pieces that nobody has touched for long."""
    for piece in folder.glob(f".*{ASIDE}*"):
        ours = PIECE.fullmatch(piece.name)
        with suppress(OSError):  # somebody else's, or gone
            if ours and time.time() - piece.stat().st_mtime > ABANDONED and not _lives(ours[1]):
                shutil.rmtree(piece) if piece.is_dir() else piece.unlink()


def _lives(owner: str) -> bool:
    """Whether a piece is named after a process that is still there."""
    return owner.isdigit() and psutil.pid_exists(int(owner))


def _before(path: Path) -> str:
    return f".{path.stem[:40]}."


def _settle(folder: Path) -> None:
    """A renaming outlives a power failure once its folder is on the disk, where systems do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def locked(descriptor: int) -> bool:
    """Lock an open file or folder for its opener alone, until it is closed or the process ends.

    Parameters
    ----------
    descriptor : of the open file, as `os.open` and `fileno` give it

    Returns
    -------
    False where another has the lock; True also where the system or the disk has no locks
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
