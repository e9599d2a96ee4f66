"""Normals and height of a material, as files have them -> in one convention, and of one surface."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..errors import Refused
from . import normals
from .kinds import Maps
from .naming import Part

FLAT = 1 / 255  # deviation of slopes, up to which normals say nothing
NEAR = 0.02  # correlation under the best, which is as good
MOVED = 0.5  # correlation at another place, which says that a map was cropped otherwise


def settle_normals(
    maps: Maps, parts: Mapping[str, Part], convention: str, notes: dict[str, list[str]]
) -> None:
    """Bring them to OpenGL's convention."""
    if "normal" not in maps:
        return
    if float(normals.slopes_of(maps["normal"]).std()) < FLAT:
        notes["normal"].append("flat everywhere: left out")
        del maps["normal"]
        return
    said = parts["normal"].convention
    found = normals.convention_of(maps["normal"], maps.get("height"))
    if convention == "auto" and found.sure:
        name, reason = found.name, found.reason
        if said and said != name:
            reason += f"; its name says {said}"
    elif convention == "auto":
        name = said or found.name
        reason = "by its name" if said else "which nothing decides: maps.convention says it"
    else:
        name, reason = convention, "as said"
        if found.sure and found.name != name:
            reason += f"; {found.name} {found.reason}"
    if name == "directx":
        maps["normal"] = normals.flipped(maps["normal"])
    notes["normal"].append(f"{name} ({reason})")


def settle_height(
    maps: Maps, parts: Mapping[str, Part], notes: dict[str, list[str]], given: frozenset[str]
) -> None:
    """Leave out what is not the height of these normals; refuse one of another part."""
    if "normal" not in maps or "height" not in maps:
        return
    slopes = normals.slopes_of(maps["normal"])
    found, turned = (normals.agreement(slopes, one) for one in (maps["height"], -maps["height"]))
    if turned.theirs:
        notes["height"].append("white is deep in it: turned round")
        maps["height"] = 1 - maps["height"]
        found = turned
    both = f"slopes agree with the normals' by {found}"
    if found.theirs:
        notes["height"].append(both)
        return
    place, value = _moved(slopes, maps["height"])
    if value > MOVED and place != (0, 0):
        raise Refused(
            f"{parts['height'].file} and {parts['normal'].file} are of different crops: the height "
            f"lies {place[0]} pixels down and {place[1]} across at this size; crop them alike."
        )
    if "height" in given:
        notes["height"].append(f"{both}; kept, as it was named")
        return
    notes["height"].append(f"left out: {both}, so it is not theirs (maps.height=FILE keeps it)")
    del maps["height"]


def _moved(slopes: Tensor, height: Tensor) -> tuple[tuple[int, int], float]:
    """Where a height would agree best with slopes (2,H,W), as (down, across), and how well."""
    own, other = slopes[:, 1:-1, 1:-1].double(), normals.gradient(height[0].double())
    own, other = (part - part.mean((1, 2), keepdim=True) for part in (own, other))
    spectrum = torch.fft.rfft2(own).conj() * torch.fft.rfft2(other)
    found = torch.fft.irfft2(spectrum, s=own.shape[-2:]).sum(0)
    found = found / (own.norm() * other.norm()).clamp(min=1e-12)
    places = (found >= found.max() - NEAR).nonzero()  # along ribs any place is as good
    lengths = torch.tensor(found.shape)
    moves = (places + lengths // 2) % lengths - lengths // 2
    down, right = moves[moves.square().sum(1).argmin()].tolist()
    return (down, right), float(found.max())
