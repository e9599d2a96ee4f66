"""A picture (1,3,H,W) and a descriptor -> statistics or features, at once or block by block.

A picture whose features do not fit into memory is described in blocks. Each block is seen with a
margin as wide as its positions can see, and only its own positions count, so that the blocks
together have the features of the whole (Galerne et al. 2024, arXiv 2212.13459, describe very large
pictures in this way).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import torch
from torch import Tensor

from ..descriptors.base import ZEROS, Descriptor
from ..losses.statistics import MOMENTS, from_moments, moments_of
from ..types import Size


@dataclass(frozen=True)
class Compute:
    """How a picture is described, within the memory there is.

    Attributes
    ----------
    half : convolutions in bfloat16
    recompute : features are computed again for the gradient instead of kept
    block : pixels a side of blocks that are described one after the other; None for all at once
    """

    half: bool = False
    recompute: bool = False
    block: int | None = None


@dataclass(frozen=True)
class Interval:
    """One axis of a block, in pixels: it owns start .. stop and sees low .. high, which may lie
    outside a picture that repeats. last: the picture ends with it, and does not repeat."""

    start: int
    stop: int
    low: int
    high: int
    last: bool

    def in_view(self, stride: int) -> slice:
        """The own positions of a layer among those of all that is seen."""
        # At the end of a picture an odd last pixel belongs to no position.
        end = self.high if self.last else self.stop
        return slice((self.start - self.low) // stride, (end - self.low) // stride)

    def in_picture(self, stride: int) -> slice:
        """The own positions of a layer among those of the whole picture."""
        return slice(self.start // stride, self.stop // stride)


@dataclass(frozen=True)
class Block:
    """A block of a picture of that size."""

    rows: Interval
    columns: Interval
    size: Size

    def cut(self, picture: Tensor) -> Tensor:
        """All that the block sees: (1,3,H,W) -> (1,3,h,w); a picture that repeats is continued."""
        rows, columns = self._pixels(picture.device)
        return picture.index_select(2, rows).index_select(3, columns)

    def add(self, picture: Tensor, part: Tensor) -> None:
        """The transpose of `cut`: add (1,3,h,w) to the pixels of (1,3,H,W) that it was cut from."""
        rows, columns = self._pixels(picture.device)
        wide = picture.new_zeros(*part.shape[:3], self.size[1])  # (1,3,h,W)
        picture.index_add_(2, rows, wide.index_add_(3, columns, part))

    def _pixels(self, device: torch.device) -> tuple[Tensor, Tensor]:
        axes = zip((self.rows, self.columns), self.size, strict=True)
        return tuple(torch.arange(i.low, i.high, device=device) % length for i, length in axes)


WHOLE = (slice(None), slice(None))


@dataclass(frozen=True)
class BlockFeatures:
    """The features that are a block's own, or a whole picture's.

    Attributes
    ----------
    maps : {layer: (1,C,m,n)}
    shares : {layer: the block's positions over all of the picture's}
    places : {layer: (rows, columns) of the block's positions among the picture's}
    """

    maps: Mapping[str, Tensor]
    shares: Mapping[str, float]
    places: Mapping[str, tuple[slice, slice]]

    def moments(self, layer: str, names: Sequence[str]) -> dict[str, Tensor]:
        """The block's summands of the moments of the picture, {key of MOMENTS: value}."""
        return {name: MOMENTS[name](self.maps[layer]) * self.shares[layer] for name in names}


def picture_statistics(
    descriptor: Descriptor,
    picture: Tensor,
    layers: Sequence[str],
    names: Sequence[str],
    compute: Compute,
    padding: tuple[str, str] = ZEROS,
) -> dict[str, dict[str, Tensor]]:
    """The targets of a `TextureLoss`.

    Parameters
    ----------
    descriptor : has at least these layers
    picture : (1,3,H,W) in [0,1], on the descriptor's device
    layers : names of layers
    names : keys of `losses.statistics.STATISTICS`
    compute : within which memory
    padding : of `descriptors.base.PADDINGS`, for rows and for columns, at the picture's borders

    Returns
    -------
    {layer: {statistic: (1,C,C) or (1,C)}}
    """
    sums: dict[str, dict[str, Tensor]] = {layer: {} for layer in layers}
    for block in features_by_block(descriptor, picture, compute, padding):
        for layer, moments in sums.items():
            for name, value in block.moments(layer, moments_of(names)).items():
                moments[name] = moments.get(name, 0) + value
    return {layer: from_moments(names, moments) for layer, moments in sums.items()}


