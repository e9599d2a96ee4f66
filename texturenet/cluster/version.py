"""Which code this process has: its version, and one SHA-256 of the sources that decide about nets
and pictures."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .. import __version__
from ..errors import Refused

PACKAGE = Path(__file__).resolve().parents[1]
# What only shows nets that are there, or brings jobs to machines: it may change between two calls.
LEFT_OUT = ("cluster", "export", "library", "page", "studio", "tilesets")


@cache
def here() -> str:
    """Of this process, as it was when it first asked: "0.1.0 (code 1a2b3c4d5e6f)"."""
    return f"{__version__} (code {sum_of(sources(), PACKAGE)[:12]})"


def sources(package: Path = PACKAGE) -> list[Path]:
    """The Python files that count, in order."""
    paths = (path.relative_to(package) for path in package.rglob("*.py"))
    return [package / path for path in sorted(paths) if path.parts[0] not in LEFT_OUT]


def sum_of(paths: Iterable[Path], folder: Path) -> str:
    """SHA-256 of files and of their paths in a folder, however lines end on this machine."""
    whole = hashlib.sha256()
    for path in paths:
        text = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(folder).as_posix()
        whole.update(f"{name} {len(text)}\n".encode() + text)
    return whole.hexdigest()


def check(drivers: str) -> None:
    """Raises Refused for a driver whose code is not this process's."""
    if drivers != here():
        raise Refused(
            f"this worker has texturenet {here()}, the driver {drivers}: install the same on all "
            "machines."
        )
