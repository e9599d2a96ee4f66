"""What goes into an exported net and what comes out of it: names, channels, cells.

A window of an exported net begins at multiples of the coarsest cell and has sides that are such
multiples. The rows and columns that are dropped after an upsampling are then the same for all of
them, and stand in the file as constants.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import lcm

from ..generator.architecture import Architecture, Span
from ..materials.kinds import KINDS
from ..materials.planes import Layout
from ..sampling.texture import Texture

COLOUR = "color"  # as engines and the files of a material spell it
NAMES = {kind: COLOUR if kind == "colour" else kind for kind in KINDS}


@dataclass(frozen=True)
class Input:
    """The noise of one scale, or the waves beside it, (B,channels,h,w).

    Attributes
    ----------
    name : noise_0 (coarsest) .. noise_K-1, waves_0 .. waves_K-1
    scale, channels : as of `noise.fields.Cells`
    cell : pixels a side of a cell
    first : the first cell of a window that begins at 0
    more : cells that it has beyond its length in cells, along each axis
    """

    name: str
    scale: int
    channels: int
    cell: int
    first: int
    more: int

    def cells(self, start: int, length: int) -> tuple[int, int]:
        """The first cell under `length` pixels from `start` on, and how many; both are multiples
        of the coarsest cell."""
        return start // self.cell + self.first, length // self.cell + self.more


@dataclass(frozen=True)
class Ports:
    """All of a net's inputs and outputs.

    Attributes
    ----------
    multiple : pixels of which sides and places of windows are multiples
    period : the same of tiles, (rows, columns), which waves may make larger
    outputs : {name: channels}, in order
    constants : {map: its value everywhere}, of maps that are not drawn
    reach : cells of each scale that count as near the border of matching tiles
    """

    multiple: int
    period: tuple[int, int]
    inputs: tuple[Input, ...]
    outputs: Mapping[str, int]
    constants: Mapping[str, float]
    reach: tuple[int, ...]

    def facts(self) -> dict[str, object]:
        """As an exported file states it."""
        return asdict(self) | {"outputs": dict(self.outputs), "constants": dict(self.constants)}


def ports_of(texture: Texture) -> Ports:
    """Of a texture's net."""
    shape, layout, waves = texture.net.architecture, texture.layout, texture.waves
    waved = waves.channels if waves else 0
    margin = layout.margin if layout else 0
    groups = [("noise", shape.noise_channels - waved)]
    if waved:
        groups.append(("waves", waved))
    inputs = []
    for group, channels in groups:
        for scale, span in enumerate(spans(shape, margin, shape.coarsest)):
            cell = shape.cell(scale)
            more = span.length - shape.coarsest // cell
            inputs.append(Input(f"{group}_{scale}", scale, channels, cell, span.start, more))
    down, right = waves.periods if waves else (1, 1)
    constants = layout.constants if layout else {}
    return Ports(
        multiple=shape.coarsest,
        period=(lcm(shape.coarsest, down), lcm(shape.coarsest, right)),
        inputs=tuple(inputs),
        outputs=_outputs(layout),
        constants={NAMES[kind]: value for kind, value in constants.items()},
        reach=tuple(cells + margin for cells in shape.halo_cells()),
    )


def spans(shape: Architecture, margin: int, length: int) -> list[Span]:
    """Of pixels 0 .. length-1 and a margin around them."""
    return shape.spans(-margin, length + 2 * margin)


def _outputs(layout: Layout | None) -> dict[str, int]:
    kinds = layout.kinds if layout else ("colour",)
    return {NAMES[kind]: KINDS[kind].channels for kind in kinds}
