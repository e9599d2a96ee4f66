"""Where a layer of a VGG is being made: all that does not change while it is.

Of the picture, what goes into the layer and the features of the targets below it are computed once;
layers above it are drawn, and computed, only where targets need them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from ..descriptors.base import ZEROS, convolve
from ..descriptors.random import CONVENTION
from ..descriptors.vgg import POOLINGS, Vgg, convolution_names, layer_names
from ..losses.content import MEAN, ContentLoss
from ..optimise.blocks import Compute
from ..optimise.objective import Objective, PixelUnits
from ..types import ConvWeights

LEAST = 1e-12  # mean activation of a layer that is not dead


@dataclass(frozen=True)
class Targets:
    """targets: layers whose features are to give the picture back; built: only those that need no
    layer above the one being made, and its own. normalize: mean activations of 1. automatic: each
    target pulls at the first picture as strongly; pooling: of the network."""

    targets: Sequence[str]
    built: bool
    normalize: bool
    automatic: bool
    pooling: str


def targets_at(name: str, wanted: Targets, architecture: str) -> list[str]:
    """The layers that count while `name` is made. Where none of them depends on it, its own
    rectified output does too: or else nothing would tell one candidate from another."""
    order = layer_names(architecture)
    made = order.index(name)
    above = (place for place, other in enumerate(order) if other[:4] == "conv" and place > made)
    end = next(above, len(order)) if wanted.built else len(order)
    counted = [target for target in order[:end] if target in wanted.targets]
    if all(order.index(target) < made for target in counted):
        counted.append(f"relu{name[4:]}")
    return counted


@dataclass
class LayerSite:
    """below: what goes into the layer, in float32; seen: the same as the way of computing sees it.
    fixed: features of the picture at the targets below. drawn: a layer above, by name."""

    wanted: Targets
    way: Compute
    architecture: str
    name: str
    drawn: Callable[[str], ConvWeights]
    below: Tensor
    seen: Tensor
    size: tuple[int, int]
    done: dict[str, ConvWeights] = field(default_factory=dict)
    fixed: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def first(
        cls, wanted: Targets, way: Compute, architecture: str, picture: Tensor,
        drawn: Callable[[str], ConvWeights],
    ) -> "LayerSite":  # fmt: skip
        name = convolution_names(architecture)[0]
        entered = _vgg({name: drawn(name)}, [name], architecture, wanted).to(picture.device)
        below = entered.normalised_input(picture)
        return cls(wanted, way, architecture, name, drawn, below, below, tuple(picture.shape[-2:]))

    def __post_init__(self):
        self.targets = targets_at(self.name, self.wanted, self.architecture)
        order = layer_names(self.architecture)
        made, deepest = order.index(self.name), max(map(order.index, self.targets))
        self.above = [name for name in order[made + 1 : deepest + 1] if name[:4] == "conv"]
        self.placeholders = {name: self.drawn(name) for name in self.above}
        self.moving = [target for target in self.targets if order.index(target) > made]
        first = {**self.done, self.name: self.drawn(self.name), **self.placeholders}
        self.descriptor = _vgg(first, self.targets, self.architecture, self.wanted)
        self.descriptor.to(self.below.device)
        self.weights: dict[str, float] | None = None

    def layers(self, pair: ConvWeights) -> dict[str, ConvWeights]:
        """The layer made of this, and those above it that are computed, normalised one by one."""
        found, x = {}, self.below
        for name in (self.name, *self.above):
            kernel, bias = pair if name == self.name else self.placeholders[name]
            x = self._answer((kernel, bias), x)
            if self.wanted.normalize:
                mean = x.mean().clamp(min=LEAST)
                kernel, bias, x = kernel / mean, bias / mean, x / mean
            found[name] = kernel, bias
            x = self._onward(name, x)
        return found

    def features(self, layers: Mapping[str, ConvWeights], below: Tensor) -> dict[str, Tensor]:
        """At the targets that depend on the layer, of what goes into it."""
        return self.descriptor.with_weights(layers).only(self.moving).onward(self.name, below)

    def objective(self, layers: Mapping[str, ConvWeights], start: Tensor) -> Objective:
        """What a reconstruction minimises: mean squared errors of features, summed over targets."""
        with torch.no_grad(), self._precision():
            targets = self.fixed | self.features(layers, self.seen)
        made = self.descriptor.with_weights(layers)
        if self.weights is None:
            self.weights = self._weights(made, targets, start)
        content = ContentLoss(targets, self.weights, relative=False)
        return Objective(made, PixelUnits(), content=content).to(self.below.device)

    def _weights(self, made: Vgg, targets: dict[str, Tensor], start: Tensor) -> dict[str, float]:
        """Those of the first candidate hold for all of them, so that their losses compare."""
        found = {}
        for target in self.targets:
            channels, stride, _ = self.descriptor.geometry[target]
            positions = (self.size[0] // stride) * (self.size[1] // stride)
            found[target] = MEAN.of(channels, positions, 0)
            if self.wanted.automatic:
                content = ContentLoss(targets, {target: found[target]}, relative=False)
                canvas = start.clone().requires_grad_()
                alone = Objective(made.only([target]), PixelUnits(), content=content)
                alone.to(self.below.device).evaluate(canvas, self.way)
                found[target] /= max(canvas.grad.norm().item(), LEAST)
        return found

    def mismatch(self, layers: Mapping[str, ConvWeights], below: Tensor) -> Tensor:
        """The same loss as a function of the layer: of another picture, by what goes into it."""
        ours, theirs = (self.features(layers, part) for part in (self.below, below))
        errors = ((ours[t] - theirs[t]).square().sum() * self.weights[t] for t in self.moving)
        return sum(errors)

    def below_of(self, picture: Tensor) -> Tensor:
        """What goes into the layer, of another picture."""
        x = self.descriptor.normalised_input(picture)
        for name, pair in self.done.items():
            x = self._onward(name, self._answer(pair, x))
        return x

    @torch.no_grad()
    def next(self, pair: ConvWeights) -> "LayerSite | None":
        """The site of the next layer, this one being made of that; None after the last."""
        names = convolution_names(self.architecture)
        if self.name == names[-1]:
            return None
        below = self._onward(self.name, self._answer(pair, self.below))
        with self._precision():
            relu = self._answer(pair, self.seen)
            seen = self._onward(self.name, relu)
        fixed = {f"relu{self.name[4:]}": relu}
        if self._ends_block(self.name):
            fixed[f"pool{self.name[4]}"] = seen
        fixed = {name: maps for name, maps in fixed.items() if name in self.wanted.targets}
        return LayerSite(
            *(self.wanted, self.way, self.architecture, names[names.index(self.name) + 1]),
            *(self.drawn, below, seen, self.size),
            *({**self.done, self.name: pair}, self.fixed | fixed),
        )

    def _answer(self, pair: ConvWeights, x: Tensor) -> Tensor:
        return F.relu_(convolve(x, *pair, ZEROS))

    def _onward(self, name: str, x: Tensor) -> Tensor:
        """What goes into the layer after `name`, whose rectified features these are."""
        return POOLINGS[self.wanted.pooling](x, 2) if self._ends_block(name) else x

    def _ends_block(self, name: str) -> bool:
        return [n for n in convolution_names(self.architecture) if n[4] == name[4]][-1] == name

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.below.device.type, torch.bfloat16, enabled=self.way.half)


def _vgg(
    tensors: Mapping[str, ConvWeights], layers: Sequence[str], architecture: str, wanted: Targets
) -> Vgg:
    return Vgg(
        tensors, layers, architecture=architecture, convention=CONVENTION, pooling=wanted.pooling
    )
