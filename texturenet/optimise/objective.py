"""One picture -> named terms whose sum is minimised, and the gradient of that sum.

The losses see of the features only what adds up over positions: moments, and squared errors. So the
same sum, and the same gradient, come from the whole picture at once or from it block by block.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..descriptors.base import Descriptor
from ..losses.content import ContentLoss
from ..losses.priors import overflow, variation, variation_l1
from ..losses.statistics import MOMENTS, from_moments, moments_of
from ..losses.texture import TextureLoss
from .blocks import BlockFeatures, Compute, block_features, regions_of


@dataclass(frozen=True)
class Priors:
    """The terms that need no features, by weight; 0 leaves one out."""

    range: float = 0.0  # keeps colours in [0,1]
    variation: float = 0.0
    exponent: float | None = None  # of the variation; None: of absolute differences

    def terms(self, picture: Tensor, canvas: Tensor) -> dict[str, Tensor]:
        found = {}
        if self.range:
            found["range"] = self.range * overflow(picture)
        if self.variation:
            absolute = self.exponent is None
            rough = variation_l1(canvas) if absolute else variation(canvas, self.exponent)
            found["variation"] = self.variation * rough
        return found


class PixelUnits(nn.Module):
    """What is optimised, the canvas, is a picture in these units: [0,1], or a descriptor's own, in
    which published learning rates and variations are measured."""

    def __init__(self, descriptor: Descriptor | None = None):
        super().__init__()
        mean, gain = torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
        if descriptor is not None:
            order = descriptor.order  # its own inverse
            mean, gain = (part[order].cpu() for part in (descriptor.mean, descriptor.gain))
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("gain", gain, persistent=False)

    def picture(self, canvas: Tensor) -> Tensor:
        return canvas / self.gain + self.mean

    def canvas(self, picture: Tensor) -> Tensor:
        return (picture - self.mean) * self.gain


class Objective(nn.Module):
    """texture and content: what features are held against, where either is wanted.

    wraps: the axes (rows, columns) on which the picture repeats.
    """

    def __init__(
        self,
        descriptor: Descriptor,
        units: PixelUnits,
        *,
        texture: TextureLoss | None = None,
        content: ContentLoss | None = None,
        plain: Priors | None = None,
        wraps: tuple[bool, bool] = (False, False),
    ):
        super().__init__()
        self.descriptor, self.units, self.wraps = descriptor, units, wraps
        self.texture, self.content, self.plain = texture, content, plain or Priors()

    def evaluate(self, canvas: Tensor, way: Compute) -> dict[str, float]:
        """The terms of a canvas (1,3,H,W); the gradient of their sum is left in `canvas.grad`."""
        canvas.grad = torch.zeros_like(canvas)
        terms = self._whole(canvas, way) if way.block is None else self._by_blocks(canvas, way)
        values = torch.stack([term.detach().double() for term in terms.values()])
        return dict(zip(terms, values.tolist(), strict=True))

    def _whole(self, canvas: Tensor, way: Compute) -> dict[str, Tensor]:
        padding = tuple("circular" if wrap else "zeros" for wrap in self.wraps)
        terms = self._terms(
            self._sums(block_features(self.descriptor, self.units.picture(canvas), way, padding)),
            canvas,
        )
        sum(terms.values()).backward()
        return terms

    def _by_blocks(self, canvas: Tensor, way: Compute) -> dict[str, Tensor]:
        """Two passes: what all the blocks add up to, then the gradient of each, given that."""
        blocks = regions_of(self.descriptor, canvas, way.block, self.wraps)
        total: dict[str, Tensor] = {}
        for region in blocks:
            with torch.no_grad():
                pixels = self.units.picture(region.cut(canvas))
                # The margin stands for what lies beyond an inner border, or around a tile.
                found = self._sums(block_features(self.descriptor, pixels, way, region=region))
            total = {name: total.get(name, 0) + value for name, value in found.items()}
        total = {name: value.requires_grad_() for name, value in total.items()}
        terms = self._terms(total, canvas)
        sum(terms.values()).backward()
        for region in blocks:
            part = region.cut(canvas.detach()).requires_grad_()
            seen = block_features(self.descriptor, self.units.picture(part), way, region=region)
            found = self._sums(seen)
            torch.autograd.backward(list(found.values()), [total[name].grad for name in found])
            region.add(canvas.grad, part.grad)
        return terms

    def _sums(self, seen: BlockFeatures) -> dict[str, Tensor]:
        """What adds up over a picture's blocks: moments, as means over the whole, and errors."""
        sums = {}
        for layer in self.texture.layers if self.texture else ():
            names = moments_of(self.texture.statistic_weights)
            found = seen.moments(layer, names)
            sums |= {f"{name}/{layer}": value for name, value in found.items()}
        for layer in self.content.layer_weights if self.content else ():
            errors = self.content.squared(layer, seen.maps[layer], *seen.places[layer])
            sums[f"content/{layer}"] = errors
        return sums

    def _terms(self, sums: Mapping[str, Tensor], canvas: Tensor) -> dict[str, Tensor]:
        terms = {}
        if self.texture:
            names, found = self.texture.statistic_weights, {}
            for layer in self.texture.layers:
                moments = {name: sums.get(f"{name}/{layer}") for name in MOMENTS}
                found[layer] = from_moments(names, moments)
            terms |= self.texture(self.texture.compare(found))
        if self.content:
            layers = self.content.layer_weights
            terms |= self.content({layer: sums[f"content/{layer}"] for layer in layers})
        picture = self.units.picture(canvas)
        for axis, wrap in zip((2, 3), self.wraps, strict=True):
            if wrap:  # a tile's last line has its first for a neighbour
                canvas = torch.cat([canvas, canvas.narrow(axis, 0, 1)], axis)
        return terms | self.plain.terms(picture, canvas)
