"""The shape of the pyramid: its convolutions, and which cells of noise lie under which pixels.

Two families. `Architecture.growing` is that of Ulyanov et al. 2016, section 4.1, and the authors'
models/pyramid.lua (branch texture_nets_v1): per scale conv3-conv3-conv1, joined coarse to fine by
nearest x2 upsampling and concatenation, and every scale adds channels. The other is wide at the
coarse end, where a pixel of features lies under many of the picture and costs little: a 1x1
convolution mixes the coarser features down to the width of the next scale before they are
upsampled.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from math import prod

from ..errors import Refused

SLOPE = 0.01  # LeakyReLU of torch7, the authors' default
KERNELS = (3, 3, 1)  # one block
Drop = tuple[int, int]  # rows and columns to leave out in front
BLOCK_HALO = sum(kernel // 2 for kernel in KERNELS)
# Beyond these a net is no texture net any more, and a file that claims it is hostile.
MOST_SCALES, MOST_STEP, MOST_NOISE = 12, 256, 64
COLOURS, MOST_OUTPUTS = 3, 16
MOST_WIDTH = MOST_SCALES * MOST_STEP
MOST_VALUES = 2**25


@dataclass(frozen=True)
class Span:
    """What one scale needs along one axis: cells from `start`, `length` of them, and the pixels
    to drop in front once the coarser scale has been upsampled."""

    start: int
    length: int
    drop: int


@dataclass(frozen=True)
class Architecture:
    """The sizes of a net of K scales.

    Parameters
    ----------
    widths : channels that leave each scale, coarse to fine
    branch : channels of the block that each scale but the coarsest has for its own noise; 0 where
        the noise enters the body as it is
    noise_channels : of the noise of each scale
    mixed : whether a 1x1 convolution brings coarser features to the next width before upsampling
    heads : whether every scale has colours of its own, not the finest alone
    outputs : planes that it draws: the colours, and behind them the other maps of a material

    Raises
    ------
    Refused : for sizes out of range, and for more than MOST_VALUES weights
    """

    widths: tuple[int, ...]
    branch: int
    noise_channels: int
    mixed: bool = True
    heads: bool = False
    outputs: int = COLOURS

    @classmethod
    def growing(cls, scales: int, step: int, noise_channels: int) -> "Architecture":
        """Of Ulyanov et al. 2016: every scale adds `step` channels, those of its noise."""
        _check_size("scales", scales, 1, MOST_SCALES)
        _check_size("step", step, 1, MOST_STEP)
        widths = tuple(step * (scale + 1) for scale in range(scales))
        return cls(widths, step, noise_channels, mixed=False)

    def __post_init__(self) -> None:
        _check_size("the number of scales", len(self.widths), 1, MOST_SCALES)
        for width in self.widths:
            _check_size("a width", width, 1, MOST_WIDTH)
        _check_size("branch", self.branch, 0, MOST_WIDTH)
        _check_size("noise_channels", self.noise_channels, 1, MOST_NOISE)
        _check_size("outputs", self.outputs, COLOURS, MOST_OUTPUTS)
        for name in ("mixed", "heads"):
            if type(value := getattr(self, name)) is not bool:
                raise Refused(f"{name} is {value!r}: it must be true or false.")
        if (values := sum(map(prod, self.shapes().values()))) > MOST_VALUES:
            widths = ", ".join(map(str, self.widths))
            raise Refused(
                f"{self.scales} scales of {widths} channels make {values} weights, more than "
                f"{MOST_VALUES}: say fewer."
            )

    def facts(self) -> dict[str, object]:
        """As a released file states it."""
        return asdict(self) | {"widths": list(self.widths)}

    @property
    def scales(self) -> int:
        """K."""
        return len(self.widths)

    @property
    def coarsest(self) -> int:
        """Pixels under one cell of the coarsest scale; periodic sizes are multiples of it."""
        return self.cell(0)

    def cell(self, scale: int) -> int:
        """Pixels under one cell of scale 0 (coarsest) .. K-1 (finest), a side."""
        return 2 ** (self.scales - 1 - scale)

    def reduced(self, octave: int) -> "Architecture":
        """The part that draws pictures 2^octave times smaller, by the head of its finest scale."""
        if octave and not self.heads:
            raise Refused("this net makes colours at its finest scale only.")
        return replace(self, widths=self.widths[: self.scales - octave])

    def check_period(self, what: str, length: int) -> None:
        """Refuse a periodic length that is no whole number of coarsest cells, with the nearest."""
        if length % self.coarsest:
            below = length // self.coarsest * self.coarsest
            near = f"{below} and {below + self.coarsest}" if below else f"{self.coarsest}"
            raise Refused(
                f"{what} {length} is not a multiple of {self.coarsest} ({self.scales} scales); "
                f"nearest: {near}."
            )

    def deep(self, scale: int) -> int:
        """Channels of the coarser features that are upsampled into scale 1 .. K-1."""
        return self.widths[scale if self.mixed else scale - 1]

    @property
    def beside(self) -> int:
        """Channels of noise, or of its branch, that stand beside them."""
        return self.branch or self.noise_channels

    @property
    def branch_halo(self) -> int:
        """Cells that a branch of scale 1 .. K-1 reads beyond its border."""
        return BLOCK_HALO if self.branch else 0

    def branched(self, scale: int) -> bool:
        """Whether the noise of a scale goes through a block of its own. At scale 0 it always does:
        there it is all there is."""
        return scale == 0 or self.branch > 0

    def convolutions(self) -> Iterator[tuple[str, int, int, int]]:
        """(name, channels in, channels out, kernel) of every convolution, coarse to fine."""
        for scale, width in enumerate(self.widths):
            if self.branched(scale):
                own = self.branch if scale else width
                yield from self._block(f"branch.{scale}", self.noise_channels, own)
            if scale:
                if self.mixed:
                    yield f"mix.{scale}.0", self.widths[scale - 1], width, 1
                yield from self._block(f"body.{scale}", self.deep(scale) + self.beside, width)
            if self.heads and scale < self.scales - 1:
                yield f"head.{scale}", width, self.outputs, 1
        yield "output", self.widths[-1], self.outputs, 1

    def head(self, scale: int | None = None) -> str:
        """The convolution that makes colours of the features of a scale; of the finest if None.
        Raises Refused where that scale has none."""
        if scale is None or scale == self.scales - 1:
            return "output"
        if not self.heads:
            raise Refused(f"this net makes colours at its finest scale only, not at {scale}.")
        return f"head.{scale}"

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

    def spans(self, start: int, length: int) -> list[Span]:
        """Cells of every scale, coarse to fine, under pixels start .. start+length-1 and their
        halo."""
        lines = []
        low, high = start, start + length
        for scale in reversed(range(self.scales)):
            if scale == 0:
                lines.append(Span(low - BLOCK_HALO, high - low + 2 * BLOCK_HALO, 0))
                break
            low, high = low - BLOCK_HALO, high + BLOCK_HALO
            halo = self.branch_halo
            # Floor division is right for negative places too.
            lines.append(Span(low - halo, high - low + 2 * halo, low % 2))
            low, high = low // 2, -(-high // 2)
        return lines[::-1]

    def features(self, span: Span, scale: int) -> Span:
        """The span of the noise of a scale -> that of the features that leave it."""
        halo = BLOCK_HALO + (self.branch_halo if scale else 0)
        return Span(span.start + halo, span.length - 2 * halo, 0)

    def halo_cells(self) -> tuple[int, ...]:
        """Cells of every scale, coarse to fine, that a whole number of coarsest cells reads beyond
        its own border, on the side where it reads more."""
        cells = [self.coarsest >> scale for scale in range(self.scales)]
        pairs = zip(self.spans(0, self.coarsest), cells, strict=True)
        return tuple(
            max(-span.start, span.start + span.length - self.coarsest // cell)
            for span, cell in pairs
        )

    @property
    def view(self) -> int:
        """Pixels a side that may decide one pixel: the receptive field, to whole coarsest cells."""
        return 2 * self.halo_cells()[0] * self.coarsest


def _check_size(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise Refused(f"{name} is {value!r}: it must lie between {least} and {most}.")


def blocks(size: tuple[int, int], side: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """(place, size) of the squares that a rectangle is cut into, the last of them cut short."""
    height, width = size
    for down, right in product(range(0, height, side), range(0, width, side)):
        yield (down, right), (min(side, height - down), min(side, width - right))
