"""Maps of a material against those of its exemplar -> how well they are, and lie on each other.

No net of this project is trained on any of these figures, but `losses.patches` is near to `cross`.
"""

from collections.abc import Sequence
from itertools import combinations

import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance
from ..materials import normals
from ..materials.kinds import Maps
from . import distances

BANDS = 3  # octaves of detail in which maps are compared with each other
FLAT = 1 / 255  # standard deviation under which a band of a map says nothing
LEAST = 1e-3  # curl below this is rounding


def map_figures(drawn: Sequence[Maps], exemplar: Maps) -> dict[str, float]:
    """Figures by name, means over the pictures, of the maps that all have.

    slopes : correlation of the normals' slopes with the height's, over the exemplar's own, the
        worse of the axes that have relief (`normals.Agreement`); 1 is as much
    curl : of the normals' slopes (see `normals.curl`), over the exemplar's own
    inward : share of normals that look into the surface
    cross : the largest difference of a correlation of two maps, in an octave of detail, from the
        exemplar's
    NAME values, NAME patches : of each map but colour, as distances of colours and of patches
    """
    shared = [kind for kind in exemplar if all(kind in maps for maps in drawn)]
    exemplar = {kind: exemplar[kind] for kind in shared}
    drawn = [{kind: maps[kind] for kind in shared} for maps in drawn]
    figures: dict[str, float] = {}
    for name, some in ((name, [figure(maps, exemplar) for maps in drawn]) for name, figure in OWN):
        if None not in some:
            figures[name] = sum(value for value in some if value is not None) / len(some)
    figures["cross"] = _furthest(drawn, exemplar)
    for kind, own in exemplar.items():
        if kind == "colour" or float(own.std()) < FLAT:
            continue
        for name, distance in DISTANCES.items():
            values = [distance(_seen(maps[kind]), _seen(own)) for maps in drawn]
            figures[f"{kind} {name}"] = sum(values) / len(values)
    return figures


def _slopes(maps: Maps, exemplar: Maps) -> float | None:
    if not {"normal", "height"} <= exemplar.keys():
        return None
    ours, theirs = (
        normals.agreement(normals.slopes_of(one["normal"]), one["height"]).worst
        for one in (maps, exemplar)
    )
    return ours / theirs if theirs > 0 else 0.0


def _curl(maps: Maps, exemplar: Maps) -> float | None:
    if "normal" not in exemplar:
        return None
    ours, theirs = (normals.curl(normals.slopes_of(one["normal"])) for one in (maps, exemplar))
    return (ours + LEAST) / (theirs + LEAST)


def _inward(maps: Maps, exemplar: Maps) -> float | None:
    return (maps["normal"][2] <= 0).float().mean().item() if "normal" in maps else None


OWN = (("slopes", _slopes), ("curl", _curl), ("inward", _inward))
DISTANCES = {"values": distances.colour_distance, "patches": distances.patch_wasserstein}


def _seen(values: Tensor) -> Tensor:
    """A map as a picture (3,H,W) in [0,1]: normals coded, grey in all three channels."""
    return normals.coded(values) if len(values) == 3 else values.expand(3, -1, -1)


def cross_correlations(maps: Maps) -> dict[tuple[str, str, int], float]:
    """{(map, map, octave): correlation} of the detail of every two maps, colour by its luminance,
    normals by both of their slopes; of those that say something there."""
    planes = _planes(maps)
    found = {}
    for octave in range(BANDS):
        bands = {}
        for name, plane in planes.items():
            planes[name] = coarser = _smooth(plane, 2**octave)
            band = plane - (plane.mean() if octave == BANDS - 1 else coarser)  # or all that is left
            if float(band.std()) >= FLAT:
                bands[name] = band
        for one, other in combinations(bands, 2):
            if one.split()[0] != other.split()[0]:
                value = normals.correlation(bands[one][0, 0], bands[other][0, 0])
                found[one, other, octave] = value
    return found


def _smooth(plane: Tensor, apart: int) -> Tensor:
    """(1,1,H,W) by (1,2,1)/4 along both axes, of pixels so far apart; none is left out, or a
    pattern would look otherwise where it is moved by a pixel (Holschneider et al. 1989, the
    algorithm a trous)."""
    for axis, sides in ((2, (0, 0, apart, apart)), (3, (apart, apart, 0, 0))):
        length = plane.shape[axis]
        padded = F.pad(plane, sides, mode="reflect")
        before, after = padded.narrow(axis, 0, length), padded.narrow(axis, 2 * apart, length)
        plane = plane / 2 + (before + after) / 4
    return plane


def _planes(maps: Maps) -> dict[str, Tensor]:
    """(1,1,H,W) each."""
    planes: dict[str, Tensor] = {}
    for kind, values in maps.items():
        if kind == "colour":
            planes[kind] = luminance(values[None])
        elif kind == "normal":
            across, down = normals.slopes_of(values)
            planes |= {"normal across": across[None, None], "normal down": down[None, None]}
        else:
            planes[kind] = values[None]
    return planes


def _furthest(drawn: Sequence[Maps], exemplar: Maps) -> float:
    theirs = cross_correlations(exemplar)
    ours = [cross_correlations(maps) for maps in drawn]
    apart = [
        abs(sum(one.get(pair, 0.0) for one in ours) / len(ours) - value)
        for pair, value in theirs.items()
    ]
    return max(apart, default=0.0)


def as_pictures(maps: Maps) -> list[Tensor]:
    """Every map as a picture (3,H,W) in [0,1], in the order of the kinds."""
    return [values if kind == "colour" else _seen(values) for kind, values in maps.items()]
