"""The shape of the pyramid: its convolutions, and which cells of noise lie under which pixels.

Ulyanov et al. 2016, section 4.1 and the authors' models/pyramid.lua (branch texture_nets_v1): per
scale conv3-conv3-conv1, joined coarse to fine by nearest x2 upsampling and concatenation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod

from ..errors import Refused

SLOPE = 0.01  # LeakyReLU of torch7, the authors' default
KERNELS = (3, 3, 1)  # one block
Drop = tuple[int, int]  # rows and columns to leave out in front
BLOCK_HALO = sum(kernel // 2 for kernel in KERNELS)
# Beyond these a net is no texture net any more, and a file that claims it is hostile.
MAX_SIZES = {"scales": 12, "step": 256, "noise_channels": 64}
MOST_VALUES = 2**25


@dataclass(frozen=True)
class Architecture:
    """How many scales K, channels added per scale, and noise channels per scale."""

    scales: int
    step: int
    noise_channels: int

    def __post_init__(self) -> None:
        for name, most in MAX_SIZES.items():
            if type(value := getattr(self, name)) is not int or not 1 <= value <= most:
                raise Refused(f"{name} is {value!r}: it must lie between 1 and {most}.")
        if (values := sum(map(prod, self.shapes().values()))) > MOST_VALUES:
            raise Refused(
                f"{self.scales} scales of step {self.step} make {values} weights, more than "
                f"{MOST_VALUES}: say fewer."
            )

    @property
    def coarsest(self) -> int:
        """Pixels under one cell of the coarsest scale; periodic sizes are multiples of it."""
        return self.cell(0)

    def cell(self, scale: int) -> int:
        """Pixels under one cell of scale 0 (coarsest) .. K-1 (finest), a side."""
        return 2 ** (self.scales - 1 - scale)

    def check_period(self, what: str, length: int) -> None:
        """Refuse a periodic length that is no whole number of coarsest cells, with the nearest."""
        if length % self.coarsest:
            below = length // self.coarsest * self.coarsest
            near = f"{below} and {below + self.coarsest}" if below else f"{self.coarsest}"
            raise Refused(
                f"{what} {length} is not a multiple of {self.coarsest} ({self.scales} scales); "
                f"nearest: {near}."
            )

    def width(self, scale: int) -> int:
        """Channels that leave scale 0 (coarsest) .. K-1 (finest)."""
        return self.step * (scale + 1)

    def convolutions(self) -> Iterator[tuple[str, int, int, int]]:
        """(name, channels in, channels out, kernel) of every convolution, coarse to fine."""
        for scale in range(self.scales):
            yield from self._block(f"branch.{scale}", self.noise_channels, self.step)
            if scale:
                yield from self._block(f"body.{scale}", self.width(scale), self.width(scale))
        yield "output", self.width(self.scales - 1), 3, 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of every weight and bias, by name."""
        shapes: dict[str, tuple[int, ...]] = {}
        for name, channels, out, kernel in self.convolutions():
            shapes[f"{name}.weight"] = out, channels, kernel, kernel
            shapes[f"{name}.bias"] = (out,)
        return shapes

    @staticmethod
    def _block(name: str, channels: int, width: int) -> Iterator[tuple[str, int, int, int]]:
        for index, kernel in enumerate(KERNELS):
            yield f"{name}.{index}", width if index else channels, width, kernel


@dataclass(frozen=True)
class Span:
    """What one scale needs along one axis: cells from `start`, `length` of them, and the pixels
    to drop in front once the coarser scale has been upsampled."""

    start: int
    length: int
    drop: int


def spans(scales: int, start: int, length: int) -> list[Span]:
    """Cells of every scale, coarse to fine, under pixels start .. start+length-1 and their halo."""
    lines = []
    low, high = start, start + length
    for scale in reversed(range(scales)):
        if scale == 0:
            lines.append(Span(low - BLOCK_HALO, high - low + 2 * BLOCK_HALO, 0))
            break
        low, high = low - BLOCK_HALO, high + BLOCK_HALO
        # Floor division is right for negative places too.
        lines.append(Span(low - BLOCK_HALO, high - low + 2 * BLOCK_HALO, low % 2))
        low, high = low // 2, -(-high // 2)
    return lines[::-1]


def halo_cells(scales: int) -> tuple[int, ...]:
    """Cells of every scale, coarse to fine, that a whole number of coarsest cells reads beyond its
    own border, on the side where it reads more."""
    coarsest = 2 ** (scales - 1)
    cells = [coarsest >> scale for scale in range(scales)]
    pairs = zip(spans(scales, 0, coarsest), cells, strict=True)
    return tuple(
        max(-span.start, span.start + span.length - coarsest // cell) for span, cell in pairs
    )


def blocks(size: tuple[int, int], side: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """(place, size) of the squares that a rectangle is cut into, the last of them cut short."""
    height, width = size
    for down, right in product(range(0, height, side), range(0, width, side)):
        yield (down, right), (min(side, height - down), min(side, width - right))