def picture_features(
    descriptor: Descriptor, picture: Tensor, layers: Sequence[str], compute: Compute
) -> dict[str, Tensor]:
    """The targets of a `ContentLoss`: (1,3,H,W) in [0,1] -> {layer: features (1,C,h,w)}."""
    features: dict[str, Tensor] = {}
    for block in features_by_block(descriptor, picture, compute, ZEROS):
        for layer in layers:
            maps = block.maps[layer]
            if compute.block is None:
                features[layer] = maps.clone()
                continue
            channels, stride, _ = descriptor.geometry[layer]
            height, width = (length // stride for length in picture.shape[-2:])
            features.setdefault(layer, maps.new_empty(1, channels, height, width))
            features[layer][(..., *block.places[layer])] = maps
    return features


@torch.no_grad()
def features_by_block(
    descriptor: Descriptor, picture: Tensor, compute: Compute, padding: tuple[str, str]
) -> Iterator[BlockFeatures]:
    """The features of a picture (1,3,H,W) in [0,1], all at once or block by block; no gradients."""
    if compute.block is None:
        yield block_features(descriptor, picture, compute, padding)
        return
    for block in blocks_of(descriptor, picture, compute.block):
        yield block_features(descriptor, block.cut(picture), compute, padding, block)


def block_features(
    descriptor: Descriptor,
    pixels: Tensor,
    compute: Compute,
    padding: tuple[str, str] = ZEROS,
    block: Block | None = None,
) -> BlockFeatures:
    """pixels: a whole picture (1,3,H,W) in [0,1], or all that a block sees of it."""
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=compute.half):
        maps = descriptor(pixels, padding, compute.recompute and torch.is_grad_enabled())
    if block is None:
        return BlockFeatures(maps, dict.fromkeys(maps, 1.0), dict.fromkeys(maps, WHOLE))
    own, shares, places = {}, {}, {}
    for layer, visible in maps.items():
        stride = descriptor.geometry[layer][1]
        own[layer] = visible[..., block.rows.in_view(stride), block.columns.in_view(stride)]
        positions = (block.size[0] // stride) * (block.size[1] // stride)
        shares[layer] = own[layer].shape[-2] * own[layer].shape[-1] / positions
        places[layer] = block.rows.in_picture(stride), block.columns.in_picture(stride)
    return BlockFeatures(own, shares, places)


def blocks_of(
    descriptor: Descriptor, picture: Tensor, side: int, wraps: tuple[bool, bool] = (False, False)
) -> list[Block]:
    """The blocks in which a descriptor can describe a picture (1,3,H,W), as `blocks`."""
    _, stride, reach = descriptor.geometry[descriptor.computed[-1]]
    return list(blocks(tuple(picture.shape[-2:]), side, stride, reach, wraps))


def blocks(
    size: Size, side: int, stride: int, reach: int, wraps: tuple[bool, bool]
) -> Iterator[Block]:
    """The blocks of a picture, row by row.

    Parameters
    ----------
    size : of the picture, in pixels
    side : pixels a side of a block, at most, roughly
    stride : of the deepest layer; blocks start at its multiples
    reach : pixels that the deepest layer sees beyond its own
    wraps : the axes (rows, columns) on which the picture repeats; their lengths are multiples of
        the stride
    """
    axes = [
        _intervals(length, side, stride, reach, wrap)
        for length, wrap in zip(size, wraps, strict=True)
    ]
    for rows, columns in product(*axes):
        yield Block(rows, columns, size)


def _intervals(length: int, side: int, stride: int, reach: int, wrap: bool) -> list[Interval]:
    # Every block has at least one position of the deepest layer.
    count = max(1, min(-(-length // side), length // stride))
    starts = [i * length // count // stride * stride for i in range(count)]
    margin = -(-reach // stride) * stride
    intervals = []
    for start, stop in pairwise([*starts, length]):
        low, high = start - margin, stop + margin
        if not wrap:
            low, high = max(low, 0), min(high, length)
        intervals.append(Interval(start, stop, low, high, last=stop == length and not wrap))
    return intervals
