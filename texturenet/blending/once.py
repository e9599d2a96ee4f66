"""The noise under a window, drawn once for all of its blocks and for all nets that read it."""

from dataclasses import dataclass, field, replace

from torch import Tensor

from ..noise.fields import Cells, Field
from ..types import Size


@dataclass(eq=False)
class Once:
    """A field that draws more than it is asked for, and cuts out of that afterwards.

    noise : what is drawn
    beyond : pixels below and to the right of the first block that other blocks of the window lie in
    """

    noise: Field
    beyond: Size
    drawn: dict[tuple[int, int, int], tuple[Cells, Tensor]] = field(default_factory=dict)

    def __call__(self, cells: Cells) -> Tensor:
        key = cells.scale, cells.cell, cells.channels
        if key not in self.drawn:
            down, right = (-(-pixels // cells.cell) for pixels in self.beyond)
            wide = replace(cells, height=cells.height + down, width=cells.width + right)
            self.drawn[key] = wide, self.noise(wide)
        wide, values = self.drawn[key]
        top, left = cells.top - wide.top, cells.left - wide.left
        bottom, end = top + cells.height, left + cells.width
        if min(top, left) < 0 or bottom > wide.height or end > wide.width:
            return self.noise(cells)
        return values[..., top:bottom, left:end]
