"""`Renderer`: (net, seed, window) -> pictures (3,H,W) in [0,1].

A texture is an endless plane for every seed. A picture is a window on it; a tile is one period of a
plane whose noise is periodic. Torch is all that is needed here.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from operator import index
from typing import SupportsIndex

import torch
from torch import Tensor

from ..errors import Refused, nearest
from ..generator import release
from ..generator.architecture import COLOURS, Span, blocks
from ..generator.frozen import FrozenPyramid
from ..materials.kinds import Maps
from ..materials.planes import Layout
from ..noise.fields import Bordered, Cells, Field, Plane, Waved, period_of
from ..noise.philox import Period
from ..noise.waves import Waves
from ..types import Card, Place, Size
from .blockwise import Blocks, Under

SIDES = ("height", "width")
TILES = {"none": (False, False), "x": (False, True), "y": (True, False), "xy": (True, True)}
BLOCK = {"cpu": 256, "cuda": 2048}  # pixels a side through the net at once: features stay in cache
DRAWN = 4  # blocks a side whose noise is drawn at once, and whose coarse features (`Blocks`)
FARTHEST = 2**40  # pixels from the origin, well inside the plane's 48-bit addresses
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WHOLE = "sizes, seeds and both parts of origin are whole numbers."
Window = Callable[[Size, Place], Tensor]  # -> unclamped (1,3,h,w)
Whole = SupportsIndex  # int, and whole numbers of numpy and torch


@dataclass(frozen=True, eq=False)
class Renderer:
    """A frozen net and its card (name, exemplar, licence, recipe ...): windows of its planes.

    Two are equal only if they are the same object.

    =========== ================================================ ==================================
    method      takes                                            gives
    =========== ================================================ ==================================
    `plane`     size, seed, tile                                 the noise field of a seed
    `still`     a noise field                                    a `Window` function on it
    `view`      what `render` takes                              the `Window` function of a picture
    `window`    a field, size, origin                            (1,3,h,w), unclamped, on the device
    `picture`   a `Window` function, size, origin                (3,H,W) in [0,1], on the CPU
    `render`    height, width, seed, origin, tile, border        the same: `picture` of a `view`
    =========== ================================================ ==================================
    """

    net: FrozenPyramid
    card: Card

    @property
    def coarsest(self) -> int:
        """Pixels: sides of tiles are multiples of it."""
        periods = self.waves.periods if self.waves else ()
        return math.lcm(self.net.architecture.coarsest, *periods)

    @cached_property
    def waves(self) -> Waves | None:
        """The waves beside the noise of a regular texture."""
        return release.waves_of(self.card)

    @cached_property
    def layout(self) -> Layout | None:
        """Which maps a material's net draws; None for a texture of colour alone."""
        return release.layout_of(self.card, self.net.architecture.outputs)

    @property
    def material(self) -> Layout:
        """The same. Raises Refused for a texture of colour alone."""
        if self.layout is None:
            raise Refused(f"{self.card['name']!r} draws colour alone: it is no material.")
        return self.layout

    @property
    def device(self) -> torch.device:
        """Where the net is; pictures are handed over on the CPU."""
        return self.net.output_weight.device

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights."""
        return release.fingerprint(self.net)

    @property
    def precision(self) -> str:
        """ "float32" or "bfloat16", of the two finest scales."""
        return next(name for name, dtype in PRECISIONS.items() if dtype == self.net.fine)

    def render(
        self,
        height: Whole,
        width: Whole,
        seed: Whole = 0,
        origin: Iterable[Whole] = (0, 0),
        tile: str = "none",
        border: Whole | None = None,
    ) -> Tensor:
        """A window of the plane of a seed: the same pixels whatever else is drawn.

        Parameters
        ----------
        height, width : in pixels, 1 or more
        seed : which plane, 0 .. 2^64-1
        origin : (row, column) of the upper left pixel, within 2^40 of the plane's origin
        tile : "x", "y" or "xy" makes the picture one period of a plane that repeats along those
            axes; their sides are multiples of `coarsest`
        border : the seed of the cells along a tile's border, 0 .. 2^64-1. Tiles of one size that
            share it, drawn at origin (0,0), fit beside each other, whatever their seeds

        Returns
        -------
        float32 (3,H,W) in [0,1], sRGB, on the CPU

        Raises
        ------
        Refused : for a size, seed, origin or period that cannot be
        """
        size, place = whole_pair((height, width)), whole_pair(origin)
        return self.picture(self.view(size, seed, place, tile, border), size, place)

    def maps(
        self,
        height: Whole,
        width: Whole,
        seed: Whole = 0,
        origin: Iterable[Whole] = (0, 0),
        tile: str = "none",
        border: Whole | None = None,
    ) -> Maps:
        """All maps of a material in a window of the plane of a seed, aligned; colour is what
        `render` gives.

        Takes what `render` does.

        Returns
        -------
        {kind: float32 (C,H,W)}, on the CPU, see `materials.kinds.KINDS`: colour (sRGB), height,
        roughness, occlusion and metallic in [0,1]; normals are unit vectors with y up, z > 0

        Raises
        ------
        Refused : for a texture that draws colour alone, and as `render` does
        """
        size, place = whole_pair((height, width)), whole_pair(origin)
        view = self.view(size, seed, place, tile, border, self.material.count)
        return self.maps_of(view, size, place)

    def maps_of(self, window: Window, size: Size, origin: Place) -> Maps:
        """What `maps` gives, of a `Window` function of all planes."""
        layout = self.material
        # Slopes come out of the heights around them: beyond the border of a tile, of the next one.
        (top, left), margin = origin, layout.margin
        wider = size[0] + 2 * margin, size[1] + 2 * margin
        made = self.drawn(window, wider, (top - margin, left - margin), layout.count)
        return layout.decoded(layout.drawn(made[None])[0].clamp(0, 1))

    def view(
        self,
        size: Iterable[Whole],
        seed: Whole,
        origin: Iterable[Whole],
        tile: str,
        border: Whole | None = None,
        planes: int = COLOURS,
    ) -> Window:
        """What `render` would draw, as a function from (size, place) to any part of it.

        Its places are those of the plane: `origin` is the upper left pixel of the picture. The
        parts are unclamped (1,3,h,w), on the net's device. Raises Refused as `render` does.
        """
        sides, place = whole_pair(size), whole_pair(origin)
        number = self.check(sides, seed, place)
        plane = self.plane(sides, number, tile)
        if border is None:
            return self.still(plane, number, planes)
        shared = whole_seed(border, "border")
        return self.still(self._bordered(plane, shared, place), shared, planes)

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
        rows, columns = (
            length if repeats else None for length, repeats in zip(size, TILES[tile], strict=True)
        )
        return Plane(seed, self.card["law"], (rows, columns))

    def still(self, field: Field, seed: int, planes: int = COLOURS) -> Window:
        """The texture on a noise field, as a function from (size, place) to a window of it.

        seed : the one that decides where the waves of a regular texture lie
        planes : how many of those that the net draws
        """
        waved = self.waved(field, seed)
        return lambda size, place: self.window(waved, size, place, planes)

    def waved(self, field: Field, seed: int, period: Period | None = None) -> Field:
        """A field with the waves of a regular texture beside it, where this seed has them. period:
        after which it repeats, if it does not say that itself."""
        if (waves := self.waves) is None:
            return field
        return Waved(field, waves, seed, period or period_of(field))

    def picture(self, window: Window, size: Size, origin: Place = (0, 0)) -> Tensor:
        """What a `Window` function shows of a rectangle, drawn in blocks.

        -> float32 (3,H,W) in [0,1], on the CPU. Raises Refused where the net makes values that are
        not finite.
        """
        return self.drawn(window, size, origin).clamp_(0, 1)

    def drawn(
        self, window: Window, size: Size, origin: Place = (0, 0), planes: int = COLOURS
    ) -> Tensor:
        """What `picture` gives before it is clamped, of a window of so many planes."""
        picture = torch.empty(planes, *size, dtype=torch.float32)
        for (down, right), (height, width) in blocks(size, DRAWN * BLOCK[self.device.type]):
            # The precision is the net's own, whatever a program around it has set.
            with torch.autocast(self.device.type, enabled=False):
                part = window((height, width), (origin[0] + down, origin[1] + right))
            if not part.isfinite().all():
                raise Refused(f"the net of {self.card['name']!r} makes values that are not finite.")
            picture[:, down : down + height, right : right + width] = part[0]
        return picture

    @torch.inference_mode()
    def window(self, field: Field, size: Size, origin: Place, planes: int = COLOURS) -> Tensor:
        """One window of a field as the net makes it: unclamped (1,P,h,w), on the net's device.

        field : noise, with the waves of a regular texture beside it (`waved`)
        planes : P, of those that the net draws: colours, without which nothing is drawn, come first
        """
        drawn = Blocks(self.net, self.noise(field, size, origin)).drawn
        made = torch.empty(1, planes, *size, dtype=torch.float32, device=self.device)
        for (down, right), (height, width) in blocks(size, BLOCK[self.device.type]):
            rows = self.spans(origin[0] + down, height)
            columns = self.spans(origin[1] + right, width)
            block = drawn(rows, columns)[:, :planes]
            made[..., down : down + height, right : right + width] = block
        return made

    def spans(self, start: int, length: int) -> list[Span]:
        return self.net.architecture.spans(start, length)

    def noise(self, field: Field, size: Size, origin: Place) -> Under:
        """The noise under a window and its halo."""
        rows, columns = (self.spans(*pair) for pair in zip(origin, size, strict=True))
        return Under([field(cells) for cells in self.cells(size, origin)], rows, columns)

    def cells(self, size: Size, origin: Place) -> Iterator[Cells]:
        """Of every scale, coarse to fine, those under a window and its halo."""
        shape = self.net.architecture
        rows, columns = (self.spans(*pair) for pair in zip(origin, size, strict=True))
        for scale, (row, column) in enumerate(zip(rows, columns, strict=True)):
            yield Cells(
                scale=scale,
                cell=shape.cell(scale),
                top=row.start,
                left=column.start,
                height=row.length,
                width=column.length,
                channels=shape.noise_channels,
                device=self.device,
            )

    def rounding(self, side: int = 256) -> float:
        """What bfloat16 changes in a picture of side x side pixels.

        -> root mean square of the difference, of values in [0,1].
        """
        exact, rounded = (
            replace(self, net=self.net.in_precision(dtype)).render(side, side)
            for dtype in (torch.float32, torch.bfloat16)
        )
        return (exact - rounded).square().mean().sqrt().item()

    def _bordered(self, inside: Plane, border: int, origin: Place) -> Bordered:
        """A tile whose border is that of another seed. Raises Refused where it has no inside."""
        halo = self.net.architecture.halo_cells()
        if self.layout and self.layout.margin:
            # Slopes at a border look at a pixel of the next tile, which may then not differ either.
            halo = tuple(cells + 1 for cells in halo)
        least = (2 * halo[0] + 1) * self.net.architecture.coarsest
        if origin != (0, 0):
            raise Refused(f"origin is {origin}: tiles that match start at [0,0].")
        if not any(inside.period):
            raise Refused("tiles that match need tile=x, y or xy.")
        if min(length for length in inside.period if length) < least:
            raise Refused(f"tiles of this net that match are at least {least} pixels a side.")
        return Bordered(inside, Plane(border, inside.law, inside.period), halo)

    def check(self, size: Size, seed: Whole, origin: Place) -> int:
        """Refuse a window that is empty or off the plane, and a seed out of range -> the seed."""
        check_sides(size)
        for name, length in zip(SIDES, size, strict=True):
            if length > FARTHEST:
                raise Refused(f"{name} is {length}: the plane is no larger than 2^40 pixels.")
        for name, start, length in zip(("row", "column"), origin, size, strict=True):
            if not -FARTHEST <= start <= FARTHEST - length:
                raise Refused(f"origin {name} is {start}: the plane reaches from -2^40 to 2^40.")
        return whole_seed(seed)


def check_sides(size: Size) -> None:
    """Refuse a picture of (height, width) that is empty."""
    for name, length in zip(SIDES, size, strict=True):
        if length < 1:
            raise Refused(f"{name} is {length}: a picture has at least 1 pixel a side.")


def whole_seed(seed: Whole, name: str = "seed") -> int:
    """A seed from whatever is a whole number, tensors included. Raises Refused."""
    try:
        number = index(seed)
    except TypeError as error:
        raise Refused(WHOLE) from error
    if not 0 <= number < 2**64:
        raise Refused(f"{name} is {number}: it must lie between 0 and 2^64-1.")
    return number


def whole_pair(numbers: Iterable[Whole]) -> tuple[int, int]:
    """Two whole numbers from whatever holds them. Raises Refused."""
    try:
        first, second = map(index, numbers)
    except (TypeError, ValueError) as error:
        raise Refused(WHOLE) from error
    return first, second
