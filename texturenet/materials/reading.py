"""Files of one surface -> `Material`: its maps at the size in which they are learnt, aligned."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from ..io.map_files import MapFile, read_map
from ..types import Size
from . import naming, normals
from .agreeing import check_crops, settle_height, settle_normals
from .kinds import KINDS, Maps
from .naming import Part
from .planes import Layout, Triplet

GREY = 0.04  # mean difference of channels under which a file of three is meant as one grey
STRETCHED = 0.02  # relative difference of sides' ratios under which two files are of one shape
BEYOND = 0.01  # of the range, by which numbers may miss it
Box = tuple[int, int, int, int]  # top, left, height, width
Span = tuple[float, float]  # the lowest and the highest


@dataclass(frozen=True)
class Row:
    """What is known of one map: where it stands, and what was found."""

    kind: str
    file: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Material:
    """The maps of an exemplar.

    Attributes
    ----------
    maps : of one size
    rows : one for each of them
    heights : the numbers of the height's file that became 0 and 1, where it is floating point
    """

    maps: Maps
    rows: tuple[Row, ...]
    heights: Span | None = None

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(self.maps)

    @cached_property
    def planes(self) -> Tensor:
        """(1,P,H,W) on [0,1]."""
        return self.layout.encoded(self.maps)[None]

    @property
    def relief(self) -> Tensor | None:
        """Its height as a picture (1,3,H,W), if it has one."""
        return self.maps["height"].expand(1, 3, -1, -1) if "height" in self.maps else None

    def triplets(self) -> dict[Triplet, Tensor]:
        """Of planes that are compared together, beside colour: (1,3,H,W) each."""
        wanted = dict.fromkeys([*self.layout.groups().values(), *self.layout.mixes()])
        return {triplet: self.planes[:, list(triplet)] for triplet in wanted}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the planes, as they are learnt."""
        return hashlib.sha256(self.planes.contiguous().numpy().tobytes()).hexdigest()


def read_material(
    parts: Mapping[str, Part],
    colour: Tensor,
    whole: Size,
    box: Box | None = None,
    convention: str = "auto",
    given: frozenset[str] = frozenset(),
) -> Material:
    """Read the maps beside a colour that is read already.

    Parameters
    ----------
    parts : {kind: where it stands}
    colour : (1,3,h,w) on [0,1], as it is learnt
    whole : height and width of the colour's file
    box : the part of it that is used; the whole if None
    convention : of the normals, or "auto"
    given : kinds that the user has named, which are kept whatever they look like

    Raises
    ------
    Refused : for files that cannot be read, that hold something else, or another part of the
        surface
    """
    maps: Maps = {"colour": colour[0]}
    notes: dict[str, list[str]] = {kind: [] for kind in parts}
    size = colour.shape[-2], colour.shape[-1]
    files: dict[str, MapFile] = {}
    for kind, part in parts.items():
        if kind == "colour":
            continue
        if part.file not in files:
            files[part.file] = read_map(Path(part.file))
        file = files[part.file]
        values = _cropped(_ranged(file, kind, part, notes[kind]), whole, box, part, notes[kind])
        if kind == "height" and file.bits == 8:
            notes[kind].append("8 bits: it has steps, which 16 would not")
        if file.turned:
            _check_turned(kind, part)
            notes[kind].append("turned upright by its EXIF orientation")
        maps[kind] = values
    if "normal" in maps:
        maps["normal"] = normals.decoded(maps["normal"], parts["normal"].file)
    maps = {kind: _brought_to(kind, values, size) for kind, values in maps.items()}
    decided = settle_normals(maps, parts, convention, notes)
    turned = settle_height(maps, parts, notes, given, decided)
    check_crops(maps, parts, given)
    rows = [Row(kind, _shown(parts[kind]), tuple(notes[kind])) for kind in KINDS if kind in parts]
    ordered = {kind: maps[kind] for kind in KINDS if kind in maps}
    height = parts.get("height")
    free = height and "height" in maps and files[height.file].floating
    heights = _span(_channels(files[height.file], "height", height)) if height and free else None
    if heights and height and height.inverted != turned:
        heights = heights[::-1]
    return Material(ordered, tuple(rows), heights)


