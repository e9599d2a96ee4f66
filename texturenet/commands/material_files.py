"""What a run learns from: one picture, or the maps of a material."""

import os
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from ..errors import Refused, abbreviated, reason
from ..io.exemplars import Picture, PictureFile, open_picture
from ..io.files import own_folder, user_path
from ..materials import deriving, naming
from ..materials.kinds import KINDS
from ..materials.naming import Found
from ..materials.reading import Material, read_material
from ..types import Card
from . import grammar
from .options.materials import MapOptions
from .options.preparing import MendingFirst
from .options.training import Train
from .terminal import say

OWN = own_folder("exemplars") / "materials"
MARKS = " _.-"  # between the words of a name
FROM = {kind: f"from_{source}" for kind, source in deriving.SOURCES.items()}


@dataclass(frozen=True)
class Files:
    """colour: the name or path of the picture. maps: where the others stand, of a material.
    source: the entry of SOURCES.toml, of a material of the project's own. name: of its folder."""

    colour: str
    maps: Found | None = None
    source: dict = field(default_factory=dict)
    name: str = ""

    def opened(self) -> PictureFile:
        """The colour's file, of which alpha may be another map of a material."""
        file = open_picture(self.colour)
        if self.maps is None:
            return file
        beside = [part for part in self.maps.parts.values() if part.file == self.colour]
        packed = any("a" in part.channels for part in beside)
        alpha: Literal["judged", "ignored"] = "ignored" if packed else "judged"
        return replace(file, source=self.source or file.source, alpha=alpha)

    def material(
        self,
        file: PictureFile,
        picture: Picture,
        crop: Sequence[int] | None = None,
        how: MapOptions | None = None,
    ) -> Material | None:
        """The maps at the size of a picture of their colour, told as a table.

        file : of the colour
        crop : the part of it that the picture shows
        how : what the user says of the maps
        """
        if self.maps is None:
            return None
        how = how or MapOptions()
        found = read_material(
            self.maps.parts,
            picture.pixels,
            file.size,
            None if crop is None else (crop[0], crop[1], crop[2], crop[3]),
            how.convention,
            frozenset(kind for kind, text in given(how).items() if text is not None),
        )
        for kind in _derived(how):
            found = deriving.with_derived(found, kind, how.depth)
        _tell(found, self.maps)
        if found.layout.kinds == ("colour",):
            raise Refused(f"nothing but colour varies here: say exemplar={self.colour}.")
        return found


def files_of(chosen: Train) -> Files:
    """What `exemplar` or `material` names. Raises Refused."""
    if chosen.material is not None:
        _check(chosen)
        return material_files(chosen.material, chosen.maps)
    if chosen.maps != MapOptions():
        raise Refused("maps.* name the files of a material: say material=FOLDER as well.")
    return Files(str(chosen.exemplar))


def material_files(name: str, how: MapOptions | None = None) -> Files:
    """Of a folder, of several files (a.png,b.png), or of a material of the project's own. Raises
    Refused."""
    if files := _listed(name):
        folder, called = Path(files[0]).parent, _common(files)
    else:
        folder = _folder(name)
        files = [str(path) for path in sorted(folder.iterdir()) if path.is_file()]
        called = folder.resolve().name
    says = given(how or MapOptions())
    found = naming.found(files, {kind: _inside(folder, kind, text) for kind, text in says.items()})
    source = sources().get(name, {}) if folder.parent == OWN else {}
    return Files(found.parts["colour"].file, found, source, called)


def sources() -> dict[str, dict]:
    """The project's own materials by name, with origin and licence."""
    return tomllib.loads((OWN / "SOURCES.toml").read_text())


def is_material(name: str) -> bool:
    """Whether a name or path means a folder of maps, or several files do."""
    return bool(_listed(name)) or name in own_materials() or user_path(name).is_dir()


def portable(maps: MapOptions) -> dict[str, object]:
    """What the user said of the maps, with the names of files in place of their paths."""
    return {
        key: Path(value).name if key in KINDS and isinstance(value, str) else value
        for key, value in _said(maps).items()
    }


def _said(maps: MapOptions) -> dict[str, Any]:
    """The options that are not as usual."""
    usual = asdict(MapOptions())
    return {key: value for key, value in asdict(maps).items() if value != usual[key]}


def as_read(card: Card, now: MapOptions | None = None) -> MapOptions:
    """How the maps of a net were read, but for what is said now. Raises Refused for a card that
    says nonsense."""
    said = _said(now or MapOptions())
    try:
        read = TypeAdapter(MapOptions).validate_python(card["exemplar"]["reading"])
        return replace(read, **said)
    except KeyError:
        return MapOptions(**said)
    except (ValidationError, TypeError) as error:
        text = f"the card of {card['name']!r} says wrongly how its maps are read"
        raise Refused(f"{text} ({reason(error)}).") from error


