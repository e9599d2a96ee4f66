"""Maps of several materials, mixed by one set of shares."""

import torch
from torch import Tensor

from ..materials.kinds import KINDS, Maps
from ..materials.normals import normal_of, slopes_of
from ..materials.planes import Layout


def common(layouts: list[Layout]) -> tuple[Layout, list[str]]:
    """What all materials have -> a layout, and the maps that some have and others do not.

    A map that one material draws and another says a constant of is drawn. The ranges of the layout
    mean nothing: maps are mixed as they are decoded.
    """
    has = [{*one.kinds, *one.constants} for one in layouts]
    shared = set.intersection(*has)
    same = {
        kind: layouts[0].constants[kind]
        for kind in shared
        if len({one.constants.get(kind) for one in layouts}) == 1 and kind in layouts[0].constants
    }
    kinds = tuple(kind for kind in KINDS if kind in shared and kind not in same)
    slopes = {"normal", "height"} <= set(kinds) and any(one.gain for one in layouts)
    left = [kind for kind in KINDS if kind in set.union(*has) - shared]
    return Layout(kinds, same, gain=1.0 if slopes else 0.0), left


def mixed(maps: list[Maps], seen: Tensor, kinds: list[str]) -> Maps:
    """Maps of each of N nets and what is seen of it (N,h,w) -> their mix, of these kinds.

    Normals are mixed as slopes. Where one share is 1, all values are those of that net.
    """
    made = {}
    for kind in kinds:
        values = [one[kind] for one in maps]
        flat = [slopes_of(one) for one in values] if kind == "normal" else values
        mix = sum(share * one for share, one in zip(seen, flat, strict=True))
        if kind == "normal":
            mix = normal_of(mix)
            for share, one in zip(seen, values, strict=True):
                mix = torch.where(share == 1, one, mix)
        made[kind] = mix
    return made
