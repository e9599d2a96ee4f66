"""What is painted: textures (Gatys, Ecker, Bethge 2015), style transfer (2016), pictures from their
features. Each is a list of levels for a `Painting`, coarse to fine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from .. import imaging
from ..descriptors.base import Descriptor
from ..losses.content import ContentLoss, Scaling
from ..losses.texture import TextureLoss
from ..types import Size
from . import starts
from .blocks import Compute, picture_features, picture_statistics
from .objective import Objective, PixelUnits, Priors
from .painting import Bounds, Level

COARSEST = 64  # pixels a side, below which a level has too few positions to say much
LayerShape = Callable[[str], tuple[int, int, int]]  # layer -> channels, positions, pixels


@dataclass(frozen=True)
class Style:
    """Which statistics of which layers are matched.

    Attributes
    ----------
    layers : of the descriptor
    statistics : {key of `losses.statistics.STATISTICS`: weight}
    layer_weights : {layer: weight}, 1 where absent
    relative : divide errors by the energy of their target, instead of multiplying by `scaling`
    scaling : of errors that are not relative
    weight : of the whole
    """

    layers: Sequence[str]
    statistics: Mapping[str, float]
    layer_weights: Mapping[str, float]
    relative: bool
    scaling: Scaling
    weight: float = 1.0

    def loss(self, targets: Mapping[str, Mapping[str, Tensor]], shape: LayerShape) -> TextureLoss:
        """Against targets {layer: {statistic: value}}."""
        weights = {
            layer: self.weight
            * self.layer_weights.get(layer, 1.0)
            * (1.0 if self.relative else self.scaling.of(*shape(layer)))
            for layer in self.layers
        }
        combine = "sum" if self.relative else "absolute"
        return TextureLoss(targets, self.statistics, weights, combine=combine)


@dataclass(frozen=True)
class Content:
    """Which features are matched, position by position.

    Attributes
    ----------
    layer_weights : {layer: weight}
    relative, scaling, weight : as of `Style`
    """

    layer_weights: Mapping[str, float]
    relative: bool
    scaling: Scaling
    weight: float = 1.0

    def loss(self, targets: Mapping[str, Tensor], shape: LayerShape) -> ContentLoss:
        """Against targets {layer: (1,C,h,w)}."""
        weights = {
            layer: self.weight * weight * (1.0 if self.relative else self.scaling.of(*shape(layer)))
            for layer, weight in self.layer_weights.items()
        }
        return ContentLoss(targets, weights, relative=self.relative)


@dataclass(frozen=True)
class PaintingPlan:
    """What all levels of a picture share.

    Attributes
    ----------
    descriptor : has the layers of all losses
    units : of the canvas
    size : (height, width) of the finest level
    scales : number of levels, each half as large as the next
    steps, coarse_steps : of the finest level, of each other one
    compute : size -> how a picture of it is described with its gradient
    compute_targets : size -> how a picture of it is described without a gradient
    priors : terms of the picture itself
    bounds : least and largest value of each colour, (3,1,1) each, or None
    wraps : the axes (rows, columns) on which the picture repeats
    """

    descriptor: Descriptor
    units: PixelUnits
    size: Size
    scales: int
    steps: int
    coarse_steps: int
    compute: Callable[[Size], Compute]
    compute_targets: Callable[[Size], Compute]
    priors: Priors
    bounds: Bounds = None
    wraps: tuple[bool, bool] = (False, False)

    def sizes(self) -> list[Size]:
        """Coarse to fine; where the picture repeats, multiples of the deepest layer's stride."""
        units = [self.descriptor.stride if wrap else 1 for wrap in self.wraps]
        return [
            tuple(
                max(1, round(length / 2**k / unit)) * unit
                for length, unit in zip(self.size, units, strict=True)
            )
            for k in reversed(range(self.scales))
        ]

    def level(
        self,
        index: int,
        objective: Callable[[], Objective],
        start: Callable[[Tensor | None], Tensor],
        part: str = "picture",
    ) -> Level:
        """The level of the size at this index."""
        size = self.sizes()[index]
        steps = self.steps if index == self.scales - 1 else self.coarse_steps
        return Level(part, size, steps, objective, start, self.compute(size), self.bounds)

    def shrink(self, picture: Tensor, size: Size) -> Tensor:
        """A picture (1,3,h,w) reduced as much as a level of this size is."""
        return imaging.resized(picture, self.shrunk(tuple(picture.shape[-2:]), size))

    def shrunk(self, sides: Size, size: Size) -> Size:
        """The sides of a picture reduced in this way."""
        ratio = (size[0] * size[1] / (self.size[0] * self.size[1])) ** 0.5
        height, width = (max(1, round(length * ratio)) for length in sides)
        return height, width


