"""`blend()`: nets and a mask for each -> a texture."""

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from ..errors import Refused, nearest
from ..generator.architecture import COLOURS
from ..generator.varying import VaryingPyramid
from ..sampling.texture import Texture, load
from ..types import Card, Place, Size
from . import surfaces
from .blended import Blend
from .contrast import strength_of
from .features import FeatureNet, mended
from .heights import Member, measured, shares
from .limits import MOST, PAIRED, SOFTEST, WAYS
from .masks import SURE, Constant, Masks, Raster, mask_of
from .weights import varying

__all__ = ["Blend", "blend"]

SOFT = 4.0  # pixels
TOGETHER = 4  # nets that are seen at one place: of more, pairs say how contrast is kept
PAIRS = 8
LOOKED = 4096  # lines of masks, along each axis, whose sums are looked at
UNEVEN = 1e-3  # by which sums of masks differ from 1 before it is said


def blend(
    models: Mapping[str | Texture, object],
    *,
    way: str = "height",
    softness: float = SOFT,
    spread: int = 0,
    fit: str = "once",
    origin: Place = (0, 0),
    size: Size | None = None,
    invert: Collection[str] = (),
    device: str | torch.device | None = None,
    precision: str = "float32",
) -> Blend:
    """Several learnt textures as one, each seen where its mask says.

    Parameters
    ----------
    models : {name, file or `Texture`: its mask}, 2 to 16. A mask is a number; a picture (H,W) of
        numbers in [0,1], as a tensor, an array or lists; `masks.Gradient`; or any function of
        rows (h,) and columns (w,) of the plane, int64, to weights (h,w). The mask of one may be
        None: it has what the others leave. Weights are divided by their sum
    way : "height": the net that stands highest is seen, as far as its mask lets it; edges follow
        stones. "features": features of two nets of one architecture are mixed at every scale.
        "weights": of two nets that are kin, weights are mixed at every place
    softness : pixels that edges between nets are wide, of way "height", 0.5 to 64
    spread : pixels over which steps of masks are made even, 0 to 512: edges of a mask of 0 and 1
        cut through stones unless they are spread
    fit : of pictures: "once", pixel for pixel from `origin` on, their borders going on outside;
        "tile", the same, repeating; "stretch", once, to `size`
    origin, size : (row, column) of a picture's upper left pixel on the plane, and (height, width)
        that it is stretched to
    invert : names of nets of whose pictures the dark parts stand high, not the bright ones, of way
        "height": bricks with bright joints; of a material, what is low in its height map
    device, precision : as of `load`

    Returns
    -------
    a texture. Where a net's mask is 1 (after `spread`), its pictures have the bits of the net
    alone; of ways "features" and "weights", where it is 1 as far as the net looks. Its `notes`
    say what was changed of the masks

    Raises
    ------
    Refused : for what is not a model or not a mask, fewer than 2 models or more than 16, and nets
        that cannot be blended in that way

    Examples
    --------
    >>> path = texturenet.blending.masks.Gradient((0, 0), (0, 512))
    >>> texturenet.blend({"grass": path, "gravel": None}).render(512, 512)
    >>> texturenet.blend({"grass": mask, "gravel": 1 - mask}, spread=32).render(512, 512)
    """
    if not isinstance(way, str) or way not in WAYS:
        raise Refused(f"way is {way!r}.{nearest(str(way), WAYS)}")
    if not 2 <= len(models) <= MOST:
        raise Refused(f"{len(models)} models: a blend has 2 to {MOST}.")
    least, most = SOFTEST
    if not least <= softness <= most:  # NaN is not
        raise Refused(f"softness is {softness}: it must lie between {least} and {most:g} pixels.")
    textures, names = loaded(models, device, precision)
    masks, notes = _masks(names, list(models.values()), fit, origin, size, spread)
    notes += left_out(textures, names, way)
    card = card_of(textures, names)
    if way in PAIRED:
        both = _as_one(*_pair(textures, way, invert), way)
        return Blend(
            textures[0].net, card, _unmeasured(textures), masks, way, float(softness),
            both=both, notes=tuple(notes),
        )  # fmt: skip
    members, strength = prepared(textures, float(softness), invert)
    return Blend(
        textures[0].net, card, members, masks, way, float(softness), strength, notes=tuple(notes)
    )


def loaded(
    models: Iterable[str | Texture], device: str | torch.device | None, precision: str
) -> tuple[list[Texture], list[str]]:
    """Nets, and their names. Raises Refused for what is no model, and for two of one name."""
    textures = [one if isinstance(one, Texture) else load(one, device, precision) for one in models]
    names = [str(one.card["name"]) for one in textures]
    if twice := next((name for name in names if names.count(name) > 1), None):
        prints = [one.fingerprint for one in textures if one.card["name"] == twice]
        apart = "they are told apart by name, so train one name=OTHER"
        remedy = apart if len(set(prints)) == len(prints) else "say it once"
        raise Refused(f"two of these nets are called {twice!r}: {remedy}.")
    return textures, names


