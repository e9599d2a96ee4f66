"""File names -> which map of a material each file holds, by the words that programs use.

Words: ambientCG, Poly Haven, Blender's Node Wrangler (__init__.py, node_wrangler preferences),
Substance Painter's and Unity's export presets, glTF.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from pathlib import PurePath

from ..errors import Refused
from .kinds import KINDS

WORDS = {
    "colour": "color colour albedo diffuse diff base basecolor basecolour col",
    "normal": "normal normals norm nrm nor nrml normalgl normaldx normalogl normalopengl "
    "normaldirectx nmap",
    "height": "height displacement disp displace dsp heightmap bump bmp",
    "roughness": "roughness rough rgh",
    "occlusion": "occlusion ao ambientocclusion occ ambient",
    "metallic": "metallic metal metalness metallicness mtl",
}
INVERTED = {"roughness": "smoothness smooth glossiness gloss glossy", "height": "depth"}
# What files of several maps hold in their channels, as Unreal, glTF and Godot have it; ARM is Poly
# Haven's word for the same. `-`: what is inverted.
ORM = {"occlusion": "r", "roughness": "g", "metallic": "b"}
PACKED = {
    "orm": ORM,
    "arm": ORM,
    "occlusionroughnessmetallic": ORM,
    "rma": {"roughness": "r", "metallic": "g", "occlusion": "b"},
    "maskmap": {"metallic": "r", "occlusion": "g", "roughness": "-a"},
    "metallicsmoothness": {"metallic": "r", "roughness": "-a"},
    "metalsmoothness": {"metallic": "r", "roughness": "-a"},
    "metallicroughness": {"roughness": "g", "metallic": "b"},
    "metalroughness": {"roughness": "g", "metallic": "b"},
}
# What may stand in the alpha of a colour, and of a specular map, which is not learnt: smoothness as
# Unity has it. (specular_roughness is the roughness of MaterialX, and no packed file.)
SMOOTHNESS = {word: {"roughness": "-a"} for word in ("smoothness", "glossiness", "gloss")}
SPECULAR = "spec", "specular"
PACKED |= {first + second: parts for first in SPECULAR for second, parts in SMOOTHNESS.items()}
PACKED |= {
    first + second: {"colour": ""} | parts
    for first in ("albedo", "basecolor", "basecolour", "diffuse")
    for second, parts in (SMOOTHNESS | {"height": {"height": "a"}}).items()
}
NO_MAPS = {"preview", *SPECULAR, "opacity", "emissive", "emission"}  # that are learnt
UNREAD = {".tga", ".bmp", ".psd", ".hdr", ".dds"}  # pictures of other programs
DIRECTX, OPENGL = {"dx", "directx", "normaldx", "normaldirectx"}, {
    "gl", "ogl", "opengl", "normalgl", "normalogl", "normalopengl",
}  # fmt: skip
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".exr"}
# Files that are taken first. Colours are read from pictures of 8 bits, data with as many as can be.
LIGHT = {".png": 0, ".webp": 1, ".jpg": 2, ".jpeg": 2, ".tif": 3, ".tiff": 3, ".exr": 4}
DEEP = {".exr": 0, ".tif": 1, ".tiff": 1, ".png": 2, ".webp": 3, ".jpg": 4, ".jpeg": 4}
CHANNELS = "rgba"


KNOWN = {
    *PACKED, *NO_MAPS,
    *(word for some in (*WORDS.values(), *INVERTED.values()) for word in some.split()),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Where a map stands.

    Attributes
    ----------
    file : its path, as it was given
    channels : of the file, as "rgb" or "g"; "" for as many as the map has
    inverted : whether the map is 1 minus it, as roughness is of smoothness
    convention : of a normal map whose name says so: "opengl", "directx", or ""
    """

    file: str
    channels: str = ""
    inverted: bool = False
    convention: str = ""


@dataclass
class Found:
    """parts : {kind: where it stands}. beside : files that hold nothing that is needed, and why."""

    parts: dict[str, Part] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)


