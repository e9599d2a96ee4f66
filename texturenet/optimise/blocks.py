"""A picture as a descriptor sees it, all at once or block by block -> features and their moments.

What memory does not hold is computed again or block by block, to the same numbers. A block is described with a margin as wide as its positions can see; what belongs to the margin is
left out. (Galerne et al. 2024, arXiv 2212.13459, describe very large pictures so.)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import torch
from torch import Tensor

from ..descriptors.base import ZEROS, Descriptor
from ..losses.statistics import MOMENTS, from_moments, moments_of


@dataclass(frozen=True)
class Stretch:
    """On one axis: own pixels start .. stop, seen pixels low .. high; `last` ends the picture."""

    start: int
    stop: int
    low: int
    high: int
    last: bool

    def inside(self, stride: int) -> slice:
        """The own positions of a layer among those of all that is seen."""
        end = self.high if self.last else self.stop
        return slice((self.start - self.low) // stride, (end - self.low) // stride)

    def among(self, stride: int) -> slice:
        """The same among those of the whole picture."""
        return slice(self.start // stride, self.stop // stride)


@dataclass(frozen=True)
class Region:
    rows: Stretch
    columns: Stretch
    size: tuple[int, int]  # of the whole picture

    def cut(self, picture: Tensor) -> Tensor:
        """All that is seen (1,3,h,w), beyond a border that wraps the other side."""
        rows, columns = self._places(picture.device)
        return picture.index_select(2, rows).index_select(3, columns)

    def add(self, whole: Tensor, part: Tensor) -> None:
        """The transpose of `cut`: add to the picture what belongs to all that is seen."""
        rows, columns = self._places(whole.device)
        wide = whole.new_zeros(*part.shape[:3], self.size[1]).index_add_(3, columns, part)
        whole.index_add_(2, rows, wide)

    def _places(self, device: torch.device) -> tuple[Tensor, Tensor]:
        axes = zip((self.rows, self.columns), self.size, strict=True)
        return tuple(torch.arange(s.low, s.high, device=device) % length for s, length in axes)


def regions(
    size: tuple[int, int], block: int, stride: int, reach: int, wraps: tuple[bool, bool]
) -> Iterator[Region]:
    """The blocks of a picture of that size, row by row.

    block: pixels a side at the most, roughly. stride: of the deepest layer. reach: pixels that it
    can see beyond its own. wraps: the axes on which the picture repeats, whose
    lengths are multiples of the stride.
    """
    axes = [
        _stretches(length, block, stride, reach, wrap)
        for length, wrap in zip(size, wraps, strict=True)
    ]
    for rows, columns in product(*axes):
        yield Region(rows, columns, size)


def _stretches(length: int, block: int, stride: int, reach: int, wrap: bool) -> list[Stretch]:
    count = max(1, min(-(-length // block), length // stride))  # a block has a position of its own
    starts = [i * length // count // stride * stride for i in range(count)]
    margin = -(-reach // stride) * stride
    found = []
    for start, stop in pairwise([*starts, length]):
        low, high = start - margin, stop + margin
        if not wrap:
            low, high = max(low, 0), min(high, length)
        # Where the picture ends, positions end with the pixels that are seen, an odd one left out.
        found.append(Stretch(start, stop, low, high, stop == length and not wrap))
    return found


WHOLE = (slice(None), slice(None))


@dataclass(frozen=True)
class Compute:
    """half: convolutions in bfloat16. recompute: features are computed twice instead of kept. block:
    pixels a side of the blocks described one after the other; None for all at once."""

    half: bool = False
    recompute: bool = False
    block: int | None = None


@dataclass(frozen=True)
class BlockFeatures:
    """maps: {layer: the features that are a region's own}. shares: of each layer's positions in the
    whole picture. places: of those features among the whole picture's, (rows, columns)."""

    maps: Mapping[str, Tensor]
    shares: Mapping[str, float]
    places: Mapping[str, tuple[slice, slice]]

    def moments(self, layer: str, names: Sequence[str]) -> dict[str, Tensor]:
        """The region's part of the moments of the whole."""
        return {name: MOMENTS[name](self.maps[layer]) * self.shares[layer] for name in names}


def block_features(
    descriptor: Descriptor,
    pixels: Tensor,
    way: Compute,
    padding: tuple[str, str] = ZEROS,
    region: Region | None = None,
) -> BlockFeatures:
    """pixels: all of a picture (1,3,H,W), or what is seen of it from a region."""
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=way.half):
        maps = descriptor(pixels, padding, way.recompute and torch.is_grad_enabled())
    if region is None:
        return BlockFeatures(maps, dict.fromkeys(maps, 1.0), dict.fromkeys(maps, WHOLE))
    own, shares, places = {}, {}, {}
    for layer, seen in maps.items():
        stride = descriptor.geometry[layer][1]
        own[layer] = seen[..., region.rows.inside(stride), region.columns.inside(stride)]
        positions = (region.size[0] // stride) * (region.size[1] // stride)
        shares[layer] = own[layer].shape[-2] * own[layer].shape[-1] / positions
        places[layer] = region.rows.among(stride), region.columns.among(stride)
    return BlockFeatures(own, shares, places)


def regions_of(
    descriptor: Descriptor, picture: Tensor, block: int, wraps: tuple[bool, bool] = (False, False)
) -> list[Region]:
    """The blocks that this descriptor can look at one by one."""
    _, stride, reach = descriptor.geometry[descriptor.computed[-1]]
    return list(regions(tuple(picture.shape[-2:]), block, stride, reach, wraps))


@torch.no_grad()
def views(
    descriptor: Descriptor, picture: Tensor, way: Compute, padding: tuple[str, str]
) -> Iterator[BlockFeatures]:
    """The views that make up a picture (1,3,H,W)."""
    if way.block is None:
        yield block_features(descriptor, picture, way, padding)
        return
    for region in regions_of(descriptor, picture, way.block):
        yield block_features(descriptor, region.cut(picture), way, padding, region)


def picture_statistics(
    descriptor: Descriptor,
    picture: Tensor,
    layers: Sequence[str],
    names: Sequence[str],
    way: Compute,
    padding: tuple[str, str] = ZEROS,
) -> dict[str, dict[str, Tensor]]:
    """{layer: {statistic: value}} of a picture, the targets of a `TextureLoss`."""
    sums: dict[str, dict[str, Tensor]] = {layer: {} for layer in layers}
    for seen in views(descriptor, picture, way, padding):
        for layer, kept in sums.items():
            for name, value in seen.moments(layer, moments_of(names)).items():
                kept[name] = kept.get(name, 0) + value
    return {layer: from_moments(names, kept) for layer, kept in sums.items()}


def features_of(
    descriptor: Descriptor, picture: Tensor, layers: Sequence[str], way: Compute
) -> dict[str, Tensor]:
    """{layer: features (1,C,h,w)} of a picture, the targets of a `ContentLoss`."""
    found: dict[str, Tensor] = {}
    for seen in views(descriptor, picture, way, ZEROS):
        for layer in layers:
            if way.block is None:
                found[layer] = seen.maps[layer].clone()
                continue
            channels, stride, _ = descriptor.geometry[layer]
            size = [length // stride for length in picture.shape[-2:]]
            maps = seen.maps[layer]
            found.setdefault(layer, maps.new_empty(1, channels, *size))
            found[layer][(..., *seen.places[layer])] = maps
    return found
