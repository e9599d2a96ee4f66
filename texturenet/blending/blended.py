"""`Blend`: nets, what was measured of them, and masks -> windows, as a `Texture`."""

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import torch
from torch import Tensor

from ..errors import Refused
from ..generator.architecture import COLOURS, blocks
from ..generator.varying import VaryingPyramid
from ..materials.kinds import Maps
from ..materials.planes import Layout
from ..noise.fields import Bordered, Field, Plane, period_of
from ..noise.philox import Period
from ..sampling.film import Film
from ..sampling.render import BLOCK, Renderer, Window
from ..sampling.texture import Texture
from ..types import Place, Size
from . import surfaces
from .contrast import kept
from .features import FeatureNet, Masked
from .heights import Member, shares
from .once import Once
from .shown import Remembered, Seen, Shown


@dataclass(frozen=True, eq=False)
class Blend(Texture):
    """Several nets as one texture: its methods are those of `Texture`.

    `net` and `card` are those of a texture; `net` is the first of the nets.

    Attributes
    ----------
    members : the nets, and what was measured of them
    masks : where each is seen
    way, softness : as of `blend`
    strength : of way "height", with which contrast is kept (`contrast.kept`)
    both : of ways "features" and "weights": the nets as one, which reads a mask behind its noise
    notes : what a user has to know of how the masks and maps were taken, in sentences
    """

    members: tuple[Member, ...]
    masks: Seen
    way: str
    softness: float
    strength: float = 1.0
    both: FeatureNet | VaryingPyramid | None = None
    notes: tuple[str, ...] = ()

    @property
    def textures(self) -> list[Texture]:
        """The nets by themselves."""
        return [one.texture for one in self.members]

    @property
    def coarsest(self) -> int:
        """Pixels: sides of tiles are multiples of it."""
        return math.lcm(*(one.coarsest for one in self.textures))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of those of the nets."""
        return hashlib.sha256(
            "".join(one.fingerprint for one in self.textures).encode()
        ).hexdigest()

    @cached_property
    def layout(self) -> Layout | None:
        """The maps that all materials have; None where one of the nets draws colour alone."""
        layouts = [one.layout for one in self.textures]
        if self.way != "height" or None in layouts:
            return None
        layout = surfaces.common([one for one in layouts if one])[0]
        return layout if layout.count > COLOURS else None

    def rounding(self, side: int = 256) -> float:
        """What bfloat16 changes in pictures, of the net where it is most."""
        return max(one.rounding(side) for one in self.textures)

    def plane(self, size: Size, seed: int, tile: str = "none") -> Plane:
        """The noise of a seed, which all nets share. Raises Refused for a tile that one of them
        cannot draw."""
        return [one.plane(size, seed, tile) for one in reversed(self.textures)][-1]

    def film(self, kind: str, seconds: float = 4.0, fps: float = 30.0, **more: object) -> Film:
        """A film of the blend, whose masks lie still: as `Texture.film`, but not "displace", and
        of nets of one law of noise."""
        self.check_film(kind)
        return super().film(kind, seconds, fps, **more)

    def check_film(self, kind: str) -> None:
        """Refuse a film that a blend cannot be."""
        if kind == "displace":
            raise Refused("a film of kind displace is of one net, not of a blend.")
        if len(laws := sorted({one.card["law"] for one in self.textures})) > 1:
            raise Refused(f"these nets have noise of laws {' and '.join(laws)}: films need one.")

    def waved(self, field: Field, seed: int, period: Period | None = None) -> Field:
        """Refused: each of the nets has waves of its own."""
        raise Refused("a blend has no waves of its own: ask its nets.")

    def _bordered(self, inside: Plane, border: int, origin: Place) -> Bordered:
        raise Refused("tiles that match (border) are of one net, not of a blend.")

    def window(self, field: Field, size: Size, origin: Place, planes: int = COLOURS) -> Tensor:
        """One window of a field, as `Texture.window` gives it, with waves of seed 0."""
        return self.still(field, 0, planes)(size, origin)

    def still(self, field: Field, seed: int, planes: int = COLOURS) -> Window:
        """The blend on a noise field, as a function from (size, place) to a window of it.

        planes : 3 for colours; otherwise all that the nets draw, those of each net followed by
            how much is seen of it, which `maps_of` mixes
        """
        period = period_of(field)
        if self.both is not None:
            return self._as_one(self.both, field, seed, period)
        laws = {one.card["law"] for one in self.textures}
        noise = {law: _of_law(field, law) for law in laws}
        return lambda size, place: self._by_height(noise, seed, size, place, planes, period)

    def _as_one(
        self, net: FeatureNet | VaryingPyramid, field: Field, seed: int, period: Period
    ) -> Window:
        waved = self.textures[0].waved(field, seed)
        both = Renderer(net, self.card)  # type: ignore[arg-type]
        shown = cast(Shown, self.masks)  # `Masks`, where nets are drawn as one

        def window(size: Size, place: Place) -> Tensor:
            masked = Masked(waved, Remembered(shown), period)
            return both.window(masked, size, place, COLOURS)

        return window

    @torch.inference_mode()
    def _by_height(
        self,
        noise: dict[str, Field],
        seed: int,
        size: Size,
        place: Place,
        planes: int,
        period: Period,
    ) -> Tensor:
        """Unclamped (1,P,h,w), in the blocks that a net alone is drawn in. noise: of each law."""
        draw = self._colours if planes == COLOURS else self._planes
        side, parts = BLOCK[self.device.type], []
        beyond = max(0, size[0] - side), max(0, size[1] - side)
        once = {law: Once(field, beyond) for law, field in noise.items()}
        fields = [one.waved(once[one.card["law"]], seed, period) for one in self.textures]
        for (down, right), some in blocks(size, side):
            at = place[0] + down, place[1] + right
            needed, masks = self.masks.seen(some, at, period)
            parts.append((down, right, draw(fields, some, at, needed, masks.to(self.device))))
        made = parts[0][2].new_empty(1, parts[0][2].shape[1], *size)
        for down, right, part in parts:
            made[..., down : down + part.shape[-2], right : right + part.shape[-1]] = part
        return made

    def _colours(
        self, fields: list[Field], size: Size, place: Place, needed: list[int], masks: Tensor
    ) -> Tensor:
        if len(needed) == 1:
            return self.textures[needed[0]].window(fields[needed[0]], size, place)
        drawn, seen = self._seen(needed, [COLOURS] * len(fields), fields, size, place, masks)
        means = [self.members[i].mean[:COLOURS] for i in needed]
        return kept([one[:COLOURS] for one in drawn], seen, means, self.strength)[None]

    def _planes(
        self, fields: list[Field], size: Size, place: Place, needed: list[int], masks: Tensor
    ) -> Tensor:
        counts = [one.net.architecture.outputs for one in self.textures]
        if len(needed) == 1:
            i = needed[0]
            drawn = [self.textures[i].window(fields[i], size, place, counts[i])[0]]
            seen = masks
        else:
            drawn, seen = self._seen(needed, counts, fields, size, place, masks)
        parts = [masks.new_zeros(count + 1, *size) for count in counts]
        for i, planes, share in zip(needed, drawn, seen, strict=True):
            parts[i][:-1], parts[i][-1] = planes[: counts[i]], share
        return torch.cat(parts)[None]

    def _seen(
        self,
        needed: list[int],
        counts: list[int],
        fields: list[Field],
        size: Size,
        place: Place,
        masks: Tensor,
    ) -> tuple[list[Tensor], Tensor]:
        """So many planes of those nets that are needed, and how much is seen of each (n,h,w).
        masks: of these nets."""
        members = [self.members[i] for i in needed]
        drawn = [
            self.members[i].drawing(counts[i]).window(fields[i], size, place, counts[i] + 1)[0]
            for i in needed
        ]
        heights = [one[-1] for one in drawn]
        return drawn, shares(heights, masks, members, self.softness)

    def maps_of(self, window: Window, size: Size, origin: Place) -> Maps:
        """What `maps` gives, of a `Window` function of all planes."""
        layout, margin = self.material, max(one.material.margin for one in self.textures)
        counts = [one.net.architecture.outputs + 1 for one in self.textures]
        wide = size[0] + 2 * margin, size[1] + 2 * margin
        at = origin[0] - margin, origin[1] - margin
        made = self.drawn(window, wide, at, sum(counts)).split(counts)
        inside = [_cut(one, margin) for one in made]
        seen, maps = torch.stack([one[-1] for one in inside]), []
        for one, planes in zip(self.textures, made, strict=True):
            its = one.material
            drawn = its.drawn(_cut(planes[:-1], margin - its.margin)[None])[0]
            maps.append(its.decoded(drawn.clamp(0, 1)))
        kinds = [kind for kind in maps[0] if kind in (*layout.kinds, *layout.constants)]
        means = [one.mean[:COLOURS].cpu() for one in self.members]
        colours = kept([one[:COLOURS] for one in inside], seen, means, self.strength)
        return surfaces.mixed(maps, seen, kinds) | {"colour": colours.clamp(0, 1)}


def _of_law(field: Field, law: str) -> Field:
    """The same cells by the law of another net; a field of a film has that of all of them."""
    return replace(field, law=law) if isinstance(field, Plane) else field


def _cut(planes: Tensor, margin: int) -> Tensor:
    """Planes (P,h,w) without so many pixels on each side."""
    return planes[..., margin:-margin, margin:-margin] if margin else planes
