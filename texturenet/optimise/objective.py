"""A canvas -> named terms whose sum is minimised, and the gradient of that sum.

The losses need of the features only what adds up over positions: moments, and squared errors. So
the same sum and the same gradient come from the whole picture at once or block by block.
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
from .blocks import BlockFeatures, Compute, block_features, blocks_of


@dataclass(frozen=True)
class Priors:
    """The terms that need no features, by weight; 0 leaves one out.

    Attributes
    ----------
    range : weight of `overflow`, which keeps colours in [0,1]
    variation : weight of the variation of the canvas
    exponent : of `variation`; None for `variation_l1`
    """

    range: float = 0.0
    variation: float = 0.0
    exponent: float | None = None

    def terms(self, picture: Tensor, canvas: Tensor) -> dict[str, Tensor]:
        """Both (1,3,H,W), in [0,1] and in the units that are optimised -> weighted scalars."""
        terms = {}
        if self.range:
            terms["range"] = self.range * overflow(picture)
        if self.variation:
            absolute = self.exponent is None
            rough = variation_l1(canvas) if absolute else variation(canvas, self.exponent)
            terms["variation"] = self.variation * rough
        return terms


class PixelUnits(nn.Module):
    """The units of the canvas, which is what is optimised: those of pictures, [0,1], or the input
    units of a descriptor, in which published learning rates and variations are measured."""

    def __init__(self, descriptor: Descriptor | None = None):
        super().__init__()
        mean, gain = torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
        if descriptor is not None:
            axes = [0] if descriptor.reversed else []
            mean, gain = (part.flip(axes).cpu() for part in (descriptor.mean, descriptor.gain))
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("gain", gain, persistent=False)

    def picture(self, canvas: Tensor) -> Tensor:
        """(...,3,H,W) in these units -> in [0,1]."""
        return canvas / self.gain + self.mean

    def canvas(self, picture: Tensor) -> Tensor:
        """(...,3,H,W) in [0,1] -> in these units."""
        return (picture - self.mean) * self.gain


class Objective(nn.Module):
    """What is minimised: texture, content and priors, each where it is given.

    Parameters
    ----------
    descriptor : computes the layers of both losses
    units : of the canvas
    texture : compares statistics with those of an exemplar
    content : compares features with those of a picture
    priors : terms of the picture itself
    wraps : the axes (rows, columns) on which the picture repeats
    """

    def __init__(
        self,
        descriptor: Descriptor,
        units: PixelUnits,
        *,
        texture: TextureLoss | None = None,
        content: ContentLoss | None = None,
        priors: Priors | None = None,
        wraps: tuple[bool, bool] = (False, False),
    ):
        super().__init__()
        self.descriptor, self.units, self.wraps = descriptor, units, wraps
        self.texture, self.content, self.priors = texture, content, priors or Priors()

    def evaluate(self, canvas: Tensor, compute: Compute) -> dict[str, float]:
        """{term: value} of a canvas (1,3,H,W); the gradient of their sum is left in its `grad`."""
        canvas.grad = torch.zeros_like(canvas)
        at_once = compute.block is None
        terms = self._whole(canvas, compute) if at_once else self._by_blocks(canvas, compute)
        values = torch.stack([term.detach().double() for term in terms.values()])
        return dict(zip(terms, values.tolist(), strict=True))

    def _whole(self, canvas: Tensor, compute: Compute) -> dict[str, Tensor]:
        padding = tuple("circular" if wrap else "zeros" for wrap in self.wraps)
        picture = self.units.picture(canvas)
        features = block_features(self.descriptor, picture, compute, padding)
        terms = self._terms(self._sums(features), canvas)
        sum(terms.values()).backward()
        return terms

    def _by_blocks(self, canvas: Tensor, compute: Compute) -> dict[str, Tensor]:
        """Two passes: the sums over all blocks, then the gradient of each, given the sums'."""
        blocks = blocks_of(self.descriptor, canvas, compute.block, self.wraps)
        total: dict[str, Tensor] = {}
        for block in blocks:
            with torch.no_grad():
                pixels = self.units.picture(block.cut(canvas))
                # The margin is what lies beyond an inner border, or around a tile.
                features = block_features(self.descriptor, pixels, compute, block=block)
                sums = self._sums(features)
            total = {name: total.get(name, 0) + value for name, value in sums.items()}
        total = {name: value.requires_grad_() for name, value in total.items()}
        terms = self._terms(total, canvas)
        sum(terms.values()).backward()
        for block in blocks:
            part = block.cut(canvas.detach()).requires_grad_()
            pixels = self.units.picture(part)
            sums = self._sums(block_features(self.descriptor, pixels, compute, block=block))
            torch.autograd.backward(list(sums.values()), [total[name].grad for name in sums])
            block.add(canvas.grad, part.grad)
        return terms

    def _sums(self, block: BlockFeatures) -> dict[str, Tensor]:
        """What adds up over a picture's blocks: `moment/layer` and `content/layer`."""
        sums = {}
        for layer in self.texture.layers if self.texture else ():
            names = moments_of(self.texture.statistic_weights)
            for name, value in block.moments(layer, names).items():
                sums[f"{name}/{layer}"] = value
        for layer in self.content.layer_weights if self.content else ():
            errors = self.content.squared(layer, block.maps[layer], *block.places[layer])
            sums[f"content/{layer}"] = errors
        return sums

    def _terms(self, sums: Mapping[str, Tensor], canvas: Tensor) -> dict[str, Tensor]:
        """The sums over the whole picture -> weighted terms."""
        terms = {}
        if self.texture:
            names, statistics = self.texture.statistic_weights, {}
            for layer in self.texture.layers:
                moments = {name: sums.get(f"{name}/{layer}") for name in MOMENTS}
                statistics[layer] = from_moments(names, moments)
            terms |= self.texture(self.texture.compare(statistics))
        if self.content:
            layers = self.content.layer_weights
            terms |= self.content({layer: sums[f"content/{layer}"] for layer in layers})
        picture = self.units.picture(canvas)
        for axis, wrap in zip((2, 3), self.wraps, strict=True):
            if wrap:  # the first line of a tile is the neighbour of its last
                canvas = torch.cat([canvas, canvas.narrow(axis, 0, 1)], axis)
        return terms | self.priors.terms(picture, canvas)
