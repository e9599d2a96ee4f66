"""A picture as a descriptor sees it, all at once or block by block -> features and their moments.

What memory does not hold is computed again or piece by piece, to the same numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .descriptor import ZEROS, Descriptor
from .regions import Region, regions
from .statistics import MOMENTS, from_moments, moments_of

WHOLE = (slice(None), slice(None))


@dataclass(frozen=True)
class Way:
    """half: convolutions in bfloat16. thrifty: features are computed twice instead of kept. block:
    pixels a side of the blocks described one after the other; None for all at once."""

    half: bool = False
    thrifty: bool = False
    block: int | None = None


@dataclass(frozen=True)
class View:
    """maps: {layer: the features that are a region's own}. shares: of each layer's positions in the
    whole picture. places: of those features among the whole picture's, (rows, columns)."""

    maps: Mapping[str, Tensor]
    shares: Mapping[str, float]
    places: Mapping[str, tuple[slice, slice]]

    def moments(self, layer: str, names: Sequence[str]) -> dict[str, Tensor]:
        """The region's part of the moments of the whole."""
        return {name: MOMENTS[name](self.maps[layer]) * self.shares[layer] for name in names}


def view(
    descriptor: Descriptor,
    pixels: Tensor,
    way: Way,
    padding: tuple[str, str] = ZEROS,
    region: Region | None = None,
) -> View:
    """pixels: all of a picture (1,3,H,W), or what is seen of it from a region."""
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=way.half):
        maps = descriptor(pixels, padding, way.thrifty and torch.is_grad_enabled())
    if region is None:
        return View(maps, dict.fromkeys(maps, 1.0), dict.fromkeys(maps, WHOLE))
    own, shares, places = {}, {}, {}
    for layer, seen in maps.items():
        stride = descriptor.geometry[layer][1]
        own[layer] = seen[..., region.rows.inside(stride), region.columns.inside(stride)]
        positions = (region.size[0] // stride) * (region.size[1] // stride)
        shares[layer] = own[layer].shape[-2] * own[layer].shape[-1] / positions
        places[layer] = region.rows.among(stride), region.columns.among(stride)
    return View(own, shares, places)


def regions_of(
    descriptor: Descriptor, picture: Tensor, block: int, wraps: tuple[bool, bool] = (False, False)
) -> list[Region]:
    """The blocks that this descriptor can look at one by one."""
    _, stride, reach = descriptor.geometry[descriptor.computed[-1]]
    return list(regions(tuple(picture.shape[-2:]), block, stride, reach, wraps))


@torch.no_grad()
def views(
    descriptor: Descriptor, picture: Tensor, way: Way, padding: tuple[str, str]
) -> Iterator[View]:
    """The views that make up a picture (1,3,H,W)."""
    if way.block is None:
        yield view(descriptor, picture, way, padding)
        return
    for region in regions_of(descriptor, picture, way.block):
        yield view(descriptor, region.cut(picture), way, padding, region)


def statistics_of(
    descriptor: Descriptor,
    picture: Tensor,
    layers: Sequence[str],
    names: Sequence[str],
    way: Way,
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
    descriptor: Descriptor, picture: Tensor, layers: Sequence[str], way: Way
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