def _ranged(file: MapFile, kind: str, part: Part, notes: list[str]) -> Tensor:
    """A map on [0,1]: floating-point heights have any unit and any range, others have that one."""
    values = _channels(file, kind, part)
    low, high = _span(values)
    if kind == "height" and file.floating:
        if (low, high) != (0, 1):
            notes.append(f"from {low:.4g} to {high:.4g} in its own unit, brought to 0 and 1")
        values = ((values.double() - low) / max(high - low, 1e-30)).float()
    elif low < -BEYOND or high > 1 + BEYOND:
        raise Refused(
            f"{part.file} holds values from {low:.4g} to {high:.4g}, where a {kind} map lies in 0 "
            f"to 1: is it another map? maps.{kind}=none leaves it out."
        )
    values = values.clamp(0, 1)
    return 1 - values if part.inverted else values


def _span(values: Tensor) -> Span:
    return float(values.min()), float(values.max())


def _channels(file: MapFile, kind: str, part: Part) -> Tensor:
    """Those of a file that a map stands in."""
    values, wanted = file.values, KINDS[kind].channels
    if part.channels:
        plural = "channel" if wanted == 1 else "channels"
        places = [naming.CHANNELS.index(letter) for letter in part.channels]
        if len(places) != wanted:
            raise Refused(f"a {kind} map has {wanted} {plural}, not [{part.channels}].")
        if max(places) >= len(values):
            raise Refused(
                f"{part.file} has {len(values)} channels, and no {part.channels}: say which holds "
                f"the {kind}, as maps.{kind}=FILE[r], or maps.{kind}=none."
            )
        values = values[places]
    elif wanted == 1:
        values = _grey(values, kind, part)
    elif len(values) < wanted:
        raise Refused(f"{part.file} is grey: it is no {kind} map; say maps.{kind}=none.")
    return values[:wanted]


def _check_turned(kind: str, part: Part) -> None:
    """Normals that are turned point elsewhere, and whoever wrote them knows whether they do."""
    if kind == "normal":
        raise Refused(
            f"{part.file} is stored turned (EXIF orientation), and nothing says whether its "
            "normals are: save it upright, or say maps.normal=none."
        )


def _grey(values: Tensor, kind: str, part: Part) -> Tensor:
    """One channel of one or two (grey and alpha), or of three that say the same."""
    if len(values) < 3:
        return values[:1]
    apart = (values[:3] - values[:3].mean(0)).abs().mean()
    if apart > GREY:
        raise Refused(
            f"{part.file} has colours, where a {kind} map is grey: is it another map? Say which "
            f"channel it is, as maps.{kind}=FILE[g], or maps.{kind}=none."
        )
    return values[:3].mean(0, keepdim=True)


def _cropped(values: Tensor, whole: Size, box: Box | None, part: Part, notes: list[str]) -> Tensor:
    """The part that lies under the part of the colour that is used."""
    size = values.shape[-2], values.shape[-1]
    ratio = (size[0] / whole[0]) / (size[1] / whole[1])
    if abs(ratio - 1) > STRETCHED:
        lying = abs(size[0] * whole[0] / (size[1] * whole[1]) - 1) <= STRETCHED
        remedy = (
            "one of them lies on its side, its EXIF orientation counted: turn it"
            if lying
            else "crop both to the same part of the surface"
        )
        raise Refused(
            f"{part.file} is {size[0]}x{size[1]} pixels and the colour {whole[0]}x{whole[1]}, of "
            f"another shape: {remedy}."
        )
    if size != whole:
        notes.append(f"{size[0]}x{size[1]} where the colour is {whole[0]}x{whole[1]}")
    if box is None:
        return values
    if size != whole:  # or else the crop would not lie on its pixels
        values = _resized(values, whole).clamp(0, 1)
    top, left, height, width = box
    return values[:, top : top + height, left : left + width]


def _brought_to(kind: str, values: Tensor, size: Size) -> Tensor:
    """At the size in which it is learnt: of normals the slopes, whose means are those of the
    surface that is left."""
    if tuple(values.shape[-2:]) == tuple(size):
        return values
    if kind == "normal":
        return normals.normal_of(_resized(normals.slopes_of(values), size))
    return _resized(values, size).clamp(0, 1)


def _resized(values: Tensor, size: Size) -> Tensor:
    found = F.interpolate(values[None], size=size, mode="bicubic", antialias=True)
    return found[0]


def _shown(part: Part) -> str:
    channels = f"[{'-' if part.inverted else ''}{part.channels}]" if part.channels else ""
    return Path(part.file).name + (channels or (" (inverted)" if part.inverted else ""))
