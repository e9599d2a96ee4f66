"""`exemplars=` -> sources: a folder, or a list as text, CSV or YAML."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from yaml import YAMLError

from ...errors import Refused, abbreviated, reason
from ...io.exemplars import exemplar_table
from ...io.files import user_path
from ...library.sources import EXEMPLAR, MATERIAL, Source, named, of_folder
from .. import values
from ..material_files import own_materials
from ..terminal import say

LISTS = (".txt", ".csv", ".yaml", ".yml")
LARGEST = 2**26  # bytes of a list


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
    rows = [_placed(row, path.parent) for row in _rows(path)]
    if not rows:
        raise Refused(f"{path} has 0 rows: one for each texture is needed.")
    return named(rows)


def _rows(path: Path) -> list[Mapping[str, object]]:
    if (size := path.stat().st_size) > LARGEST:
        raise Refused(f"{path} has {size} bytes, more than {LARGEST}: split it.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"cannot read {path} ({reason(error)}): save it as UTF-8.") from error
    if path.suffix.lower() == ".txt":
        lines = (line.strip() for line in text.splitlines())
        return [{EXEMPLAR: line} for line in lines if line and not line.startswith("#")]
    if path.suffix.lower() == ".csv":
        return _of_csv(text, path)
    return _of_yaml(text, path)


def _of_csv(text: str, path: Path) -> list[Mapping[str, object]]:
    """Its first line names the columns: exemplar or material, name, and keys of train."""
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    rows = list(reader)
    if any(None in row for row in rows):
        raise Refused(f"{path} has a row with more cells than its first line names columns.")
    return rows


def _of_yaml(text: str, path: Path) -> list[Mapping[str, object]]:
    """A list of names or of groups, or one group for each name."""
    try:
        found = values.read(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise Refused(f"{path} cannot be read ({reason(error)}).") from error
    if isinstance(found, dict):
        found = [{"name": name, **(row or {})} for name, row in found.items() if _fits(row, path)]
    if not isinstance(found, list):
        raise Refused(f"{path} holds {abbreviated(found)}: it must be a list, or a group a name.")
    return [row if isinstance(row, dict) else {EXEMPLAR: str(row)} for row in found]


def _fits(row: object, path: Path) -> bool:
    if row is not None and not isinstance(row, dict):
        raise Refused(f"{path}: {abbreviated(row)} must be a group such as {{exemplar: a.jpg}}.")
    return True


def _placed(row: Mapping[str, object], folder: Path) -> dict[str, object]:
    """With paths as they are seen from the list; a folder of maps is a material."""
    row = {str(key): value for key, value in row.items()}
    for kind in (EXEMPLAR, MATERIAL):
        if place := row.get(kind):
            row[kind] = _seen(str(place), folder)
    place = row.get(EXEMPLAR)
    if place and str(place) not in exemplar_table():
        material = str(place) in own_materials() and not Path(str(place)).exists()
        if material or Path(str(place)).is_dir():
            row[MATERIAL] = row.pop(EXEMPLAR)
    return row


def _seen(place: str, folder: Path) -> str:
    beside = folder / Path(place).expanduser()
    return str(beside) if beside.exists() else place


def _some(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