def octaves(*sides: int) -> int:
    """How many levels bring the smallest of these sides down to COARSEST, no further."""
    return max(1, (min(sides) // COARSEST).bit_length())


def texture(
    plan: PaintingPlan,
    exemplar: Tensor,
    style: Style,
    start: Callable[[Size], Tensor],
    seed: int | None,
) -> list[Level]:
    """A new picture with the statistics of an exemplar.

    Parameters
    ----------
    plan : what the levels share
    exemplar : (1,3,h,w) in [0,1]; levels use it reduced as they are
    style : which statistics are matched
    start : size -> the picture (1,3,H,W) that the coarsest level starts from
    seed : of the fine detail, with the exemplar's spectrum, that is added to the start of every
        finer level; None for none
    """
    levels = []
    for index, size in enumerate(plan.sizes()):
        shown = plan.shrink(exemplar, size)

        def begin(
            before: Tensor | None, index: int = index, size: Size = size, shown: Tensor = shown
        ) -> Tensor:
            if before is None:
                return start(size)
            picture = imaging.resized(before, size, plan.wraps)
            if seed is None:
                return picture
            half = tuple(max(1, length // 2) for length in shown.shape[-2:])
            band = imaging.fine_band(shown, half)
            return (picture + starts.random_phase(band, size, seed, index)).clamp(0, 1)

        def objective(size: Size = size, shown: Tensor = shown) -> Objective:
            return _objective(plan, texture=_style_loss(plan, size, shown, style))

        levels.append(plan.level(index, objective, begin))
    return levels


def transfer(
    plan: PaintingPlan,
    content_picture: Tensor,
    style_picture: Tensor,
    style: Style,
    content: Content,
    start: Callable[[Size], Tensor],
) -> list[Level]:
    """The content of one picture with the statistics of another.

    Parameters
    ----------
    plan : what the levels share
    content_picture, style_picture : (1,3,h,w) in [0,1], as large as they are to be compared with a
        result of the plan's size
    style, content : what is matched
    start : size -> the picture (1,3,H,W) that the coarsest level starts from
    """
    levels = []
    for index, size in enumerate(plan.sizes()):

        def begin(before: Tensor | None, size: Size = size) -> Tensor:
            return start(size) if before is None else imaging.resized(before, size)

        def objective(size: Size = size) -> Objective:
            shown = plan.shrink(style_picture, size)
            target = imaging.resized(content_picture, size)
            return _objective(
                plan,
                texture=_style_loss(plan, size, shown, style),
                content=_content_loss(plan, size, target, content),
            )

        levels.append(plan.level(index, objective, begin))
    return levels


def reconstruct(
    plan: PaintingPlan,
    picture: Tensor,
    contents: Mapping[str, Content],
    start: Callable[[Size], Tensor],
) -> list[Level]:
    """A picture out of its features alone, once for each of the contents, by name (Mahendran,
    Vedaldi 2015; Gatys, Ecker, Bethge 2016, figure 1).

    Parameters
    ----------
    plan : what the levels share; its size is that of the picture, of which it takes the finest
    picture : (1,3,H,W) in [0,1]
    contents : {name of the part: the features that are matched}
    start : size -> the picture (1,3,H,W) to start from
    """
    levels = []
    for part, content in contents.items():
        # No deeper than this part needs.
        narrow = replace(plan, descriptor=plan.descriptor.only(list(content.layer_weights)))

        def objective(plan: PaintingPlan = narrow, content: Content = content) -> Objective:
            loss = _content_loss(plan, plan.size, picture, content)
            return _objective(plan, content=loss)

        def begin(before: Tensor | None) -> Tensor:
            return start(plan.size)

        levels.append(plan.level(plan.scales - 1, objective, begin, part))
    return levels


def _style_loss(plan: PaintingPlan, size: Size, shown: Tensor, style: Style) -> TextureLoss | None:
    """Against the statistics of a picture (1,3,h,w), for a level of this size."""
    if not style.weight:
        return None
    descriptor = plan.descriptor
    # A tile has no borders; its target gets none that are black.
    padding = tuple("replicate" if wrap else "zeros" for wrap in plan.wraps)
    compute = plan.compute_targets(tuple(shown.shape[-2:]))
    targets = picture_statistics(
        descriptor,
        shown.to(descriptor.mean.device),
        style.layers,
        list(style.statistics),
        compute,
        padding,
    )
    return style.loss(targets, partial(layer_shape, descriptor, size))


def _content_loss(
    plan: PaintingPlan, size: Size, target: Tensor, content: Content
) -> ContentLoss | None:
    """Against the features of a picture (1,3,H,W) of this size."""
    if not content.weight:
        return None
    descriptor, layers = plan.descriptor, list(content.layer_weights)
    target = target.to(descriptor.mean.device)
    features = picture_features(descriptor, target, layers, plan.compute(size))
    return content.loss(features, partial(layer_shape, descriptor, size))


def layer_shape(descriptor: Descriptor, size: Size, layer: str) -> tuple[int, int, int]:
    """(channels, positions of the layer, pixels) of a picture of this size."""
    channels, stride, _ = descriptor.geometry[layer]
    height, width = size
    return channels, (height // stride) * (width // stride), height * width


def _objective(
    plan: PaintingPlan,
    texture: TextureLoss | None = None,
    content: ContentLoss | None = None,
) -> Objective:
    return Objective(
        plan.descriptor,
        plan.units,
        texture=texture,
        content=content,
        priors=plan.priors,
        wraps=plan.wraps,
    )