def card_of(textures: list[Texture], names: list[str]) -> Card:
    """Of a texture of several nets."""
    return {"name": "_".join(names)[:100], "law": textures[0].card["law"]}


def _pair(textures: list[Texture], way: str, invert: Collection[str]) -> tuple[Texture, Texture]:
    """Of ways that take two nets."""
    if len(textures) != 2:
        raise Refused(f"way={way} blends 2 nets, not {len(textures)}: say way=height.")
    if invert:
        raise Refused(f"way={way} knows no heights: leave invert out, or say way=height.")
    return textures[0], textures[1]


def _as_one(first: Texture, second: Texture, way: str) -> FeatureNet | VaryingPyramid:
    """Both nets as one, with what is measured of them once."""
    if way == "weights":
        return varying(first, second)
    return FeatureNet(first.net, second.net, mended(first, second))


def _unmeasured(textures: list[Texture]) -> tuple[Member, ...]:
    none = torch.zeros(0)
    return tuple(Member(one, none, none, 0.0, 1.0, 1.0, none) for one in textures)


def prepared(
    textures: list[Texture], softness: float, invert: Collection[str] = ()
) -> tuple[tuple[Member, ...], float]:
    """What is measured once, of way "height": the nets, and the strength with which their contrast
    is kept: of many nets the mean over pairs that follow each other.

    Raises
    ------
    Refused : for names in `invert` that are none of the nets, and nets of one scale
    """
    names = [str(one.card["name"]) for one in textures]
    if unknown := next((name for name in invert if name not in names), None):
        raise Refused(f"invert names {unknown!r}.{nearest(unknown, names)}")
    found = [measured(one, name in invert) for one, name in zip(textures, names, strict=True)]
    if len(found) <= TOGETHER:
        return tuple(one for one, _ in found), _strength(found, softness)
    pairs = list(pairwise(found))[:PAIRS]
    strength = sum(_strength(list(pair), softness) for pair in pairs) / len(pairs)
    return tuple(one for one, _ in found), strength


def _strength(found: list[tuple[Member, Tensor]], softness: float) -> float:
    """Of nets and a window of each, where all of them have one share."""
    if len(found) == 1:
        return 1.0
    members, windows = [one for one, _ in found], [window for _, window in found]
    heights, even = [one[-1] for one in windows], torch.full_like(windows[0][0], 1 / len(found))
    seen = shares(heights, even.expand(len(found), -1, -1), members, softness)
    means = [one.mean[:COLOURS] for one in members]
    return strength_of([one[:COLOURS] for one in windows], seen, means)


def _masks(
    names: list[str], given: list[object], fit: str, origin: Place, size: Size | None, spread: int
) -> tuple[Masks, list[str]]:
    rest = [i for i, mask in enumerate(given) if mask is None]
    if len(rest) > 1:
        raise Refused(f"{len(rest)} masks are None: only one net can have what the others leave.")
    laid = {"fit": fit, "origin": origin, "size": size}
    masks: list[Any] = [
        mask if mask is None else mask_of(name, mask, **laid)
        for name, mask in zip(names, given, strict=True)
    ]
    notes = [] if rest else _unevenness(masks)
    return Masks(tuple(names), tuple(masks), spread), notes


def _unevenness(masks: list[Any]) -> list[str]:
    """What to say where sums of pictures, or of numbers, are not 1; functions are not asked.
    Pictures of several sizes are compared as they lie on the plane."""
    if not all(isinstance(one, (Constant, Raster)) for one in masks):
        return []
    pictures = [one for one in masks if isinstance(one, Raster)]
    rows, columns = (_lines(pictures, axis) for axis in range(2))
    total = sum(one(rows, columns) for one in masks)
    if (total - 1).abs().max() <= UNEVEN:
        return []
    low, high = float(total.min()), float(total.max())
    nothing = " Where that is 0, all nets have the same share." if low <= SURE else ""
    return [f"masks add up to {low:.3g} to {high:.3g}: they are divided by their sum.{nothing}"]


def _lines(pictures: list[Raster], axis: int) -> Tensor:
    """Rows, or columns, of the plane at which masks are compared: all that pictures cover, or of
    many some."""
    if not pictures:
        return torch.zeros(1, dtype=torch.int64)
    start, length = pictures[0].origin[axis], max(one.extent[axis] for one in pictures)
    return torch.arange(start, start + length, -(-length // LOOKED))


def left_out(textures: list[Texture], names: list[str], way: str) -> list[str]:
    """Maps that not all nets have."""
    layouts = [one.layout for one in textures]
    if not any(layouts):
        return []
    if way in PAIRED:
        return [f"way={way} mixes colours alone: other maps are left out."]
    if None in layouts:
        plain = [name for name, one in zip(names, layouts, strict=True) if one is None]
        return [f"{', '.join(plain)} draws colour alone: of the others too only colour is drawn."]
    left = surfaces.common([one for one in layouts if one])[1]
    return [f"not all of these have {', '.join(left)}, which is left out."] if left else []
