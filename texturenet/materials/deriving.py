"""A map that a material lacks, made out of the one that says the same: normals out of the height,
or a height out of the normals."""

from dataclasses import replace

import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from . import normals
from .kinds import KINDS, Maps
from .reading import Material, Row

SOURCES = {"normal": "height", "height": "normal"}  # out of which each is made
FLAT = 1e-6  # deviation of what says nothing


def with_derived(material: Material, kind: str, depth: float) -> Material:
    """A material with one map more, which stands for one that its files have, or adds one.

    Parameters
    ----------
    kind : "normal" or "height"
    depth : of the whole height, in widths of the picture, where normals are made out of it

    Raises
    ------
    Refused : where the map is not there out of which it is made
    """
    source = SOURCES[kind]
    if source not in material.maps:
        raise Refused(
            f"maps.{kind}=from_{source} needs a {source} map: name it, as maps.{source}=FILE."
        )
    if float(material.maps[source].flatten(1).std(1).max()) < FLAT:
        raise Refused(f"maps.{kind}=from_{source}: the {source} map is the same everywhere.")
    made, note = _MADE[kind](material.maps[source], depth)
    maps = {**material.maps, kind: made}
    rows = [row for row in material.rows if row.kind != kind] + [Row(kind, f"of {source}", (note,))]
    return replace(material, maps=_ordered(maps), rows=tuple(rows))


def normal_from(height: Tensor, depth: float) -> tuple[Tensor, str]:
    """(1,H,W) on [0,1] -> unit vectors with y up (3,H,W), and what is to be said of them."""
    around = F.pad(height[None], (1, 1, 1, 1), mode="replicate")[0]
    slopes = depth * height.shape[-1] * normals.gradient(around)[0]
    return normals.normal_of(slopes), f"its whole range is {depth:g} widths of the picture deep"


def height_from(normal: Tensor, depth: float) -> tuple[Tensor, str]:
    """Unit vectors with y up (3,H,W) -> (1,H,W) from 0 to 1, and what is to be said of it. depth is
    what the normals say."""
    slopes = normals.slopes_of(normal)
    height = normals.integrated(slopes)
    low, high = height.min(), height.max()
    said = f"its slopes agree with the normals' by {normals.agreement(slopes, height)}"
    return (height - low) / (high - low).clamp(min=1e-6), said


_MADE = {"normal": normal_from, "height": height_from}


def _ordered(maps: Maps) -> Maps:
    return {kind: maps[kind] for kind in KINDS if kind in maps}
