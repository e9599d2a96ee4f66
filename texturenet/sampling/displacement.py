"""A patch of one noise field that moves over another -> windows (1,3,h,w), at any offset.

Noise can only be moved by whole cells, which at the coarsest scale are many pixels. Coarser than
the `grain` of the motion, the net therefore works out both textures whole, each on its own grid,
and chooses between them where it joins the scale whose cells are that grain: what moves keeps its
coarse noise and its features to the bit, whatever the offset. (In S. Ladjal's course on texture
networks, where such films come from, coarse noise is the finest with cells left out: the patch has
other coarse noise at every offset, until it has moved by a whole coarsest cell.)
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import Refused
from ..generator.architecture import BLOCK_HALO, Span
from ..generator.frozen import FrozenPyramid
from ..noise.fields import Cells, Field
from ..types import Place
from .render import Renderer


@dataclass(frozen=True)
class Patch:
    """A rectangle of the moving field, in pixels of the plane, and how far it has moved."""

    top: int
    left: int
    height: int
    width: int
    offset: Place

    def covers(self, asked: Cells) -> Tensor:
        """Which of these cells it lies on now, (h,w)."""
        rows, columns = (
            (place >= first) & (place < first + length)
            for place, first, length in (
                (_pixels(asked, asked.top, asked.height), self.top + self.offset[0], self.height),
                (_pixels(asked, asked.left, asked.width), self.left + self.offset[1], self.width),
            )
        )
        return rows.view(-1, 1) & columns


def _pixels(asked: Cells, start: int, length: int) -> Tensor:
    return torch.arange(start, start + length, device=asked.device) * asked.cell


@dataclass(frozen=True)
class Patched:
    """The still field, and under the patch the moving one, which moves by whole cells."""

    still: Field
    moving: Field
    patch: Patch

    def __call__(self, asked: Cells) -> Tensor:
        covered = self.patch.covers(asked)
        if not covered.any():
            return self.still(asked)
        down, right = (distance // asked.cell for distance in self.patch.offset)
        moved = replace(asked, top=asked.top - down, left=asked.left - right)
        return torch.where(covered, self.moving(moved), self.still(asked))


@dataclass(frozen=True)
class Displaced:
    """The window of a texture at one moment of the motion. Offsets are multiples of the grain."""

    texture: Renderer
    still: Field
    moving: Field
    patch: Patch
    grain: int

    @torch.inference_mode()
    def __call__(self, size: Place, place: Place) -> Tensor:
        net, patch = self.texture.net, self.patch
        scale = grain_scale(net, self.grain)
        fine, rows, columns = self.texture.noise(
            Patched(self.still, self.moving, patch), size, place
        )
        drops = _drops(rows, columns)
        if scale == 0:  # every cell moves by whole cells
            return net(fine, drops)
        still, still_rows, still_columns = self.texture.noise(self.still, size, place)
        back = tuple(start - moved for start, moved in zip(place, patch.offset, strict=True))
        moving, *moving_spans = self.texture.noise(self.moving, size, back)
        branch = net.branch(scale, fine[scale])
        here, there = (
            net.join(scale, net.climb(noise[:scale], its[:scale]), branch, its[scale])
            for noise, its in (
                (still, _drops(still_rows, still_columns)),
                (moving, _drops(*moving_spans)),
            )
        )
        # A branch reads BLOCK_HALO cells on every side, the first layer of a body one more.
        edge = BLOCK_HALO + 1
        joined = Cells(
            scale,
            self.grain,
            rows[scale].start + edge,
            columns[scale].start + edge,
            *here.shape[-2:],
            channels=1,
            device=here.device,
        )
        features = net.body(scale, torch.where(patch.covers(joined), there, here))
        return net.colours(net.climb(fine[scale + 1 :], drops[scale + 1 :], features))


def grain_scale(net: FrozenPyramid, grain: int) -> int:
    """The scale whose cells are `grain` pixels a side. Raises Refused."""
    cells = [net.architecture.cell(scale) for scale in range(net.architecture.scales)]
    if grain not in cells:
        raise Refused(f"grain is {grain}: it must be one of {', '.join(map(str, cells[::-1]))}.")
    return cells.index(grain)


def _drops(rows: list[Span], columns: list[Span]) -> list[Place]:
    return [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
