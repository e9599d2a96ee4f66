"""Where files lie, and writing that leaves a whole file or none."""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from ..errors import Refused, reason

# What the metadata of the project's own safetensors files go by, as JSON.
NET_KEY, DESCRIPTOR_KEY = "texturenet", "texturenet_descriptor"
ASIDE = ".aside"  # in the names of files that are still being written
PIECE = re.compile(rf"\..*\.(\d+|[a-z0-9_]{{8}}){re.escape(ASIDE)}(\.[a-z0-9]+)?", re.DOTALL)
ABANDONED = 3600  # seconds since a piece was touched after which nobody writes it any more
_HERE = Path(__file__).resolve().parents[1]


def own_folder(name: str) -> Path:
    """conf, checkpoints or exemplars: inside an installed package, beside it in a checkout."""
    inside, beside = _HERE / name, _HERE.parent / name
    return inside if inside.is_dir() else beside


def user_path(text: str) -> Path:
    """What a user typed, as a path that can at least be asked about. ~ is expanded unless a file
    is called so."""
    try:
        path = Path(text)
        if not path.exists():
            path = path.expanduser()
        path.exists()
    except (OSError, RuntimeError, ValueError) as error:  # no such home, too long, NUL, locked
        raise Refused(f"{text[:80]!r} cannot be used as a path ({reason(error)}).") from error
    return path


def check_room(path: Path, needed: float) -> None:
    """Refuse a file of `needed` bytes that its disk cannot hold."""
    path = path.absolute()
    folder = next(p for p in (*path.parents, path) if p.exists())
    if needed > (free := shutil.disk_usage(folder).free):
        raise Refused(
            f"{path.name} would need {_amount(needed)}; {folder} has {_amount(free)} free."
        )
    if not os.access(folder, os.W_OK):
        raise Refused(f"cannot write {path}: {folder} is read-only.")


def _amount(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.3f} MB"


def write_whole(path: Path, data: bytes | str) -> Path:
    """Write aside, flush, rename: `path` holds all of the data, or what it held before.

    Raises Refused where the folder cannot be made or written to, or the disk is full.
    """
    path, aside = Path(path), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the renaming stays on one disk.
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=_before(path), suffix=ASIDE, delete=False
        ) as file:
            aside = Path(file.name)
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o666 & ~_umask())
        aside.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror or error}.") from error
    finally:
        if aside:
            with suppress(OSError):  # renamed, or its folder is gone
                aside.unlink()
    return path


def aside_of(path: Path) -> Path:
    """Where this process may write what is to be renamed to `path`; of the same suffix."""
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
    """A renaming outlives a power failure once its folder is on the disk; not all can be asked."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