def given(maps: MapOptions) -> dict[str, str | None]:
    """{kind: what the user says of it}."""
    return {each.name: getattr(maps, each.name) for each in fields(maps) if each.name in KINDS}


def _derived(maps: MapOptions) -> list[str]:
    """Kinds that are to be made out of others. Raises Refused for words that mean another kind."""
    says = given(maps)
    for kind, text in says.items():
        if text in FROM.values() and text != FROM.get(kind):
            known = " and ".join(f"maps.{name}={word}" for name, word in FROM.items())
            raise Refused(f"maps.{kind}={text} means nothing: there are {known}.")
    return [kind for kind, word in FROM.items() if says[kind] == word]


def _listed(name: str) -> list[str]:
    """Several files by name; none where it is no list. Raises Refused for one that is not there."""
    if "," not in name or grammar.exists(name):
        return []
    paths = [user_path(each.strip()) for each in name.split(",") if each.strip()]
    for path in paths:
        if not path.is_file():
            raise Refused(f"there is no file {path}, which {abbreviated(name)} names.")
    return [str(path) for path in dict.fromkeys(paths)]


def _common(files: Sequence[str]) -> str:
    """The words that the names of files begin with, or else the first of them."""
    stems = [Path(file).stem for file in files]
    shared = os.path.commonprefix(stems)  # noqa: RUF071 (letters are meant)
    if any(stem[len(shared) :][:1] not in ("", *MARKS) for stem in stems):
        shared = shared[: 1 + max(shared.rfind(mark) for mark in MARKS)]
    return shared.strip(MARKS) or stems[0]


def _folder(name: str) -> Path:
    """A folder, or a material of the project's own by its name."""
    if "/" not in name and (OWN / name).is_dir():
        return OWN / name
    if (path := user_path(name)).is_dir():
        return path
    if path.is_file():
        raise Refused(
            f"material={name} is one file: name its folder, or several as A.png,B.png "
            "(with -m these are runs)."
        )
    names = own_materials()
    raise Refused(
        f"there is no material {name!r}, neither as a folder nor by name ({', '.join(names)})."
    )


def own_materials() -> list[str]:
    """Names of the materials that came with the project."""
    return sorted(path.name for path in OWN.iterdir() if path.is_dir()) if OWN.is_dir() else []


def _inside(folder: Path, kind: str, text: str | None) -> str | None:
    """A file of the folder by its name, or any other by its path."""
    if text is None or text == "none":
        return text
    if text in FROM.values():
        return "none"
    part = naming.named(text)
    inside = folder / part.file
    path = inside if inside.is_file() else user_path(part.file)
    if not path.is_file():
        raise Refused(_no_file(folder, kind, part.file))
    if path.parent.resolve() == folder.resolve():  # by the name that a listing gives it
        path = folder / path.name
    return text.replace(part.file, str(path), 1)


def _no_file(folder: Path, kind: str, name: str) -> str:
    """Why there is none of a name, as a user gave it."""
    before, bracket, channels = name.rpartition("[")
    if bracket and channels.endswith("]") and (folder / before).is_file() | Path(before).is_file():
        return (
            f"[{channels} are no channels of {before}: say up to three of r, g, b and a, as "
            f"{before}[g], or {before}[-g] for 1 minus it."
        )
    return (
        f"there is no file {name!r} for the {kind}, neither in {folder} nor elsewhere: say where "
        f"it lies, as maps.{kind}=FILE."
    )


def _check(chosen: Train) -> None:
    """Refuse what is made for colour alone."""
    if not chosen.windows:
        raise Refused("material= needs windows=true: slopes look beyond the border of a picture.")
    if chosen.prepare != MendingFirst():
        raise Refused("material= and prepare.* exclude each other: all maps would have to move.")
    if chosen.picture.octaves != 1:
        raise Refused("material= needs picture.octaves=1: maps have no sizes that take turns.")


def _tell(material: Material, found: Found) -> None:
    """One line a map, one a file that is not used."""
    width = max(len(row.kind) for row in material.rows)
    for row in material.rows:
        kind = f"{row.kind:{width}}"
        say("; ".join([f"map {kind}  {row.file}", *row.notes]))
    for kind, value in material.layout.constants.items():
        say(f"{kind} is {value:g} everywhere, which the net need not draw")
    for name, why in found.beside.items():
        say(f"not used: {Path(name).name} ({why})")
