"""A folder, or the rows of a list -> exemplars and materials by name, each with options."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Refused

PICTURES = (
    ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm", ".exr",
)  # fmt: skip
EXEMPLAR, MATERIAL, NAME = "exemplar", "material", "name"
MAPS = 2  # pictures in a folder that is taken for a material
LONGEST = 80  # letters of a name


@dataclass(frozen=True)
class Source:
    """What one texture is learnt from.

    name : of the texture; no two of a library have the same
    kind : "exemplar" or "material"
    place : the path or the name of the project's own
    options : of `texturenet train`, text as on a command line or values
    """

    name: str
    kind: str
    place: str
    options: Mapping[str, object] = field(default_factory=dict)


def of_folder(folder: Path) -> tuple[list[Source], list[str]]:
    """Photographs, and folders with the maps of a material -> (sources, names of what is neither).

    Raises
    ------
    Refused : for a folder without any
    """
    rows, beside = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_file() and path.suffix.lower() in PICTURES:
            rows.append({EXEMPLAR: str(path)})
        elif path.is_dir() and len(_pictures(path)) >= MAPS:
            rows.append({MATERIAL: str(path)})
        else:
            beside.append(path.name)
    if not rows:
        raise Refused(
            f"{folder} holds no pictures ({', '.join(PICTURES)}) and no folders of maps: 0 of its "
            f"{len(beside)} entries can be learnt from."
        )
    return named(rows), beside


def named(rows: Iterable[Mapping[str, object]]) -> list[Source]:
    """Rows with `exemplar` or `material`, perhaps `name`, and options -> sources, each with a name
    of its own. Raises Refused for a row without either, or with a name that is taken."""
    found: dict[str, Source] = {}
    for number, row in enumerate(rows, 1):
        options = {key: value for key, value in row.items() if value not in (None, "")}
        kinds = [kind for kind in (EXEMPLAR, MATERIAL) if kind in options]
        if len(kinds) != 1:
            raise Refused(f"row {number} has {len(kinds)} of exemplar and material: give one.")
        place = str(options.pop(kinds[0]))
        given = options.pop(NAME, None)
        if given is not None and str(given) in found:
            raise Refused(f"row {number} is called {given!r}, as one before it: give another name.")
        if given is not None and _name(str(given)) != given:
            raise Refused(
                f"row {number} is called {str(given)[:80]!r}: letters, digits, spaces, . - and _, "
                f"{LONGEST} at most."
            )
        name = str(given) if given is not None else _free(_name(Path(place).stem), found)
        found[name] = Source(name, kinds[0], place, options)
    return list(found.values())


def _name(text: str) -> str:
    """The nearest that a texture may be called."""
    return re.sub(r"[^\w .-]", "_", text).strip(" .-")[:LONGEST].strip(" .-") or "texture"


def _free(name: str, taken: Mapping[str, object]) -> str:
    """The name, or with the first number that makes it one of its own; letters alone that are
    large or small do not, on some disks."""
    lower = {each.lower() for each in taken}
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each.lower() not in lower)


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix.lower() in PICTURES]
