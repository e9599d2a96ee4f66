"""Noise under a window -> planes of its blocks, which share what would be computed again for each.

At the coarse end of a net the halo of a block is as wide as the block itself. So the coarse scales
are computed for the whole window, and block by block the fine ones alone, whose features are as
many as the pixels and have to stay in cache.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor

from ..generator.architecture import Drop, Span
from ..generator.frozen import FrozenPyramid

FINE = 2  # scales that are computed block by block, where a net's scales can be taken apart


class Under(NamedTuple):
    """Noise under a window and its halo: (1,C_z,h_k,w_k) of each scale, coarse to fine, and the
    spans of their rows and columns."""

    noise: list[Tensor]
    rows: list[Span]
    columns: list[Span]

    @property
    def drops(self) -> list[Drop]:
        """Of every scale, as nets take them."""
        return [
            (row.drop, column.drop) for row, column in zip(self.rows, self.columns, strict=True)
        ]

    def part(self, rows: list[Span], columns: list[Span]) -> "Under":
        """What lies under a window within this one, whose spans these are."""
        within = zip(self.noise, self.rows, self.columns, rows, columns, strict=True)
        noise = [_cut(z, (row, column), inner) for z, row, column, *inner in within]
        return Under(noise, rows, columns)


class Blocks:
    """Blocks of one window, drawn by a net.

    net : a `FrozenPyramid`, or what stands for one and is asked as a whole, as the nets of blends
        are; so is any net on a GPU, whose blocks are so large that their halos do not count
    """

    def __init__(self, net: FrozenPyramid, under: Under) -> None:
        self.net, self.under = net, under
        self.coarse = max(0, net.architecture.scales - FINE)
        self.above: Callable[[Under], Tensor] | None = None
        on_cpu = under.noise[0].device.type == "cpu"
        if self.coarse and on_cpu and isinstance(net, FrozenPyramid):
            self.above = self._climbed()

    def _climbed(self) -> Callable[[Under], Tensor]:
        """-> the fine scales of a block, above features of the whole window."""
        net = self.net
        some, rest = slice(self.coarse), slice(self.coarse, None)
        features = net.climb(self.under.noise[some], self.under.drops[some])
        whole = self._shown(self.under)

        def drawn(block: Under) -> Tensor:
            deep = _cut(features, whole, self._shown(block))
            return net.colours(net.climb(block.noise[rest], block.drops[rest], deep))

        return drawn

    def _shown(self, under: Under) -> list[Span]:
        """Rows and columns of the features of the last coarse scale."""
        last = self.coarse - 1
        shape = self.net.architecture
        return [shape.features(of[last], last) for of in (under.rows, under.columns)]

    def drawn(self, rows: list[Span], columns: list[Span]) -> Tensor:
        """The block whose spans these are -> unclamped planes (1,P,h,w)."""
        block = self.under.part(rows, columns)
        return self.above(block) if self.above else self.net(block.noise, block.drops)


def _cut(plane: Tensor, whole: Sequence[Span], part: Sequence[Span]) -> Tensor:
    """Rows and columns `part` of a plane (1,C,h,w) that has those of `whole`."""
    (row, column), (above, before) = part, whole
    plane = plane[..., row.start - above.start :, column.start - before.start :]
    return plane[..., : row.length, : column.length]
