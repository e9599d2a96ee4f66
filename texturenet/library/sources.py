"""A folder, or the rows of a list -> exemplars and materials by name, each with options."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import Refused

PICTURES = (
    ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm", ".pgm", ".exr",
)  # fmt: skip
EXEMPLAR, MATERIAL, NAME = "exemplar", "material", "name"
MAPS = 2  # pictures in a folder that is taken for a material
LONGEST = 80  # letters of a name
# What Windows keeps for itself, with any suffix.
DEVICE = re.compile(r"^(con|prn|aux|nul|(?:com|lpt)[\d¹²³])(?=\s*(?:\.|$))", re.IGNORECASE)


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
    return named(rows, folder), beside


def named(rows: Iterable[Mapping[str, object]], folder: Path) -> list[Source]:
    """Rows with `exemplar` or `material`, perhaps `name`, and options -> sources, each with a name
    of its own, that depends on the others as little as can be.

    folder : that places are seen from

    Raises
    ------
    Refused : for a row without either, or with a name that is taken or cannot be
    """
    sources: list[Source] = []
    given: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        options = {key: value for key, value in row.items() if value not in (None, "")}
        kinds = [kind for kind in (EXEMPLAR, MATERIAL) if kind in options]
        if len(kinds) != 1:
            raise Refused(f"row {number} has {len(kinds)} of exemplar and material: give one.")
        place, name = str(options.pop(kinds[0])), _one_code(str(options.pop(NAME, "")))
        if name:
            _check_name(number, name, given)
            given[_folded(name)] = number
        sources.append(Source(name, kinds[0], place, options))
    names = _names([each.place for each in sources if not each.name], given, folder)
    return [each if each.name else replace(each, name=next(names)) for each in sources]


def _check_name(number: int, name: str, given: Mapping[str, int]) -> None:
    if (earlier := given.get(_folded(name))) is not None:
        raise Refused(
            f"row {number} is called {name[:LONGEST]!r}, as row {earlier} is for a disk that takes "
            "large and small letters for the same: give another name."
        )
    if (nearest := _name(name)) != name:
        raise Refused(
            f"row {number} is called {name[:LONGEST]!r}: letters, digits, spaces, . - and _, "
            f"{LONGEST} at most, and nothing that Windows keeps for a device; {nearest!r} would do."
        )


def _names(places: Sequence[str], given: Collection[str], folder: Path) -> Iterator[str]:
    """One for each place, in order. Places that would share a name all have a longer one."""
    forms = {place: _forms(Path(place), folder) for place in places}
    used = dict.fromkeys(forms, 0)  # which of its forms each has
    while shared := _shared(forms, used, given):
        for place in shared:
            used[place] += 1
    found = {place: forms[place][used[place]] for place in forms}
    taken = {*given, *map(_folded, found.values())}
    times: Counter[str] = Counter()
    for place in places:
        times[place] += 1
        name = found[place]
        while times[place] > 1 and _folded(name) in taken:  # the same place once more
            name = _name(found[place], f"-{times[place]}")
            times[place] += _folded(name) in taken
        taken.add(_folded(name))
        yield name


def _shared(
    forms: Mapping[str, Sequence[str]], used: Mapping[str, int], given: Collection[str]
) -> list[str]:
    """The places whose name another has too, and that have a longer one."""
    by_name: dict[str, list[str]] = {}
    for place, form in used.items():
        by_name.setdefault(_folded(forms[place][form]), []).append(place)
    return [
        place
        for name, some in by_name.items()
        if len(some) > 1 or name in given
        for place in some
        if used[place] < len(forms[place]) - 1
    ]


def _forms(place: Path, folder: Path) -> list[str]:
    """Names of a place, one longer than the other: without its suffix, with it, with its folder,
    and with a sum of the whole path, which no other has."""
    if place.is_relative_to(folder):
        place = place.relative_to(folder)
    suffix = place.suffix.replace(".", "-")[:20]
    longer = f"{place.parent.name}-{place.stem}" if place.parent.name else place.stem
    digest = hashlib.sha256(os.fsencode(place.as_posix())).hexdigest()[:8]
    return [
        _name(place.stem),
        _name(place.stem, suffix),
        _name(longer, suffix),
        _name(longer, f"{suffix}-{digest}"),
    ]


def _folded(name: str) -> str:
    """The same for names that some disks take for the same."""
    return name.casefold()


def _one_code(text: str) -> str:
    """An accent as part of its letter, which some systems have apart."""
    return unicodedata.normalize("NFC", text)


def _name(text: str, ending: str = "") -> str:
    """The nearest that a texture may be called; the ending is never cut off."""
    text, ending = (re.sub(r"[^\w .-]", "_", _one_code(each)) for each in (text, ending))
    text = DEVICE.sub(r"\1_", text.strip(" .-"))[: LONGEST - len(ending)].strip(" .-")
    return (text or "texture") + ending.rstrip(" .-")


def _pictures(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix.lower() in PICTURES]
