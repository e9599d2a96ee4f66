"""`tileset()`: nets -> a set of tiles."""

import math
from collections.abc import Collection, Mapping, Sequence

import torch

from ..blending.blend import SOFT, left_out, loaded, prepared
from ..blending.limits import SOFTEST
from ..errors import Refused, nearest
from ..sampling.render import whole_seed
from ..sampling.texture import Texture
from .limits import KINDS, LARGEST_SHEET, MOST_VARIANTS, SIDES
from .sets import Tileset
from .shares import SHARED

OVERLAPS = (8, 32)  # pixels, at least and at most: a sixth of the side in between


def tileset(
    models: Sequence[str | Texture],
    kind: str = "corner",
    side: int = 64,
    *,
    variants: int = 4,
    seed: int = 0,
    softness: float = SOFT,
    spread: float | None = None,
    wander: float | None = None,
    overlap: int | None = None,
    invert: Collection[str] = (),
    device: str | torch.device | None = None,
    precision: str = "float32",
) -> Tileset:
    """Tiles of two or three textures that fit beside each other.

    Parameters
    ----------
    models : 2 or 3 names, files or `Texture`s; of kind "blob" 2, the first on the second
    kind : "corner": a texture at each corner, 16 tiles of two textures and 81 of three; "blob":
        47 tiles by their eight neighbours, and one of the second texture alone
    side : pixels of a tile, 16 to 1024; a multiple of the periods of nets with waves
    variants : tiles that differ inside, 1 to 64
    seed : which plane of noise
    softness : pixels that edges between textures are wide, 0.5 to 64
    spread : pixels over which one texture gives way to the next; a quarter of the side, at most 32
    wander : pixels by which borders leave their lines; a sixteenth of the side unless given
    overlap : pixels over which what all tiles share along an edge gives way to the inside; a
        sixth of the side, 8 to 32, or less in small tiles
    invert, device, precision : as of `blend`

    Raises
    ------
    Refused : for what is out of range, and what `blend` refuses
    """
    if kind not in KINDS:
        raise Refused(f"kind is {kind!r}.{nearest(str(kind), KINDS)}")
    if not 2 <= len(models) <= (2 if kind == "blob" else 3):
        allowed = "2" if kind == "blob" else "2 or 3"
        raise Refused(f"{len(models)} models: a set of kind {kind} has {allowed}.")
    room = side // 2 - SHARED
    ranges: Mapping[str, tuple[float | None, float, float]] = {
        "side": (side, *SIDES),
        "variants": (variants, 1, MOST_VARIANTS),
        "softness": (softness, *SOFTEST),
        "spread": (spread, 0, side),
        "wander": (wander, 0, side / 4),
        "overlap": (overlap, 1, room),
    }
    for name, (value, least, most) in ranges.items():
        if value is not None and not least <= value <= most:
            raise Refused(f"{name} is {value}: it must lie between {least:g} and {most:g}.")
    textures, names = loaded(models, device, precision)
    _check_periods(side, textures)
    members, strength = prepared(textures, float(softness), invert)
    made = Tileset(
        tuple(textures), members, kind, side, variants, whole_seed(seed), float(softness), strength,
        float(min(32, side / 4) if spread is None else spread),
        float(side / 16 if wander is None else wander),
        min(max(OVERLAPS[0], min(side // 6, OVERLAPS[1])), room) if overlap is None else overlap,
        tuple(left_out(textures, names, "height")),
    )  # fmt: skip
    if (longest := max(made.rows, made.columns) * side) > LARGEST_SHEET:
        raise Refused(
            f"the sheet would be {longest} pixels long, and programs take {LARGEST_SHEET}: say "
            "fewer variants or a smaller side."
        )
    return made


def _check_periods(side: int, textures: Sequence[Texture]) -> None:
    """Refuse a side that is no whole number of the periods of all nets, down and to the right."""
    least = math.lcm(*(period for one in textures if one.waves for period in one.waves.periods))
    if side % least == 0:
        return
    if least > SIDES[1]:
        raise Refused(
            f"side {side}: these regular textures come back together after {least} pixels, and a "
            f"tile has at most {SIDES[1]}: say other models."
        )
    below = side // least * least
    near = [one for one in (below, below + least) if SIDES[0] <= one <= SIDES[1]]
    raise Refused(
        f"side {side} is not a multiple of {least}, with which these regular textures come back; "
        f"nearest: {' and '.join(map(str, near))}."
    )
