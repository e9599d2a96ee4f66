"""The table of a library: one SQLite file with one row for each texture.

    sqlite3 LIB/library.db 'select name, merit from textures where merit < 1 order by merit'

It is written whole from what lies in the store, and never read by the library itself.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from ..cluster.jobs import OUT
from ..cluster.store import place_left
from ..errors import Refused
from ..io.files import aside_of
from .plan import TEXTURES, store_of
from .sources import Source

FILE = "library.db"
RELEASED, FAILED, WAITING = "released", "failed", "waiting"
Row = dict[str, object]
# Column: (type, where it is not the value of the same name that the work returned).
COLUMNS = {
    "name": "text primary key",
    "state": "text",  # released, failed, waiting
    "reason": "text",  # why it failed
    "exemplar": "text",
    "sha256": "text",  # of the exemplar's file
    "licence": "text",
    "height": "integer",
    "width": "integer",
    "maps": "text",  # that the net draws, separated by spaces
    "steps": "integer",
    "seconds": "real",
    "error": "real",  # mean over layers of the relative error
    "merit": "real",  # of the score card
    "score": "text",  # all its figures, JSON
    "parameters": "integer",
    "bytes": "integer",  # of the net's file
    "fingerprint": "text",  # SHA-256 of its weights
    "advice": "text",  # JSON: sentences
    "options": "text",  # JSON: of train, that this texture alone has
    "files": "text",  # JSON: paths in the library
}


def row_of(source: Source, folder: Path) -> Row:
    """What is known of a texture. folder: of the library."""
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"name": source.name, "state": WAITING, "exemplar": Path(source.place).stem}
    row |= {"options": dict(source.options), "files": [], "advice": []}
    place = place_left(source.name, store_of(folder))
    if place is None:
        return row
    if (value := place.value()) is not None:
        row |= {key: item for key, item in value.items() if key in COLUMNS}
        row["state"] = RELEASED
        row["files"] = [f"{TEXTURES}/{source.name}/{OUT}/{path}" for path in value["files"]]
    elif failure := place.failed():
        row |= {"state": FAILED, "reason": failure.error}
    return row


def write(rows: Iterable[Row], path: Path) -> Path:
    """The table, whole or not at all. Raises Refused for a full disk."""
    aside = aside_of(path)
    names = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    marks = ", ".join("?" * len(COLUMNS))
    try:
        aside.unlink(missing_ok=True)
        with closing(sqlite3.connect(aside)) as table:
            table.execute("pragma synchronous = off")  # it is not there until it is renamed
            table.execute("pragma journal_mode = memory")
            table.execute(f"create table textures ({names})")
            table.executemany(f"insert into textures values ({marks})", map(_cells, rows))
            table.execute("create index by_state on textures (state)")
            table.commit()
        _settled(aside)
        aside.replace(path)
    except (sqlite3.Error, OSError) as error:
        raise Refused(f"cannot write {path}: {error}.") from error
    finally:
        aside.unlink(missing_ok=True)
    return path


def _cells(row: Mapping[str, object]) -> tuple[object, ...]:
    cells = (row.get(name) for name in COLUMNS)
    return tuple(json.dumps(cell) if isinstance(cell, (dict, list)) else cell for cell in cells)


def _settled(path: Path) -> None:
    """Its bytes are on the disk."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
