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
from ..generator.architecture import COLOURS
from ..generator.frozen import FrozenPyramid
from ..noise.fields import Cells, Field
from ..types import Place, Size
from .render import Renderer


@dataclass(frozen=True)
class Patch:
    """A rectangle of the moving field, in pixels of the plane, and how far it has moved."""

    top: int
    left: int
    height: int
    width: int
    offset: Place

    def covers(self, cells: Cells) -> Tensor:
        """Which of these cells it lies on now, (h,w)."""
        rows, columns = (
            (place >= first) & (place < first + length)
            for place, first, length in (
                (_pixels(cells, cells.top, cells.height), self.top + self.offset[0], self.height),
                (_pixels(cells, cells.left, cells.width), self.left + self.offset[1], self.width),
            )
        )
        return rows.view(-1, 1) & columns


def _pixels(cells: Cells, start: int, length: int) -> Tensor:
    """Where cells begin on an axis, in pixels (length,)."""
    return torch.arange(start, start + length, device=cells.device) * cells.cell


@dataclass(frozen=True)
class Patched:
    """The still field, and under the patch the moving one, which moves by whole cells."""

    still: Field
    moving: Field
    patch: Patch

    def __call__(self, cells: Cells) -> Tensor:
        covered = self.patch.covers(cells)
        if not covered.any():
            return self.still(cells)
        down, right = (distance // cells.cell for distance in self.patch.offset)
        before = replace(cells, top=cells.top - down, left=cells.left - right)
        return torch.where(covered, self.moving(before), self.still(cells))


@dataclass(frozen=True)
class Displaced:
    """The window of a texture at one moment of the motion: (size, place) -> unclamped (1,P,h,w).

    Offsets of the patch are multiples of the grain; planes: P, of those that the net draws.
    """

    texture: Renderer
    still: Field
    moving: Field
    patch: Patch
    grain: int
    planes: int = COLOURS

    @torch.inference_mode()
    def __call__(self, size: Size, place: Place) -> Tensor:
        net, patch = self.texture.net, self.patch
        scale = grain_scale(net, self.grain)
        fine = self.texture.noise(Patched(self.still, self.moving, patch), size, place)
        if scale == 0:  # every cell moves by whole cells
            return net(fine.noise, fine.drops)[:, : self.planes]
        before = (place[0] - patch.offset[0], place[1] - patch.offset[1])
        branch = net.branch(scale, fine.noise[scale])
        here, there = (
            net.join(
                scale, net.climb(its.noise[:scale], its.drops[:scale]), branch, its.drops[scale]
            )
            for its in (
                self.texture.noise(self.still, size, place),
                self.texture.noise(self.moving, size, before),
            )
        )
        # A branch reads cells on every side, the first layer of a body one more.
        edge = net.architecture.branch_halo + 1
        joined = Cells(
            scale=scale,
            cell=self.grain,
            top=fine.rows[scale].start + edge,
            left=fine.columns[scale].start + edge,
            height=here.shape[-2],
            width=here.shape[-1],
            channels=1,
            device=here.device,
        )
        features = net.body(scale, torch.where(patch.covers(joined), there, here))
        features = net.climb(fine.noise[scale + 1 :], fine.drops[scale + 1 :], features)
        return net.colours(features)[:, : self.planes]


def grain_scale(net: FrozenPyramid, grain: int) -> int:
    """The scale whose cells are `grain` pixels a side. Raises Refused."""
    cells = [net.architecture.cell(scale) for scale in range(net.architecture.scales)]
    if grain not in cells:
        raise Refused(f"grain is {grain}: it must be one of {', '.join(map(str, cells[::-1]))}.")
    return cells.index(grain)
