"""Outputs that a URL names (s3://bucket/big.tif): written on this machine first, then sent there.

fsspec knows the stores. What a picture is written by (locks, renaming, going on after an
interruption) needs a disk; so files lie in a folder of this machine until they are whole, and the
same call goes on from there. No URL, no network.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import Refused, reason
from .files import check_room, user_cache

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
def sent_to(url: str, share: str = "") -> Iterator[Path]:
    """A path of this machine; what lies there afterwards, a file or a folder, is sent to a URL, and
    so is what lies beside it (parts of a picture, the tiles of a .dzi).

    The path is the same for the same URL and share, and what lies there is kept where something
    fails, so that work that was interrupted is gone on with.

    Parameters
    ----------
    url : of what is made
    share : which part of it this process makes, "3/16"; each has files of its own here

    Raises
    ------
    Refused : where fsspec or its package for that store is missing, it cannot be written to, or
        the folder here cannot be made
    """
    system, place = opened(url)
    folder = _folder_of(url, share)
    parent = place.rstrip("/").rpartition("/")[0]
    try:
        yield folder / name_of(url)
        kept = f"what was made lies in {folder}, and the same call sends it"
        with asking(f"cannot write to {url}", kept):
            _send_all(system, folder, parent)
    finally:
        _without_empty(folder)


def _send_all(system: Any, folder: Path, parent: str) -> None:
    """What is complete; it is removed here when all of it is there."""
    complete = filter(_complete, folder.rglob("*"))
    # What stands beside a folder says what that holds, so it comes after it.
    files = sorted(complete, key=lambda path: (-len(path.parts), path))
    for path in files:
        send(system, path, f"{parent}/{path.relative_to(folder).as_posix()}")
    for path in files:
        path.unlink()


def _without_empty(folder: Path) -> None:
    """Remove the folders that hold nothing, but for one in which another process is at work."""
    for path in (*sorted(folder.rglob("*"), reverse=True), folder):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError):
                path.rmdir()


@contextmanager
def asking(what: str, remedy: str) -> Iterator[None]:
    """Every store fails in ways of its own: all of them are Refused, as `what` with its remedy."""
    try:
        yield
    except Refused:
        raise
    except FileNotFoundError as error:
        raise Refused(f"{what}: there is no {error.filename or error}.") from error
    except Exception as error:
        raise Refused(f"{what} ({reason(error)}): {remedy}.") from error


def _folder_of(url: str, share: str) -> Path:
    """Where the files of a URL lie here: a folder of the user's, which nobody else can look into.
    Raises Refused."""
    uploads = user_cache() / FOLDER
    whose = f"{url} {share}" if share else url
    folder = uploads / hashlib.sha256(whose.encode()).hexdigest()[:16]
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


def fetch(url: str, folder: Path, wanted: Callable[[str], bool]) -> dict[Path, str]:
    """The file of a URL, or of a folder there the files whose names are wanted, in a folder here
    -> {file: its URL}.

    Raises
    ------
    Refused : where the store cannot be read, or the disk here cannot hold them
    """
    system, place = opened(url)
    with asking(f"cannot read {url}", "the same call tries again"):
        if system.isdir(place):
            inside = (one for one in system.ls(place, detail=True) if one["type"] == "file")
            found = {name_of(one["name"]): one for one in inside if wanted(name_of(one["name"]))}
        else:
            found = {name_of(place): system.info(place)}
        _check_room_for(url, folder, sum(one["size"] or 0 for one in found.values()))
        for name, one in found.items():
            system.get_file(one["name"], str(folder / name))
    return {folder / name: system.unstrip_protocol(found[name]["name"]) for name in sorted(found)}


def _check_room_for(url: str, folder: Path, size: float) -> None:
    try:
        check_room(folder / name_of(url), size)
    except Refused as refusal:
        raise Refused(
            f"{url} is brought to this machine first: {refusal} TMPDIR names another place."
        ) from refusal


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
