"""`exemplars=` -> sources: a folder, or a list as text, CSV or YAML."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from yaml import YAMLError

from ...errors import Refused, abbreviated, reason
from ...io.files import user_path
from ...library.sources import EXEMPLAR, NAME, Source, named, of_folder
from .. import grammar, values
from ..options import schema_of
from ..schema import lookup
from ..terminal import say
from .places import Places

LISTS = (".txt", ".csv", ".yaml", ".yml")
LARGEST = 2**26  # bytes of a list
WIDE = (b"\xff\xfe", b"\xfe\xff")  # what UTF-16 begins with
PARTED = re.compile(r"sep=(.)\n")  # a first line by which Excel says what parts the cells

Row = Mapping[str, object]


def sources_of(text: str) -> list[Source]:
    """Raises Refused."""
    path = user_path(text)
    if path.is_dir():
        sources, beside = of_folder(path)
        if beside:
            say(f"neither pictures nor materials: {_some(beside)}")
        return sources
    if not path.is_file():
        raise Refused(f"there is no folder and no list {text!r}: say exemplars=FOLDER.")
    if path.suffix.lower() not in LISTS:
        raise Refused(f"exemplars is {path.name}: say a folder, or a list ({', '.join(LISTS)}).")
    rows = [*_placed(_rows(path), path.parent)]
    if not rows:
        raise Refused(f"{path} has 0 rows: one for each texture is needed.")
    return named(rows, path.parent)


def _placed(rows: Sequence[Row], folder: Path) -> Iterator[Row]:
    """With paths as they are seen from the list. Raises Refused, with the number of the row."""
    places = Places(folder)
    for number, row in enumerate(rows, 1):
        try:
            yield places.of_row(row)
        except Refused as refusal:
            raise Refused(f"row {number}: {refusal}") from refusal


def _rows(path: Path) -> Sequence[Row]:
    text, kind = _text(path), path.suffix.lower()
    if kind == ".txt":
        lines = (line.strip() for line in text.split("\n"))
        return [{EXEMPLAR: line} for line in lines if line and not line.startswith("#")]
    return _of_csv(text, path) if kind == ".csv" else _of_yaml(text, path)


def _text(path: Path) -> str:
    how = "save it as UTF-8, in Excel as 'CSV UTF-8'"
    if (size := path.stat().st_size) > LARGEST:
        raise Refused(f"{path} has {size} bytes, more than {LARGEST}: split it.")
    try:
        with path.open("rb") as file:
            begins = file.read(4)
        if begins[:2] in WIDE or b"\0" in begins:
            raise Refused(f"{path} is UTF-16, which is not read: {how}.")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"cannot read {path} ({reason(error)}): {how}.") from error


def _of_csv(text: str, path: Path) -> list[Row]:
    """Its first line names the columns: exemplar or material, name, and keys of train. Cells are
    parted by what the first line is: commas, semicolons (Excel in much of Europe) or tabs."""
    if said := PARTED.match(text):
        text = text[said.end() :]
    text = text.lstrip("\r\n")
    first = text.partition("\n")[0]
    parts = said[1] if said else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=parts, skipinitialspace=True)
    try:
        lines = [[cell.strip() for cell in cells] for cells in reader]
    except csv.Error as error:
        raise Refused(
            f"{path} cannot be read at line {reader.line_num} ({error}): is a quote not closed?"
        ) from error
    head, *lines = [cells for cells in lines if any(cells)] or [[]]
    columns = _columns(head, path)
    for number, cells in enumerate(lines, 1):
        others = (cell for at, cell in enumerate(cells) if cell and at not in columns)
        if (cell := next(others, None)) is not None:
            raise Refused(
                f"{path}: row {number} has more cells than its first line names columns, "
                f"{abbreviated(cell)!r} among them: name the column, or put a cell with "
                f"{parts!r} into double quotes."
            )
    return [{name: cells[at] for at, name in columns.items() if at < len(cells)} for cells in lines]


def _columns(head: Sequence[str], path: Path) -> dict[int, str]:
    """{place in a line: name} of the columns that have a name. Raises Refused for one that is there
    twice."""
    schema, columns = schema_of("train"), {}
    for at, name in enumerate(head):
        known = lookup(schema, name) is not None
        columns[at] = name if known or lookup(schema, name.lower()) is None else name.lower()
    columns = {at: name for at, name in columns.items() if name}
    if len({*columns.values()}) < len(columns):
        names = [*columns.values()]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"{path} has {names.count(twice)} columns called {twice!r}: leave one.")
    return columns


def _of_yaml(text: str, path: Path) -> list[Row]:
    """A list of names or of groups, or one group for each name."""
    schema = schema_of("train")
    try:
        found = values.read_rows(text, lambda key: key == NAME or grammar.is_word(schema, key))
    except (YAMLError, ValueError, RecursionError) as error:
        raise Refused(f"{path} cannot be read ({reason(error)}).") from error
    if isinstance(found, dict):
        found = [{NAME: name, **(row or {})} for name, row in found.items() if _fits(row, path)]
    if not isinstance(found, list):
        raise Refused(f"{path} holds {abbreviated(found)}: it must be a list, or a group a name.")
    return [row if isinstance(row, dict) else {EXEMPLAR: row} for row in found]


def _fits(row: object, path: Path) -> bool:
    if row is not None and not isinstance(row, dict):
        raise Refused(f"{path}: {abbreviated(row)} must be a group such as {{exemplar: a.jpg}}.")
    return True


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
