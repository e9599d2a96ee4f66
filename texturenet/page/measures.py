"""Nets -> what a page, and the module in js/, must know of them to blend them.

It is measured once, by the functions of `texturenet blend`.
"""

import json
from collections.abc import Sequence
from typing import Any

from ..blending.blend import SOFT, prepared
from ..blending.heights import Member
from ..errors import Refused
from ..generator.architecture import COLOURS
from ..sampling.texture import Texture

SPREAD = 32  # pixels over which steps of a mask are made even, as of `texturenet blend`
MOST_PAINTED = 4  # nets


def measures(textures: Sequence[Texture]) -> dict[str, Any]:
    """What js/blend.d.ts calls Measures.

    Raises
    ------
    Refused : for fewer than two nets or more than four, and for nets of one scale
    """
    if not 2 <= len(textures) <= MOST_PAINTED:
        raise Refused(f"a page paints with 2 to {MOST_PAINTED} nets, not {len(textures)}.")
    members, strength = prepared(list(textures), SOFT)
    nets = [_measure(one) for one in members]
    return {"softness": SOFT, "spread": SPREAD, "strength": strength, "nets": nets}


def text_of(measured: dict[str, Any]) -> str:
    """The same as JSON."""
    return json.dumps(measured, separators=(",", ":"))


def _measure(one: Member) -> dict[str, Any]:
    return {
        "name": one.texture.card["name"],
        "readout": _rounded(one.readout.flatten().tolist()),
        "table": _rounded(one.table.tolist(), 7),
        "low": one.low,
        "high": one.high,
        "slope": one.slope,
        "mean": _rounded(one.mean[:COLOURS].flatten().tolist()),
    }


def _rounded(values: Sequence[float], digits: int = 9) -> list[float]:
    """So many digits: 9 are all that float32 has."""
    return [float(f"{value:.{digits}g}") for value in values]
