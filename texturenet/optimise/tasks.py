"""The per-image optimiser: textures (Gatys, Ecker, Bethge 2015), style transfer (2016), pictures
from their features. Each is a list of levels for a `Painting`, coarse to fine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from .. import imaging
from ..descriptors.base import Descriptor
from ..losses.content import ContentLoss, Scaling
from ..losses.texture import TextureLoss
from . import starts
from .blocks import Compute, features_of, picture_statistics
from .objective import Objective, PixelUnits, Priors
from .painting import Bounds, Level, Size

COARSEST = 64  # pixels a side, below which a level has too little to go by


@dataclass(frozen=True)
class Style:
    """Which statistics of which layers count. relative: errors are divided by the energy of their
    target; else they are multiplied by what `scaling` says."""

    layers: Sequence[str]
    statistics: Mapping[str, float]
    layer_weights: Mapping[str, float]
    relative: bool
    scaling: Scaling
    weight: float = 1.0

    def loss(self, targets: Mapping[str, Mapping[str, Tensor]], of: "Shape") -> TextureLoss:
        weights = {
            layer: self.weight
            * self.layer_weights.get(layer, 1.0)
            * (1.0 if self.relative else self.scaling.of(*of(layer)))
            for layer in self.layers
        }
        combine = "sum" if self.relative else "absolute"
        return TextureLoss(targets, self.statistics, weights, combine=combine)


@dataclass(frozen=True)
class Content:
    """Which features count, with weights, and how their squared errors are scaled."""

    layer_weights: Mapping[str, float]
    relative: bool
    scaling: Scaling
    weight: float = 1.0

    def loss(self, targets: Mapping[str, Tensor], of: "Shape") -> ContentLoss:
        weights = {
            layer: self.weight * weight * (1.0 if self.relative else self.scaling.of(*of(layer)))
            for layer, weight in self.layer_weights.items()
        }
        return ContentLoss(targets, weights, relative=self.relative)


@dataclass(frozen=True)
class Shape:
    """Called with a layer: its channels, its positions, the picture's pixels."""

    descriptor: Descriptor
    size: Size

    def __call__(self, layer: str) -> tuple[int, int, int]:
        channels, stride, _ = self.descriptor.geometry[layer]
        height, width = self.size
        return channels, (height // stride) * (width // stride), height * width


@dataclass(frozen=True)
class PaintingPlan:
    """What all levels of a picture share. steps: of the finest; coarse_steps: of each other one.
    scales: how many levels, each half as large as the next. way: of a size;
    glance: of one that is only looked at."""

    descriptor: Descriptor
    units: PixelUnits
    size: Size
    scales: int
    steps: int
    coarse_steps: int
    way: Callable[[Size], Compute]
    glance: Callable[[Size], Compute]
    plain: Priors
    bounds: Bounds = None
    wraps: tuple[bool, bool] = (False, False)

    def sizes(self) -> list[Size]:
        """Coarse to fine; where the picture repeats, a multiple of the deepest layer's stride."""
        grain = [self.descriptor.stride if wrap else 1 for wrap in self.wraps]
        return [
            tuple(
                max(1, round(length / 2**k / unit)) * unit
                for length, unit in zip(self.size, grain, strict=True)
            )
            for k in reversed(range(self.scales))
        ]

    def shrink(self, picture: Tensor, size: Size) -> Tensor:
        """A picture as much smaller as this size is smaller than the whole."""
        return imaging.resized(picture, self.shrunk(tuple(picture.shape[-2:]), size))

    def shrunk(self, sides: Size, size: Size) -> Size:
        """The same of the sides alone."""
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
    """A new picture with the statistics of an exemplar (1,3,h,w).

    start: the coarsest level's picture, of a size. seed: of the fine detail, with the exemplar's
    spectrum, that every finer level begins with; None adds none.
    """
    levels, sizes = [], plan.sizes()
    for index, size in enumerate(sizes):
        shown = plan.shrink(exemplar, size)

        def begin(before: Tensor | None, index: int = index, shown: Tensor = shown) -> Tensor:
            size = sizes[index]
            if before is None:
                return start(size)
            picture = imaging.resized(before, size, plan.wraps)
            if seed is None:
                return picture
            half = tuple(max(1, length // 2) for length in shown.shape[-2:])
            band = imaging.fine_band(shown, half)
            return (picture + starts.random_phase(band, size, seed, index)).clamp(0, 1)

        def objective(size: Size = size, shown: Tensor = shown) -> Objective:
            return _objective(plan, size, shown, style)

        steps = plan.steps if index == len(sizes) - 1 else plan.coarse_steps
        levels.append(Level("picture", size, steps, objective, begin, plan.way(size), plan.bounds))
    return levels


def transfer(
    plan: PaintingPlan,
    content_picture: Tensor,
    style_picture: Tensor,
    style: Style,
    content: Content,
    start: Callable[[Size], Tensor],
) -> list[Level]:
    """The content of one picture with the statistics of another. Both are as large as they are to
    be seen beside a result of the plan's size."""
    levels, sizes = [], plan.sizes()
    for index, size in enumerate(sizes):

        def begin(before: Tensor | None, size: Size = size) -> Tensor:
            return start(size) if before is None else imaging.resized(before, size)

        def objective(size: Size = size) -> Objective:
            shown = plan.shrink(style_picture, size)
            held = imaging.resized(content_picture, size)
            return _objective(plan, size, shown, style, held, content)

        steps = plan.steps if index == len(sizes) - 1 else plan.coarse_steps
        levels.append(Level("picture", size, steps, objective, begin, plan.way(size), plan.bounds))
    return levels


def reconstruct(
    plan: PaintingPlan,
    picture: Tensor,
    contents: Mapping[str, Content],
    start: Callable[[Size], Tensor],
) -> list[Level]:
    """A picture out of its features alone, once for each of the contents, by name (Mahendran,
    Vedaldi 2015; Gatys, Ecker, Bethge 2016, figure 1)."""
    levels = []
    for part, content in contents.items():
        layers = list(content.layer_weights)
        # No deeper than these need.
        narrow = replace(plan, descriptor=plan.descriptor.only(layers))

        def objective(plan: PaintingPlan = narrow, content: Content = content) -> Objective:
            return _objective(plan, plan.size, None, None, picture, content)

        levels.append(
            Level(
                *(part, plan.size, plan.steps, objective),
                *(lambda before: start(plan.size), plan.way(plan.size), plan.bounds),
            )
        )
    return levels


def _objective(
    plan: PaintingPlan,
    size: Size,
    shown: Tensor | None,
    style: Style | None,
    held: Tensor | None = None,
    content: Content | None = None,
) -> Objective:
    """Targets out of the pictures shown (style) and held (content), and the loss against them."""
    descriptor, way, of = plan.descriptor, plan.way(size), Shape(plan.descriptor, size)
    device = descriptor.mean.device
    texture = kept = None
    if style is not None and style.weight:
        # A tile has no borders; nor may what it is held against.
        padding = tuple("replicate" if wrap else "zeros" for wrap in plan.wraps)
        glance = plan.glance(tuple(shown.shape[-2:]))
        targets = picture_statistics(
            *(descriptor, shown.to(device), style.layers, list(style.statistics), glance, padding)
        )
        texture = style.loss(targets, of)
    if content is not None and content.weight:
        targets = features_of(descriptor, held.to(device), list(content.layer_weights), way)
        kept = content.loss(targets, of)
    return Objective(
        *(descriptor, plan.units),
        texture=texture, content=kept, plain=plan.plain, wraps=plan.wraps,
    )  # fmt: skip
