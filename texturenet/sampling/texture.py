"""`load()` and `Texture`: (model, seed, window) -> pictures (3,H,W) in [0,1].

A texture is an endless plane for every seed. A picture is a window on it; a tile is one period of a
plane whose noise is periodic. Torch is all that is needed here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from operator import index

import torch
from torch import Tensor

from ..errors import Refused, nearest, reason
from ..generator import release
from ..generator.architecture import Span, blocks, halo_cells, spans
from ..generator.frozen import FrozenPyramid
from ..hardware import best_device, keep_freed_memory, usable
from ..noise.fields import Bordered, Cells, Field, Period, Plane, Waved
from ..noise.waves import Waves
from ..types import Place, Size
from .film import Film
from .motions import Motion

SIDES = ("height", "width")
TILES = {"none": (False, False), "x": (False, True), "y": (True, False), "xy": (True, True)}
BLOCK = {"cpu": 256, "cuda": 2048}  # pixels a side through the net at once: features stay in cache
DRAWN = 4  # blocks a side whose noise is drawn at once
FARTHEST = 2**40  # pixels from the origin, well inside the plane's 48-bit addresses
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WHOLE = "sizes, seeds and both parts of origin are whole numbers."
Window = Callable[[Size, Place], Tensor]  # -> unclamped (1,3,h,w)


def load(model: str, device: str | None = None, precision: str = "float32") -> "Texture":
    """The name of a released net (see `texturenet models`), or a file -> Texture.

    device: a GPU if there is one, unless told. precision: "float32", in which windows of one plane
    agree to rounding, or "bfloat16", faster where the hardware multiplies it and off by what
    `Texture.rounding` says. Raises Refused for what is not a model.
    """
    if not isinstance(precision, str) or precision not in PRECISIONS:
        raise Refused(f"precision is {precision!r}.{nearest(str(precision), PRECISIONS)}")
    net, card = release.load(release.find(str(model)))
    device = torch.device(usable(device or best_device()))
    keep_freed_memory()
    return Texture(net.to(device).in_precision(PRECISIONS[precision]), card)


@dataclass(frozen=True)
class Texture:
    """A frozen net and its card (name, exemplar, licence, recipe ...)."""

    net: FrozenPyramid
    card: dict

    @property
    def coarsest(self) -> int:
        """Multiples of this can be sides of tiles."""
        periods = self.waves.periods if self.waves else ()
        return math.lcm(self.net.architecture.coarsest, *periods)

    @cached_property
    def waves(self) -> Waves | None:
        """What stands behind the noise of a regular texture."""
        return release.waves_of(self.card)

    @property
    def device(self) -> torch.device:
        return self.net.output_weight.device

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights."""
        return release.fingerprint(self.net)

    @property
    def precision(self) -> str:
        return next(name for name, dtype in PRECISIONS.items() if dtype == self.net.fine)

    def render(
        self,
        height: int,
        width: int,
        seed: int = 0,
        origin: Place = (0, 0),
        tile: str = "none",
        border: int | None = None,
    ) -> Tensor:
        """The height x width window at origin (row, column) -> (3,H,W) in [0,1], on the CPU.

        tile: "x", "y" or "xy" makes the picture one period of a plane that repeats on those axes.
        border: the seed of the cells along a tile's border; tiles of one size that share it, drawn
        at origin (0,0), fit beside each other, whatever their seeds. Raises Refused for a size,
        seed, origin or period that cannot be.
        """
        size, origin = _pair((height, width)), _pair(origin)
        return self.picture(self.view(size, seed, origin, tile, border), size, origin)

    def view(
        self, size: Size, seed: int, origin: Place, tile: str, border: int | None = None
    ) -> Window:
        """What `render` would show, as a function of which any part can be asked for."""
        size, origin = _pair(size), _pair(origin)
        self.check(size, seed, origin)
        field = self.plane(size, seed, tile)
        if border is None:
            return self.still(field, seed)
        return self.still(self._bordered(field, border, origin), border)

    def film(self, kind: str, seconds: float = 4.0, fps: float = 30.0, **more) -> Film:
        """A film of this texture; `for frame in t.film("loop", size=(256, 256))` yields (3,H,W).

        more: the other fields of `motions.Motion`; size is (512, 512) and seeds (0, 1) unless said.
        """
        more = {"size": (512, 512), "seeds": (0, 1)} | more
        try:
            motion = Motion(kind=kind, frames=round(seconds * fps), **more)
        except (TypeError, ValueError, OverflowError) as error:
            raise Refused(f"a film cannot be made so: {reason(error)}.") from error
        return Film(self, motion)

    def plane(self, size: Size, seed: int, tile: str = "none") -> Plane:
        """The noise of a seed, repeating after `size` along the axes that `tile` names."""
        if not isinstance(tile, str) or tile not in TILES:
            raise Refused(f"tile is {tile!r}.{nearest(str(tile), TILES)}")
        for axis, (length, repeats) in enumerate(zip(size, TILES[tile], strict=True)):
            if repeats:
                shape, what = self.net.architecture, f"a tile's {SIDES[axis]}"
                if self.waves:
                    self.waves.check_period(what, axis, length, shape.coarsest)
                else:
                    shape.check_period(what, length)
        period: Period = tuple(
            length if repeats else None for length, repeats in zip(size, TILES[tile], strict=True)
        )
        return Plane(seed, self.card["law"], period)

    def still(self, field: Field, seed: int) -> Window:
        """The texture on a noise field, of which any window can be made. seed: see `waved`."""
        waved = self.waved(field, seed)
        return lambda size, place: self.window(waved, size, place)

    def waved(self, field: Field, seed: int) -> Field:
        """A field with the waves of a regular texture behind it, where this seed has them."""
        if (waves := self.waves) is None:
            return field
        (shift,) = waves.shifts([seed])
        return Waved(field, waves, shift)

    def picture(self, window: Window, size: Size, origin: Place = (0, 0)) -> Tensor:
        """A window of any size, made in parts -> (3,H,W) in [0,1], on the CPU."""
        picture = torch.empty(3, *size)
        for (down, right), (height, width) in blocks(size, DRAWN * BLOCK[self.device.type]):
            part = window((height, width), (origin[0] + down, origin[1] + right))
            if not part.isfinite().all():
                raise Refused(f"the net of {self.card['name']!r} makes values that are not finite.")
            picture[:, down : down + height, right : right + width] = part[0].clamp(0, 1)
        return picture

    @torch.inference_mode()
    def window(self, field: Field, size: Size, origin: Place) -> Tensor:
        """One window of a field as the net makes it, unclamped (1,3,h,w), on the net's device."""
        noise, above, before = self.noise(field, size, origin)
        made = torch.empty(1, 3, *size, device=self.device)
        for (down, right), (height, width) in blocks(size, BLOCK[self.device.type]):
            rows = self.spans(origin[0] + down, height)
            columns = self.spans(origin[1] + right, width)
            parts = [
                z[..., r.start - a.start :, c.start - b.start :][..., : r.length, : c.length]
                for z, r, a, c, b in zip(noise, rows, above, columns, before, strict=True)
            ]
            drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
            made[..., down : down + height, right : right + width] = self.net(parts, drops)
        return made

    def spans(self, start: int, length: int) -> list[Span]:
        return spans(self.net.architecture.scales, start, length)

    def noise(
        self, field: Field, size: Size, origin: Place
    ) -> tuple[list[Tensor], list[Span], list[Span]]:
        """The noise under a window and its halo, coarse to fine, and where it lies on each axis."""
        shape = self.net.architecture
        rows, columns = (self.spans(*pair) for pair in zip(origin, size, strict=True))
        noise = []
        for scale, (row, column) in enumerate(zip(rows, columns, strict=True)):
            asked = Cells(
                *(scale, shape.cell(scale)),
                *(row.start, column.start, row.length, column.length),
                *(shape.noise_channels, self.device),
            )
            noise.append(field(asked))
        return noise, rows, columns

    def rounding(self, side: int = 256) -> float:
        """What bfloat16 changes, root mean square over a picture, as a part of the range [0,1]."""
        exact, rounded = (
            replace(self, net=self.net.in_precision(dtype)).render(side, side)
            for dtype in (torch.float32, torch.bfloat16)
        )
        return (exact - rounded).square().mean().sqrt().item()

    def _bordered(self, inside: Plane, border: int, origin: Place) -> Bordered:
        """A tile whose border is that of another seed, if there is room for an inside."""
        check_seed(border, "border")
        halo = halo_cells(self.net.architecture.scales)
        least = (2 * halo[0] + 1) * self.net.architecture.coarsest
        if origin != (0, 0):
            raise Refused(f"origin is {origin}: tiles that match start at [0,0].")
        if not any(inside.period):
            raise Refused("tiles that match need tile=x, y or xy.")
        if min(length for length in inside.period if length) < least:
            raise Refused(f"tiles of this net that match are at least {least} pixels a side.")
        return Bordered(inside, Plane(border, inside.law, inside.period), halo)

    def check(self, size: Size, seed: int, origin: Place) -> None:
        """Refuse a window that is empty or off the plane, and a seed out of range."""
        for name, length in zip(SIDES, size, strict=True):
            if length < 1:
                raise Refused(f"{name} is {length}: a picture has at least 1 pixel a side.")
            if length > FARTHEST:
                raise Refused(f"{name} is {length}: the plane is no larger than 2^40 pixels.")
        check_seed(seed)
        for name, start, length in zip(("row", "column"), origin, size, strict=True):
            if not -FARTHEST <= start <= FARTHEST - length:
                raise Refused(f"origin {name} is {start}: the plane reaches from -2^40 to 2^40.")


def check_seed(seed: int, name: str = "seed") -> None:
    """Refuse what cannot be a seed."""
    try:
        index(seed)
    except TypeError as error:
        raise Refused(WHOLE) from error
    if not 0 <= seed < 2**64:
        raise Refused(f"{name} is {seed}: it must lie between 0 and 2^64-1.")


def _pair(numbers: object) -> tuple[int, int]:
    try:
        first, second = map(index, numbers)
    except (TypeError, ValueError) as error:
        raise Refused(WHOLE) from error
    return first, second
