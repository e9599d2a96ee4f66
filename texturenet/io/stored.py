"""A file or folder of a store, with what of `pathlib.Path` is needed to read it and to remove it.

So what reads files that lie here reads those of a store as well, and brings none of them here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .remote import opened


@dataclass(frozen=True)
class Stored:
    """system : of fsspec. place : in it, without a slash at its end."""

    system: Any
    place: str

    def __str__(self) -> str:
        """Its URL."""
        return str(self.system.unstrip_protocol(self.place))

    def __truediv__(self, name: str) -> "Stored":
        return Stored(self.system, f"{self.place}/{name}")

    @property
    def name(self) -> str:
        return self.place.rpartition("/")[2]

    @property
    def parent(self) -> "Stored":
        return Stored(self.system, self.place.rpartition("/")[0])

    def with_name(self, name: str) -> "Stored":
        return self.parent / name

    def iterdir(self) -> Iterator["Stored"]:
        """What a folder holds. Raises FileNotFoundError."""
        for place in self.system.ls(self.place, detail=False):
            yield self / place.rstrip("/").rpartition("/")[2]

    def is_file(self) -> bool:
        return bool(self.system.isfile(self.place))

    def is_dir(self) -> bool:
        return bool(self.system.isdir(self.place))

    def open(self, mode: str) -> Any:
        """A file as `open` gives it; mode: rb or wb."""
        return self.system.open(self.place, mode)

    def read_text(self) -> str:
        return str(self.system.cat_file(self.place).decode())

    def unlink(self, missing_ok: bool = False) -> None:
        try:
            self.system.rm_file(self.place)
        except FileNotFoundError:
            if not missing_ok:
                raise


Place = Path | Stored


def stored(url: str) -> Stored:
    """Raises Refused for a URL of a store that is not known."""
    system, place = opened(url)
    return Stored(system, place.rstrip("/"))
