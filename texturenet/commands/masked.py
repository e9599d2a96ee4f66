"""Nets and masks, as options name them -> a blend."""

from contextlib import suppress

from ..blending.blend import Blend, blend
from ..blending.limits import DIRECTIONS
from ..blending.masks import Constant, Gradient, Mask, Raster
from ..blending.painted import digests, read_masks
from ..errors import Refused, nearest
from ..io.files import user_path
from ..sampling import provenance
from . import kinship, several
from .options import blending
from .terminal import say

Masks = list[Mask | None]


def texture_of(chosen: blending.Blend, size: tuple[int, int]) -> tuple[Blend, provenance.Record]:
    """The blend, and what its file says of it beside the view. Says what was changed of the masks.
    Raises Refused."""
    top, left = chosen.mask_origin or chosen.origin
    textures, names = several.loaded(chosen, chosen.models)
    several.check_window(chosen, textures, size)
    masks, files = _masks(chosen, names, size, (top, left))
    texture = blend(
        dict(zip(textures, masks, strict=True)),
        way=chosen.way,
        softness=chosen.softness,
        spread=chosen.spread,
        invert=several.inverted(chosen, dict(zip(chosen.models, names, strict=True))),
    )
    kinship.say_kin(textures, chosen.way)
    for note in texture.notes:
        say(note)
    record = {
        "kind": "blend",
        "models": {name: one.fingerprint for name, one in zip(names, textures, strict=True)},
        "mask": files or chosen.mask,
        "fit": chosen.fit,
        "way": chosen.way,
        "softness": chosen.softness,
        "spread": chosen.spread,
        "invert": chosen.invert or [],
    }
    return texture, record | {"laid": [*size, top, left]}


def _masks(
    chosen: blending.Blend, names: list[str], size: tuple[int, int], origin: tuple[int, int]
) -> tuple[Masks, dict]:
    """A mask of each net, laid from origin on, and {file: its SHA-256}."""
    if chosen.mask in DIRECTIONS:
        return _directed(chosen.mask == "down", len(names), origin, size), {}
    files = [user_path(part.strip()) for part in parts(chosen.mask, "mask")]
    if len(files) == 1 and not files[0].suffix and not files[0].exists():
        raise Refused(
            f"mask is {chosen.mask!r}, and no picture is called so."
            f"{nearest(chosen.mask, DIRECTIONS)}"
        )
    masks, notes = read_masks(files, names, fit=chosen.fit, origin=origin, size=size)
    for note in notes:
        say(note)
    _say_hard(masks, chosen.spread)
    hashes = digests(files)
    return masks, {file.name: one for file, one in zip(files, hashes, strict=True)}


def _directed(down: bool, count: int, origin: tuple[int, int], size: tuple[int, int]) -> Masks:
    """From the first of two nets to the second, the outer quarters of each alone."""
    if count != 2:
        raise Refused(f"{count} models: say mask=a.png,b.png,.., a picture for each.")
    lengths = [side / 2 if axis == (not down) else 0.0 for axis, side in enumerate(size)]
    start = [
        place + length / 2 for place, length in zip(origin, lengths, strict=True)
    ]  # of a step that is half as long as the picture
    end = [place + length for place, length in zip(start, lengths, strict=True)]
    if not any(lengths):
        return [Constant(1.0), None]
    return [Gradient((end[0], end[1]), (start[0], start[1])), None]


def _say_hard(masks: Masks, spread: int) -> None:
    """A mask of 0 and 1 that nothing softens."""
    values = [one.values for one in masks if isinstance(one, Raster)]
    if spread < 2 and values and all(bool(((one == 0) | (one == 1)).all()) for one in values):
        say("masks are 0 or 1 everywhere: edges cut through stones; spread=32 lets them follow.")


def parts(text: str, key: str) -> list[str]:
    """a,b,c -> each of them; a file whose name has a comma is one."""
    with suppress(Refused):  # a list can be longer than any path
        if user_path(text).exists():
            return [text]
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise Refused(f"{key} is {text!r}: a name is missing beside a comma.")
    return parts
