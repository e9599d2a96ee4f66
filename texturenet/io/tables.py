"""Rows of numbers and words <-> a CSV file, written whole, and read back where a run goes on."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .files import write_whole

NOTE = "note"  # the last column, where there are words to a row
Row = Mapping[str, str | float]  # of a file, all of it text


class Table:
    """The rows of one CSV file (RFC 4180, in UTF-8).

    Parameters
    ----------
    path : of the file, which is not read
    columns : that come first and are there without any row; others follow as rows bring them
    note : whether the last column is NOTE
    line_end : of every line

    Attributes
    ----------
    rows : {column: value} in order; cells that a row lacks are left empty
    """

    def __init__(
        self, path: Path, columns: Sequence[str] = (), note: bool = False, line_end: str = "\n"
    ):
        self.path, self.note, self.line_end = path, note, line_end
        self.columns = tuple(columns)
        self.rows: list[Row] = []

    def append(self, row: Row) -> None:
        """Add a row at the end; the file changes with the next `write`."""
        self.rows.append(row)

    def write(self) -> None:
        """Write all rows, or leave the file as it was.

        Raises
        ------
        Refused : where the folder cannot be written to, or the disk is full
        """
        text = io.StringIO()
        writer = csv.DictWriter(text, self._header(), lineterminator=self.line_end, restval="")
        writer.writeheader()
        writer.writerows(self.rows)
        write_whole(self.path, text.getvalue())

    def _header(self) -> list[str]:
        names = dict.fromkeys(self.columns)
        for row in self.rows:
            names |= dict.fromkeys(row)
        if self.note:
            names.pop(NOTE, None)
        return [*names, *([NOTE] if self.note else [])]


def read_rows(path: Path, read: Callable[[Mapping[str, str]], Row | None]) -> list[Row]:
    """The rows of a CSV file; none where it is absent, damaged, or another table.

    Parameters
    ----------
    path : of the file
    read : a row, all of it text -> what is kept of it, or None to leave it out. It raises
        KeyError, ValueError or TypeError for what is no row of this table: cells that a short
        line lacks are None, and those that a long line has too many are a list under None.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [read(row) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError, csv.Error):
        return []
    return [row for row in rows if row is not None]


def rows_before(
    path: Path, column: str, step: int, read: Callable[[Mapping[str, str]], Row] = dict
) -> list[Row]:
    """The rows of a CSV file before a step; none where it is absent, damaged, or another table.

    Parameters
    ----------
    path : of the file
    column : that counts the steps, in whole numbers
    step : from which on rows are left out
    read : as in `read_rows`, called with the rows before that step
    """
    return read_rows(path, lambda row: read(row) if int(row[column]) < step else None)
