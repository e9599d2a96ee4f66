"""The files that a program expects of a material: names, channels, bits, convention of normals."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import Refused, nearest
from .kinds import KINDS, Maps
from .normals import coded, flipped


@dataclass(frozen=True)
class Sheet:
    """One file.

    Attributes
    ----------
    ending : what follows the name of the material, as "_orm.png"
    channels : in order, what stands in them: a kind (in all channels that it has), "-kind" for 1
        minus it, as smoothness is of roughness, or "0" and "1"
    bits : of each number
    """

    ending: str
    channels: tuple[str, ...]
    bits: int = 8

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those that it holds."""
        names = (channel.removeprefix("-") for channel in self.channels)
        return tuple(dict.fromkeys(name for name in names if name in KINDS))

    @property
    def count(self) -> int:
        """How many channels the file has."""
        return sum(KINDS[name].channels if name in KINDS else 1 for name in self.channels)


@dataclass(frozen=True)
class Preset:
    """What a program expects.

    Attributes
    ----------
    sheets : the files
    convention : of normals: "opengl" (y up), "directx" (y down: green is the other way round)
    document : the suffix of the file that says which map is which, "" if there is none
    """

    sheets: tuple[Sheet, ...]
    convention: str = "opengl"
    document: str = ""


@dataclass(frozen=True)
class File:
    """values : (C,H,W) on [0,1], as they are written. bits : of each number in the file."""

    values: Tensor
    bits: int


def _apart(*words: str) -> tuple[Sheet, ...]:
    """A file for each kind, in the order of `KINDS`: heights of 8 bits show as steps, and normals
    as facets in what shines."""
    deep = "normal", "height"
    return tuple(
        Sheet(f"_{word}.png", (kind,), 16 if kind in deep else 8)
        for kind, word in zip(KINDS, words, strict=True)
    )


def _surface(colour: str) -> tuple[Sheet, ...]:
    """What engines take as it is. They compress normals to 8 bits or fewer."""
    return Sheet(f"_{colour}.png", ("colour",)), Sheet("_normal.png", ("normal",))


# glTF 2.0, section 3.9.2: roughness in G, metalness in B; occlusion in R. So do Unreal and Godot.
_ORM = Sheet("_orm.png", ("occlusion", "roughness", "metallic"))
_HEIGHT = Sheet("_height.png", ("height",), 16)
# Unity's Lit shaders: URP's takes smoothness from A and occlusion from G; HDRP's mask map has in B
# where a detail map shows, which is everywhere where there is no mask.
_SMOOTHNESS = Sheet("_metallic_smoothness.png", ("metallic",) * 3 + ("-roughness",))
_OCCLUSION = Sheet("_occlusion.png", ("occlusion",))
_MASK = Sheet("_maskmap.png", ("metallic", "occlusion", "1", "-roughness"))

PRESETS = {
    "plain": Preset(_apart("color", "normal", "height", "roughness", "occlusion", "metallic")),
    # The words by which Node Wrangler finds them (Ctrl Shift T).
    "blender": Preset(_apart("color", "normal", "displacement", "roughness", "ao", "metallic")),
    "unreal": Preset((*_surface("basecolor"), _ORM, _HEIGHT), "directx"),
    "unity_urp": Preset((*_surface("albedo"), _SMOOTHNESS, _OCCLUSION, _HEIGHT)),
    "unity_hdrp": Preset((*_surface("basecolor"), _MASK, _HEIGHT)),
    "godot": Preset((*_surface("albedo"), _ORM, _HEIGHT), document=".tres"),
    "gltf": Preset((*_surface("basecolor"), _ORM), document=".gltf"),  # it has no heights
    "materialx": Preset(
        _apart("basecolor", "normal", "height", "roughness", "occlusion", "metallic"),
        document=".mtlx",
    ),
    # As Painter exports them.
    "substance": Preset(
        _apart("BaseColor", "Normal", "Height", "Roughness", "AmbientOcclusion", "Metallic"),
        "directx",
    ),
}


def preset_named(name: str) -> Preset:
    """Raises Refused for one that there is not."""
    if name not in PRESETS:
        raise Refused(f"there is no preset {name!r}.{nearest(name, PRESETS)}")
    return PRESETS[name]


def sheets_of(kinds: Collection[str], preset: Preset) -> tuple[Sheet, ...]:
    """The files of a material that has maps of these kinds, in the preset's order."""
    return tuple(sheet for sheet in preset.sheets if set(sheet.kinds) & set(kinds))


def packed(maps: Maps, preset: Preset) -> dict[str, File]:
    """The files of a material.

    Parameters
    ----------
    maps : as in memory (`kinds.KINDS`)
    preset : of `PRESETS`

    Returns
    -------
    {ending: file}, in the preset's order, without files of which the material has no map; where a
    file holds several and the material has one of them, the others are neutral
    """
    maps = dict(maps)
    if "normal" in maps:
        normal = flipped(maps["normal"]) if preset.convention == "directx" else maps["normal"]
        maps["normal"] = coded(normal)
    return {
        sheet.ending: File(torch.cat([_channel(name, maps) for name in sheet.channels]), sheet.bits)
        for sheet in sheets_of(maps, preset)
    }


def _channel(name: str, maps: Mapping[str, Tensor]) -> Tensor:
    """(C,H,W) on [0,1]: C is 1 but for colours and normals."""
    if name.startswith("-"):
        return 1 - _channel(name[1:], maps)
    if name in maps:
        return maps[name].float().clamp(0, 1)
    value = KINDS[name].neutral if name in KINDS else float(name)
    some = next(iter(maps.values()))
    return some.new_full((1, *some.shape[-2:]), value, dtype=torch.float32)


def textures(kinds: Collection[str], preset: Preset, name: str) -> dict[str, str]:
    """{kind: the file in which it stands} of the maps that a material has."""
    return {
        kind: name + sheet.ending
        for sheet in preset.sheets
        for kind in sheet.kinds
        if kind in kinds
    }


def picture_of(maps: Maps, kind: str) -> Tensor:
    """One map as a picture (3,H,W) on [0,1]: normals as files of OpenGL's convention have them,
    what has one channel as grey. Raises Refused for a kind that the material has not."""
    if kind not in maps:
        raise Refused(f"there is no map {kind!r}.{nearest(kind, maps)}")
    values = coded(maps[kind]) if kind == "normal" else maps[kind]
    return values.float().clamp(0, 1).expand(3, -1, -1)
