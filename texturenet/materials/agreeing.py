"""Normals and height of a material, as files have them -> in one convention, and of one surface."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from . import normals
from .kinds import Maps
from .naming import Part

FLAT = 1 / 255  # deviation of slopes, up to which normals say nothing
NEAR = 0.02  # correlation under the best, which is as good
# Edges of other maps lie on those of the colour. Of 27 public and own maps those that say anything
# have their best place within 3 pixels of 256, and 3 to 79 deviations above all places.
SIDE = 256  # pixels of the longer side at which edges are compared,
SHORTEST = 64  # of the shorter one below which they are not,
APART = 8  # pixels that a map has to lie elsewhere,
EDGES = 0.3  # its correlation there, twice that at its own place, and
OUTSTANDING = 10.0  # deviations of the correlation at all places, of which there are many in tiles
MOVED = 0.5  # correlation at another place, which says that a map was cropped otherwise


def settle_normals(
    maps: Maps, parts: Mapping[str, Part], convention: str, notes: dict[str, list[str]]
) -> bool:
    """Bring them to OpenGL's convention. Whether anything decides which one they had."""
    if "normal" not in maps:
        return False
    if float(normals.slopes_of(maps["normal"]).std()) < FLAT:
        notes["normal"].append("flat everywhere: left out")
        del maps["normal"]
        return False
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
    return found.sure or bool(said) or convention != "auto"


def settle_height(
    maps: Maps,
    parts: Mapping[str, Part],
    notes: dict[str, list[str]],
    given: frozenset[str],
    decided: bool,
) -> bool:
    """Leave out what is not the height of these normals; refuse one of another part. Whether it was
    turned round. decided: whether the convention of the normals is known."""
    if "normal" not in maps or "height" not in maps:
        return False
    slopes = normals.slopes_of(maps["normal"])
    found, turned = (normals.agreement(slopes, one) for one in (maps["height"], -maps["height"]))
    if turned.theirs:
        notes["height"].append("white is deep in it: turned round")
        maps["height"] = 1 - maps["height"]
        found = turned
    both = f"slopes agree with the normals' by {found}"
    if found.theirs:
        notes["height"].append(both)
        return turned.theirs
    if not decided:
        _check_convention(slopes, maps["height"], parts)
    place, value = _moved(slopes, maps["height"])
    if value > MOVED and place != (0, 0):
        raise Refused(
            f"{parts['height'].file} and {parts['normal'].file} are of different crops: the height "
            f"lies {place[0]} pixels down and {place[1]} across at this size; crop them alike."
        )
    if "height" in given:
        notes["height"].append(f"{both}; kept, as it was named")
        return False
    notes["height"].append(f"left out: {both}, so it is not theirs (maps.height=FILE keeps it)")
    del maps["height"]
    return False


def _check_convention(slopes: Tensor, height: Tensor, parts: Mapping[str, Part]) -> None:
    """Refuse normals that are those of the height, or of its negative, by the other convention."""
    other = slopes * torch.tensor([1.0, -1.0])[:, None, None]
    if any(normals.agreement(other, one).theirs for one in (height, -height)):
        raise Refused(
            f"{parts['height'].file} is the height of {parts['normal'].file} only if green points "
            "down there: say maps.convention=directx."
        )


def _moved(slopes: Tensor, height: Tensor) -> tuple[tuple[int, int], float]:
    """Where a height would agree best with slopes (2,H,W), as (down, across), and how well."""
    own, other = slopes[:, 1:-1, 1:-1].double(), normals.gradient(height[0].double())
    own, other = (part - part.mean((1, 2), keepdim=True) for part in (own, other))
    spectrum = torch.fft.rfft2(own).conj() * torch.fft.rfft2(other)
    found = torch.fft.irfft2(spectrum, s=own.shape[-2:]).sum(0)
    found = found / (own.norm() * other.norm()).clamp(min=1e-12)
    return _place(found), float(found.max())


def check_crops(maps: Maps, parts: Mapping[str, Part], given: frozenset[str]) -> None:
    """Refuse a roughness, an occlusion or a metallic map whose edges lie on those of the colour
    elsewhere, but not where it is; one that was named is kept."""
    colour = _edges(maps["colour"])
    for kind in ("roughness", "occlusion", "metallic"):
        if kind not in maps or kind in given or min(maps[kind].shape[-2:]) < SHORTEST:
            continue
        spectrum = torch.fft.rfft2(colour).conj() * torch.fft.rfft2(_edges(maps[kind]))
        found = torch.fft.irfft2(spectrum, s=colour.shape)
        best, here = float(found.max()), float(found[0, 0])
        down, right = _place(found)
        if (
            best > max(EDGES, 2 * here, OUTSTANDING * float(found.std()))
            and max(abs(down), abs(right)) >= APART
        ):
            scale = maps[kind].shape[-1] / colour.shape[-1]
            raise Refused(
                f"{parts[kind].file} and {parts['colour'].file} are of different crops: the {kind} "
                f"lies about {round(down * scale)} pixels down and {round(right * scale)} across "
                f"at this size; crop them alike, or keep it, as maps.{kind}=FILE."
            )


def _edges(values: Tensor) -> Tensor:
    """How much changes at each place (H,W), of mean 0 and length 1; of at most SIDE pixels."""
    size = [
        max(2, round(side * min(1, SIDE / max(values.shape[-2:])))) for side in values.shape[-2:]
    ]
    plane = F.interpolate(values.mean(0)[None, None], size=size, mode="bilinear", antialias=True)
    changes = normals.gradient(F.pad(plane, (1, 1, 1, 1), mode="replicate")[0, 0]).norm(dim=0)
    changes = changes - changes.mean()
    return changes / changes.norm().clamp(min=1e-9)


def _place(found: Tensor) -> tuple[int, int]:
    """(down, across) of the best of all places (H,W), or of those as good the nearest."""
    places = (found >= found.max() - NEAR).nonzero()  # along ribs any is as good
    lengths = torch.tensor(found.shape)
    moves = (places + lengths // 2) % lengths - lengths // 2
    down, right = moves[moves.square().sum(1).argmin()].tolist()
    return down, right
