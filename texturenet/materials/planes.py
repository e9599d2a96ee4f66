"""Maps of a material <-> the planes that a net draws, each on [0,1].

A normal is drawn as its two slopes, so that every drawn normal is a valid one. Where there is a
height, slopes come out of it and the net draws only what they have beyond that: drawn apart, they
would not agree in the fine.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from random import Random
from typing import Any

import torch
from torch import Tensor

from ..errors import Refused
from .kinds import KINDS, Maps
from .normals import agreement, gain_of, gradient, normal_of, slopes_of

RANGE = 0.999  # share of slopes that lie within the range they are drawn in, and
PEAK = 0.25  # of the steepest, which does too where nearly all is flat
MIXES = 10  # triplets of planes of several maps
Triplet = tuple[int, int, int]


@dataclass(frozen=True)
class Layout:
    """Which planes a net draws.

    Attributes
    ----------
    kinds : the maps that it draws, in order of `KINDS`; colour is always there, and first
    constants : {kind: its value everywhere} of maps that say the same all over
    steepest : the slope that 0 and 1 stand for, where normals are drawn
    gain : of slopes over the gradient of the height's plane; 0 where slopes are drawn by themselves
    low, high : the values of the height that 0 and 1 stand for
    """

    kinds: tuple[str, ...]
    constants: Mapping[str, float]
    steepest: float = 1.0
    gain: float = 0.0
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def of(cls, maps: Maps) -> "Layout":
        """That of an exemplar's maps."""
        constants = {
            name: round(float(values.mean()), 6)
            for name, values in maps.items()
            if name not in ("colour", "normal") and float(values.max() - values.min()) < 1 / 255
        }
        kinds = tuple(name for name in KINDS if name in maps and name not in constants)
        layout = cls(kinds, constants)
        facts: dict[str, Any] = asdict(layout)
        if "height" in kinds:
            facts |= {"low": float(maps["height"].min()), "high": float(maps["height"].max())}
        if "normal" in kinds:
            slopes = slopes_of(maps["normal"])
            steep = slopes.abs().flatten()
            facts["steepest"] = float(torch.maximum(steep.quantile(RANGE), PEAK * steep.max()))
            if "height" in kinds and agreement(slopes, maps["height"]).theirs:
                facts["gain"] = gain_of(slopes, maps["height"]) * (facts["high"] - facts["low"])
        return cls(**facts)

    @property
    def places(self) -> dict[str, list[int]]:
        """{kind: its planes}."""
        found: dict[str, list[int]] = {}
        for name in self.kinds:
            first = sum(map(len, found.values()))
            found[name] = [*range(first, first + _planes(name))]
        return found

    @property
    def count(self) -> int:
        """P, of planes."""
        return sum(map(_planes, self.kinds))

    @property
    def margin(self) -> int:
        """Pixels that slopes look at beyond the border of what is drawn."""
        return 1 if self.gain else 0

    def encoded(self, maps: Maps) -> Tensor:
        """Planes (P,H,W) on [0,1] of maps; slopes beyond the steepest are cut."""
        return torch.cat([self._plane(name, maps[name]) for name in self.kinds])

    def _plane(self, name: str, values: Tensor) -> Tensor:
        if name == "normal":
            values = 0.5 + slopes_of(values) / (2 * self.steepest)
        elif name == "height":
            values = (values - self.low) / max(self.high - self.low, 1e-6)
        return values.clamp(0, 1)

    def drawn(self, made: Tensor) -> Tensor:
        """What a net makes (B,P,H+2m,W+2m), m the margin -> planes (B,P,H,W), unclamped."""
        if not self.gain:
            return made
        places = self.places
        (height,), slopes = places["height"], places["normal"]
        inside = made[..., 1:-1, 1:-1]
        own = gradient(made[:, height].float()) * (self.gain / (2 * self.steepest))
        before, after = slopes[0], slopes[-1] + 1
        return torch.cat(
            [inside[:, :before], inside[:, before:after] + own.to(made.dtype), inside[:, after:]], 1
        )

    def decoded(self, planes: Tensor) -> Maps:
        """Maps of planes (P,H,W) on [0,1], with those that are the same everywhere."""
        maps = {name: planes[places] for name, places in self.places.items()}
        if "normal" in maps:
            maps["normal"] = normal_of((2 * maps["normal"] - 1) * self.steepest)
        if "height" in maps:
            maps["height"] = self.low + maps["height"] * (self.high - self.low)
        size = planes.shape[1:]
        maps |= {name: torch.full((1, *size), value) for name, value in self.constants.items()}
        return {name: maps[name] for name in KINDS if name in maps}

    def groups(self) -> dict[str, Triplet]:
        """{name: three planes} that belong together, without colour: slopes and height, then the
        others; filled up with the height, or else with what is there already."""
        places = self.places
        surface = [*places.get("normal", []), *places.get("height", [])]
        names = "roughness", "occlusion", "metallic"
        others = [plane for name in names for plane in places.get(name, [])]
        filling = places.get("height", [])
        found = {"surface": _filled(surface, []), "response": _filled(others, filling)}
        return {name: triplet for name, triplet in found.items() if triplet}

    def mixes(self) -> list[Triplet]:
        """Up to MIXES triplets of planes of at least two maps, which together show every pair of
        maps, as far as so many can: what keeps maps together (Chambon, Heitz, Belcour 2021,
        "Passing Multi-Channel Material Textures to a 3-Channel Loss")."""
        kind = {plane: name for name, planes in self.places.items() for plane in planes}
        triplets = [
            triplet
            for triplet in combinations(range(self.count), 3)
            if len({kind[plane] for plane in triplet}) > 1
        ]
        random, chosen, seen = Random(0), [], set[tuple[str, str]]()
        random.shuffle(triplets)
        while triplets and len(chosen) < MIXES:
            new = [len(_pairs(triplet, kind) - seen) for triplet in triplets]
            best = triplets.pop(new.index(max(new)))
            seen |= _pairs(best, kind)
            order = list(best)
            random.shuffle(order)
            chosen.append((order[0], order[1], order[2]))
        return chosen

    def facts(self) -> dict[str, object]:
        """As a released file states it."""
        return asdict(self) | {"kinds": list(self.kinds), "constants": dict(self.constants)}


def layout_of(facts: Any, outputs: int) -> Layout:
    """What a card states, for a net of so many outputs. Raises Refused for what cannot be."""
    try:
        layout = Layout(**{**facts, "kinds": tuple(facts["kinds"])})
        numbers = (layout.steepest, layout.gain, layout.low, layout.high)
        sound = (
            layout.kinds[0] == "colour"
            and list(layout.kinds) == [name for name in KINDS if name in layout.kinds]
            and all(type(number) in (int, float) and abs(number) < 1e6 for number in numbers)
            and layout.steepest > 0
            and not (layout.gain and not {"normal", "height"} <= set(layout.kinds))
            and all(name in KINDS and 0 <= value <= 1 for name, value in layout.constants.items())
        )
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise Refused(f"maps that cannot be ({error})") from error
    if not sound or layout.count != outputs:
        raise Refused(f"maps that cannot be, for {outputs} outputs")
    return layout


def _planes(name: str) -> int:
    return 2 if name == "normal" else KINDS[name].channels


def _filled(planes: list[int], more: list[int]) -> Triplet | None:
    """Three of them."""
    if not planes:
        return None
    several = [*planes, *more, *planes, *planes]
    return several[0], several[1], several[2]


def _pairs(triplet: tuple[int, ...], kind: dict[int, str]) -> set[tuple[str, str]]:
    names = sorted({kind[plane] for plane in triplet})
    return set(combinations(names, 2))
