"""Outputs that a URL names (s3://bucket/big.tif): written on this machine first, then sent there.

fsspec knows the stores. What a picture is written by (locks, renaming, going on after an
interruption) needs a disk; so files lie in a folder of this machine until they are whole, and the
same call goes on from there. No URL, no network.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import Refused, reason
from .files import user_cache

URL = re.compile(r"([a-z][a-z0-9+.-]+)://(.+)", re.DOTALL)
UNFINISHED = (".part", ".journal")  # suffixes of what a drawing goes on from
FOLDER = "uploads"  # in the user's cache


def is_url(text: str) -> bool:
    """Whether a text names a place in a store."""
    return URL.fullmatch(text) is not None


def name_of(url: str) -> str:
    """The last part of a URL, what a file there is called."""
    return url.rstrip("/").rsplit("/", 1)[-1]


@contextmanager
def sent_to(url: str) -> Iterator[Path]:
    """A path of this machine; what lies there afterwards, a file or a folder, is sent to a URL, and
    so is what lies beside it (parts of a picture, the tiles of a .dzi).

    The path is the same for the same URL, and what lies there is kept where something fails, so
    that work that was interrupted is gone on with.

    Raises
    ------
    Refused : where fsspec or its package for that store is missing, it cannot be written to, or
        the folder here cannot be made
    """
    system, place = opened(url)
    folder = _folder_of(url)
    yield folder / name_of(url)
    parent = place.rstrip("/").rpartition("/")[0]
    try:
        for path in filter(_complete, sorted(folder.rglob("*"))):
            send(system, path, f"{parent}/{path.relative_to(folder).as_posix()}")
            path.unlink()
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        with suppress(OSError):  # another process draws another part of the same picture
            folder.rmdir()
    except Refused:
        raise
    except Exception as error:  # every store fails in ways of its own
        raise Refused(
            f"cannot write to {url} ({reason(error)}): what was made lies in {folder}, and the "
            "same call sends it."
        ) from error


def _folder_of(url: str) -> Path:
    """Where the files of a URL lie here: a folder of the user's, which nobody else can look into.
    Raises Refused."""
    uploads = user_cache() / FOLDER
    folder = uploads / hashlib.sha256(url.encode()).hexdigest()[:16]
    try:
        uploads.mkdir(parents=True, exist_ok=True)
        uploads.chmod(0o700)  # what another user has made is refused
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Refused(
            f"{url} is written to {folder} first, which cannot be ({reason(error)}): "
            "XDG_CACHE_HOME names another place."
        ) from error
    return folder


def _complete(path: Path) -> bool:
    """Whether it is a file that nobody is still writing."""
    return path.is_file() and not path.name.startswith(".") and path.suffix not in UNFINISHED


def send(system: Any, path: Path, place: str) -> None:
    """One file, with its length checked afterwards."""
    system.makedirs(place.rpartition("/")[0], exist_ok=True)
    system.put_file(str(path), place)
    there, here = system.size(place), path.stat().st_size
    if there != here:
        raise Refused(f"{place} has {there} bytes, and {path.name} {here}: the same call sends it.")


def fetch(url: str, folder: Path) -> list[Path]:
    """The files of a URL, a file or a folder, in a folder here. Raises Refused."""
    system, place = opened(url)
    try:
        files = system.find(place) if system.isdir(place) else [place]
        found = []
        for file in files:
            path = folder / file.rsplit("/", 1)[-1]
            system.get_file(file, str(path))
            found.append(path)
    except Exception as error:
        raise Refused(f"cannot read {url} ({reason(error)}).") from error
    return found


def opened(url: str) -> tuple[Any, str]:
    """fsspec's file system of a URL, and the place in it. Raises Refused."""
    try:
        import fsspec

        return fsspec.core.url_to_fs(url)
    except ImportError as missing:
        raise Refused(
            f"{url} needs more ({reason(missing)}): run `pip install 'texturenet[remote]'`; other "
            "stores than s3:// need their own package for fsspec, as gcsfs for gs://."
        ) from missing
    except ValueError as error:
        raise Refused(f"{url} cannot be used as a place ({reason(error)}).") from error