def words_of(stem: str) -> list[str]:
    """The parts of a file's name, in small letters: between - _ . and spaces, and at capitals."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", stem)
    return [_bare(word.lower()) for word in re.split(r"[\W_]+", spaced) if word]


def _bare(word: str) -> str:
    """A word of a map without `map` behind it: normalmap."""
    bare = word.removesuffix("map").removesuffix("texture")
    return bare if bare in KNOWN else word


def named(text: str) -> Part:
    """What a user says of a map: FILE, FILE[g], FILE[-a] (inverted)."""
    match = re.fullmatch(r"(.*)\[(-?)([rgba]{1,3})\]", text)
    if match is None:
        return Part(text)
    return Part(match[1], match[3], bool(match[2]))


def found(files: Iterable[str], given: Mapping[str, str | None] | None = None) -> Found:
    """Which map each file holds.

    Parameters
    ----------
    files : paths; those that are no pictures are passed over
    given : {kind: what the user says of it, as for `named`, or "none" to leave it out}

    Raises
    ------
    Refused : where two files are as good for one map, or none is a colour
    """
    given = {kind: text for kind, text in (given or {}).items() if text is not None}
    every = sorted(files)
    files = [name for name in every if PurePath(name).suffix.lower() in SUFFIXES]
    result = Found({kind: named(text) for kind, text in given.items() if text != "none"})
    candidates: dict[str, list[tuple[int, int, Part]]] = {}
    taken = [*result.parts.values()]
    aside: dict[str, Part] = {}
    common = _common([words_of(PurePath(name).stem) for name in files])  # how many words
    for name in files:
        said = _parts(name, common)
        parts = {kind: part for kind, part in said.items() if _free(part, taken)}
        aside |= {kind: part for kind, part in said.items() if kind not in parts}
        if not said and name not in {part.file for part in taken}:
            result.beside[name] = _unsaid(name)
        for kind, part in parts.items():
            order = LIGHT if kind == "colour" else DEEP
            depth = order[PurePath(name).suffix.lower()]
            candidates.setdefault(kind, []).append((len(parts) > 1, depth, part))
    for name in every:
        if PurePath(name).suffix.lower() in UNREAD:
            result.beside[name] = "save it as PNG, TIFF or EXR, and it is read"
    for kind, several in candidates.items():
        if kind not in given:
            result.parts[kind] = _best(kind, several, result)
    if "colour" in aside:  # there is no other
        result.parts.setdefault("colour", aside.pop("colour"))
    if not files:
        raise Refused("there are no pictures of maps (PNG, JPEG, WebP, TIFF, EXR) there.")
    if "colour" not in result.parts:
        raise Refused(f"of {_listed(files)} none is a colour map: name it, as maps.colour=FILE.")
    if result.parts["colour"].channels or result.parts["colour"].inverted:
        raise Refused("the colour is a whole picture: name it without channels, maps.colour=FILE.")
    result.parts = {kind: result.parts[kind] for kind in KINDS if kind in result.parts}
    for part in result.parts.values():  # a packed file may lose one map and give another
        result.beside.pop(part.file, None)
    for kind, part in aside.items():
        if kind not in {*given, *result.parts}:
            said = f"maps.{kind}={PurePath(part.file).name}"
            result.beside[part.file] = f"is what it was named; for the {kind} as well, say {said}"
    return result


def _free(part: Part, taken: Iterable[Part]) -> bool:
    """Whether a map may stand there by a file's name: no other that a user has named does."""
    return not any(
        other.file == part.file and (not other.channels or {*other.channels} & {*part.channels})
        for other in taken
    )


def _unsaid(name: str) -> str:
    """Why a file is not used whose name says no map."""
    if {*SPECULAR} & {*words_of(PurePath(name).stem)}:
        return (
            "specular colours are not learnt; if its alpha is the smoothness, say "
            f"maps.roughness={PurePath(name).name}[-a]"
        )
    return "its name says no map"


def _common(names: list[list[str]]) -> int:
    """With how many of the same words all names begin: those of the material, which may be called
    after a map."""
    if len(names) < 2:
        return 0
    columns = zip(*names, strict=False)
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))


def _parts(name: str, common: int) -> dict[str, Part]:
    """{kind: part} of a file, by the last of its words that says one; by those that are its own
    first."""
    words = words_of(PurePath(name).stem)
    own = words[common:]
    if said := _said(name, own):
        return said
    return {} if NO_MAPS & {*own} else _said(name, words)


def _said(name: str, words: list[str]) -> dict[str, Part]:
    pairs = ["".join(pair) for pair in pairwise(words)]
    triples = ["".join(three) for three in zip(words, words[1:], words[2:], strict=False)]
    for word in [*reversed(triples), *reversed(pairs), *reversed(words)]:
        if word in PACKED:
            return {
                kind: Part(name, channel.strip("-"), channel.startswith("-"))
                for kind, channel in PACKED[word].items()
            }
    for word in [*reversed(pairs), *reversed(words)]:
        for kind, some in WORDS.items():
            if word in some.split():
                convention = _convention(words) if kind == "normal" else ""
                return {kind: Part(name, convention=convention)}
        for kind, some in INVERTED.items():
            if word in some.split():
                return {kind: Part(name, inverted=True)}
    return {}


def _convention(words: list[str]) -> str:
    said = {*words, *("".join(pair) for pair in pairwise(words))}  # Direct, X
    if DIRECTX & said:
        return "directx"
    return "opengl" if OPENGL & said else ""


def _best(kind: str, several: list[tuple[int, int, Part]], result: Found) -> Part:
    """A file of its own before a packed one, OpenGL before DirectX, then by what files hold."""

    def rank(candidate: tuple[int, int, Part]) -> tuple[int, int, int]:
        packed, depth, part = candidate
        return packed, part.convention == "directx", depth

    several = sorted(several, key=rank)
    best = several[0][2]
    for other in several[1:]:
        if rank(other) == rank(several[0]):
            raise Refused(
                f"{best.file} and {other[2].file} are both the {kind} map by their names: say "
                f"which, as maps.{kind}={PurePath(best.file).name}."
            )
        result.beside.setdefault(other[2].file, f"{PurePath(best.file).name} is the {kind} map")
    result.beside.pop(best.file, None)
    return best


def _listed(files: list[str]) -> str:
    names = [PurePath(name).name for name in files]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
