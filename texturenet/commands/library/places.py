"""Paths in the rows of a list, as they are seen from the list."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

from ...descriptors.sources import NAMES
from ...errors import Refused, abbreviated
from ...generator.release import palettes, released, steered
from ...generator.starts import starts
from ...io.exemplars import exemplar_table
from ...io.files import user_path
from ...library.sources import EXEMPLAR, MATERIAL, NAME
from ...materials import naming
from ...materials.kinds import KINDS
from .. import grammar
from ..compose import DESCRIPTOR, choices
from ..material_files import own_materials
from .jobs import PARENT

MAPS = {f"maps.{kind}" for kind in KINDS}
Change = Callable[[str, object], object]  # (dotted key, value) -> value


class Places:
    """folder : of the list. A path that is there, seen from it, is meant; any other stays as it
    stands, a name or a path seen from the working folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.exemplars, self.materials = exemplar_table().keys(), own_materials()
        # Of these, names come before files, as in train.
        self.known: dict[str, Collection[str]] = {
            PARENT: {*released(), *steered(), *palettes(), *starts()},
            DESCRIPTOR: choices("", DESCRIPTOR),
            f"{DESCRIPTOR}.weights": NAMES,
        }

    def of_row(self, row: Mapping[str, object]) -> dict[str, object]:
        """A row with its paths; a folder of maps is a material. Raises Refused."""
        for key in (EXEMPLAR, MATERIAL, NAME):
            if not isinstance(value := row.get(key), (str, type(None))):
                raise Refused(f"{key} is {abbreviated(value)}: it must be a name or a path.")
        row = _changed(row, self._file)
        place = str(row.get(EXEMPLAR) or "")
        if place and place not in self.exemplars:
            own = place in self.materials and not Path(place).exists()
            if own or Path(place).is_dir():
                row[MATERIAL] = row.pop(EXEMPLAR)
        material = str(row.get(MATERIAL) or "")
        if "," in material and not grammar.exists(material):
            raise Refused(f"material is {abbreviated(material)}: in a library it is a folder.")
        return _changed(row, partial(self._map, material))

    def _file(self, key: str, value: object) -> object:
        if not isinstance(value, str) or not value:
            return value
        if key in (EXEMPLAR, MATERIAL) or (key in self.known and value not in self.known[key]):
            return self._seen(value)
        return value

    def _map(self, material: str, key: str, value: object) -> object:
        """FILE or FILE[g]: a file of the material comes before one beside the list."""
        if key not in MAPS or not isinstance(value, str) or not value:
            return value
        file = naming.named(value).file
        if grammar.exists(f"{material}/{file}"):
            return value
        return value.replace(file, self._seen(file), 1)

    def _seen(self, place: str) -> str:
        """Raises Refused for what no file can be called."""
        beside = user_path(str(self.folder / user_path(place)))
        if beside.exists():
            return str(beside)
        file, mark, texture = place.rpartition(":")  # of a net of several
        return f"{self._seen(file)}:{texture}" if mark and file else place


def _changed(row: Mapping[str, object], change: Change, above: str = "") -> dict[str, object]:
    """A row, and the groups in it."""
    return {
        key: _changed(value, change, f"{above}{key}.")
        if isinstance(value, dict)
        else change(f"{above}{key}", value)
        for key, value in row.items()
    }
