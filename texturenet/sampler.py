"""`load()` and `Texture`: (model, seed, window) -> pictures (3,H,W) in [0,1].

A texture is an endless plane for every seed. A picture is a window on it; a tile is one period of a
plane whose noise is periodic. Torch is all that is needed here.
"""

from dataclasses import dataclass
from itertools import product
from operator import index

import torch
from torch import Tensor

from . import checkpoint
from .errors import Refused, nearest
from .noise import LAWS, PICTURES, address, cells
from .pyramid import FrozenPyramid, spans

TILES = {"none": (False, False), "x": (False, True), "y": (True, False), "xy": (True, True)}
BLOCK = 384  # pixels a side: larger pictures are made in blocks that stay in cache
FARTHEST = 2**40  # pixels from the origin, well inside the plane's 48-bit addresses


def load(model: str, device: str | None = None) -> "Texture":
    """The name of a released net (see `texturenet models`), or a file -> Texture.

    device: a GPU if there is one, unless told. Raises Refused for what is not a model.
    """
    net, card = checkpoint.load(checkpoint.find(str(model)))
    return Texture(net.to(device or best_device()), card)


def best_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True)
class Texture:
    """A frozen net and its card (name, exemplar, licence, recipe ...)."""

    net: FrozenPyramid
    card: dict

    @property
    def coarsest(self) -> int:
        """Sides of tiles are multiples of this."""
        return self.net.architecture.coarsest

    def render(
        self,
        height: int,
        width: int,
        seed: int = 0,
        origin: tuple[int, int] = (0, 0),
        tile: str = "none",
    ) -> Tensor:
        """The height x width window at origin (row, column) -> (3,H,W) in [0,1], on the CPU.

        tile: "x", "y" or "xy" makes the picture one period of a plane that repeats on those axes.
        Raises Refused for a size, seed, origin or period that cannot be.
        """
        if not isinstance(tile, str) or tile not in TILES:
            raise Refused(f"tile is {tile!r}.{nearest(str(tile), TILES)}")
        try:
            height, width, seed, top, left = map(index, (height, width, seed, *origin))
        except (TypeError, ValueError) as error:
            raise Refused("sizes, seed and both parts of origin are whole numbers.") from error
        origin = (top, left)
        self._check(height, width, seed, origin, tile)
        vertical, horizontal = TILES[tile]
        period = (height if vertical else None, width if horizontal else None)
        picture = torch.empty(3, height, width)
        for down, right in product(range(0, height, BLOCK), range(0, width, BLOCK)):
            size = (min(BLOCK, height - down), min(BLOCK, width - right))
            place = (top + down, left + right)
            block = self.window(size, seed, place, period)
            if not block.isfinite().all():
                raise Refused(f"the net of {self.card['name']!r} makes values that are not finite.")
            picture[:, down : down + size[0], right : right + size[1]] = block[0].clamp(0, 1).cpu()
        return picture

    @torch.inference_mode()
    def window(
        self,
        size: tuple[int, int],
        seed: int = 0,
        origin: tuple[int, int] = (0, 0),
        period: tuple[int | None, int | None] = (None, None),
    ) -> Tensor:
        """One window of the plane as the net makes it, unclamped (1,3,h,w), on the net's device."""
        if size == period and not (origin[0] % self.coarsest or origin[1] % self.coarsest):
            return self.net(self._torus(size, seed, origin))
        scales = self.net.architecture.scales
        rows, columns = (
            spans(scales, start, length) for start, length in zip(origin, size, strict=True)
        )
        noise = [
            self._cells(seed, scale, (row.start, column.start), (row.length, column.length), period)
            for scale, (row, column) in enumerate(zip(rows, columns, strict=True))
        ]
        drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
        return self.net(noise, drops)

    def _torus(self, size: tuple[int, int], seed: int, origin: tuple[int, int]) -> list[Tensor]:
        """The noise of one whole period, coarse to fine, without a halo."""
        noise = []
        for scale in range(self.net.architecture.scales):
            cell = self.net.architecture.cell(scale)
            start, count = (tuple(value // cell for value in pair) for pair in (origin, size))
            noise.append(self._cells(seed, scale, start, count, size))
        return noise

    def _cells(self, seed, scale, start, count, period) -> Tensor:
        shape, device = self.net.architecture, self.net.output_weight.device
        cell = shape.cell(scale)
        rows, columns = (
            address(first, number, length and length // cell).to(device)
            for first, number, length in zip(start, count, period, strict=True)
        )
        uniform = cells([seed], scale, rows, columns, shape.noise_channels, PICTURES)
        return LAWS[self.card["law"]](uniform)

    def _check(
        self, height: int, width: int, seed: int, origin: tuple[int, int], tile: str
    ) -> None:
        for name, length, periodic in zip(
            ("height", "width"), (height, width), TILES[tile], strict=True
        ):
            if length < 1:
                raise Refused(f"{name} is {length}: a picture has at least 1 pixel a side.")
            if periodic:
                self.net.architecture.check_period(f"a tile's {name}", length)
        if not 0 <= seed < 2**64:
            raise Refused(f"seed is {seed}: it must lie between 0 and 2^64-1.")
        for name, start, length in zip(("row", "column"), origin, (height, width), strict=True):
            if not -FARTHEST <= start <= FARTHEST - length:
                raise Refused(f"origin {name} is {start}: the plane reaches from -2^40 to 2^40.")
