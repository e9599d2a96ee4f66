"""The files of a folder as bytes with their SHA-256, and such a parcel as files again."""

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ..io.files import ASIDE, write_whole
from .jobs import sha256

Parcel = dict[str, tuple[bytes, str]]  # path in the folder: (bytes, their SHA-256)


class Damaged(Exception):
    """A file whose bytes are not those that were sent."""


def pack(folder: Path) -> Parcel:
    """All files below a folder, but for those that are still being written. A folder that is not
    there has none."""
    return packed({path: (folder / path).read_bytes() for path in files_of(folder)})


def packed(files: Mapping[str, bytes]) -> Parcel:
    return {path: (data, sha256(data)) for path, data in files.items()}


def files_of(folder: Path) -> list[str]:
    """Their paths in the folder, in order."""
    found = (path for path in folder.rglob("*") if path.is_file() and ASIDE not in path.name)
    return sorted(path.relative_to(folder).as_posix() for path in found)


def sums_of(folder: Path) -> dict[str, str]:
    """{path: SHA-256} of all files below a folder."""
    return {path: sha256((folder / path).read_bytes()) for path in files_of(folder)}


def check(parcel: Parcel) -> None:
    """Raises Damaged."""
    for path, (data, sum) in parcel.items():
        if sha256(data) != sum:
            raise Damaged(f"{path} came back damaged")


def unpack(parcel: Parcel, folder: Path) -> None:
    """The files, each whole, in a folder that has no others afterwards. Raises Damaged for bytes
    that are not those that were sent, before anything is written; Refused for a full disk."""
    check(parcel)
    for path in set(files_of(folder)) - set(parcel):
        (folder / path).unlink()
    folder.mkdir(parents=True, exist_ok=True)
    for path, (data, _) in parcel.items():
        write_whole(_inside(folder, path), data)


def lay(files: Mapping[str, bytes], folder: Path) -> None:
    """Files of a job in its folder, beside what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        write_whole(_inside(folder, path), data)


def empty(folder: Path) -> None:
    """Without anything in it; there afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def _inside(folder: Path, path: str) -> Path:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise Damaged(f"{path!r} lies outside of the folder of its job")
    return folder / parts
