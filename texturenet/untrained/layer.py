"""One layer of a VGG that is being made: its inputs, its targets, its objective.

The layer's input and the features of the targets below it are computed once; layers above it are
drawn, and computed, only where targets need them.
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
from ..types import ConvWeights, Size

LEAST = 1e-12  # mean activation of a layer that is not dead


@dataclass(frozen=True)
class Targets:
    """What the picture is reconstructed from.

    Attributes
    ----------
    layers : whose features are matched
    built : only those that need no layer above the one being made, and its own
    normalise : scale every layer to a mean activation of 1
    automatic : weight the layers so that each has a gradient of the same norm at the start
    pooling : of the network, a key of `descriptors.vgg.POOLINGS`
    """

    layers: Sequence[str]
    built: bool
    normalise: bool
    automatic: bool
    pooling: str


def target_layers(name: str, targets: Targets, architecture: str) -> list[str]:
    """The layers that are matched while the convolution `name` is made. Where none of them depends
    on it, its own rectified features are too, or all candidates would be equal."""
    order = layer_names(architecture)
    made = order.index(name)
    above = (place for place, other in enumerate(order) if other[:4] == "conv" and place > made)
    end = next(above, len(order)) if targets.built else len(order)
    matched = [layer for layer in order[:end] if layer in targets.layers]
    if all(order.index(layer) < made for layer in matched):
        matched.append(f"relu{name[4:]}")
    return matched


@dataclass
class LayerSite:
    """A convolution that is being made, and all that does not change while it is.

    Attributes
    ----------
    targets : what the picture is reconstructed from
    compute : in which precision
    architecture : a key of `descriptors.vgg.BLOCKS`
    name : of the convolution
    drawn : name of a layer above -> random weights
    input : the picture's features that go into the layer (1,I,h,w), in float32
    rounded_input : the same as `compute` rounds them
    size : (height, width) of the picture
    check : called between convolutions; may raise to end the work
    done : the layers below, {name: (kernel, bias)}
    fixed : {target below: features of the picture}
    matched : the layers that count while this one is made
    dependent : those of them that depend on it
    """

    targets: Targets
    compute: Compute
    architecture: str
    name: str
    drawn: Callable[[str], ConvWeights]
    input: Tensor
    rounded_input: Tensor
    size: Size
    check: Callable[[], None] | None = None
    done: dict[str, ConvWeights] = field(default_factory=dict)
    fixed: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def first(
        cls,
        targets: Targets,
        compute: Compute,
        architecture: str,
        picture: Tensor,
        drawn: Callable[[str], ConvWeights],
        check: Callable[[], None] | None = None,
    ) -> "LayerSite":
        """The first convolution of the network, for a picture (1,3,H,W) in [0,1]."""
        name = convolution_names(architecture)[0]
        network = _vgg({name: drawn(name)}, [name], architecture, targets).to(picture.device)
        x = network.normalised_input(picture)
        size = tuple(picture.shape[-2:])
        return cls(targets, compute, architecture, name, drawn, x, x, size, check)

    def __post_init__(self):
        self.matched = target_layers(self.name, self.targets, self.architecture)
        order = layer_names(self.architecture)
        made, deepest = order.index(self.name), max(map(order.index, self.matched))
        self.above = [name for name in order[made + 1 : deepest + 1] if name[:4] == "conv"]
        self.placeholders = {name: self.drawn(name) for name in self.above}
        self.dependent = [target for target in self.matched if order.index(target) > made]
        first = {**self.done, self.name: self.drawn(self.name), **self.placeholders}
        network = _vgg(first, self.matched, self.architecture, self.targets)
        self.descriptor = network.to(self.input.device).interruptible(self.check)
        self.target_weights: dict[str, float] | None = None

    def layers(self, pair: ConvWeights) -> dict[str, ConvWeights]:
        """{name: (kernel, bias)} of this layer, made of the pair, and of those above it that are
        computed; each normalised after the other if `normalise`."""
        layers, x = {}, self.input
        for name in (self.name, *self.above):
            kernel, bias = pair if name == self.name else self.placeholders[name]
            x = _rectified((kernel, bias), x)
            if self.targets.normalise:
                mean = x.mean().clamp(min=LEAST)
                kernel, bias, x = kernel / mean, bias / mean, x / mean
            layers[name] = kernel, bias
            x = self._pooled(name, x)
        return layers

    def features(self, layers: Mapping[str, ConvWeights], x: Tensor) -> dict[str, Tensor]:
        """{target that depends on the layer: features}; x (1,I,h,w) goes into the layer."""
        return self.descriptor.with_weights(layers).only(self.dependent).onward(self.name, x)

    def objective(self, layers: Mapping[str, ConvWeights], start: Tensor) -> Objective:
        """What a reconstruction minimises: mean squared errors of features, summed over targets.

        start : (1,3,H,W) in [0,1]; the weights of the targets are set at the first one
        """
        with torch.no_grad(), self._precision():
            targets = self.fixed | self.features(layers, self.rounded_input)
        network = self.descriptor.with_weights(layers)
        if self.target_weights is None:
            self.target_weights = self._target_weights(network, targets, start)
        content = ContentLoss(targets, self.target_weights, relative=False)
        return Objective(network, PixelUnits(), content=content).to(self.input.device)

    def _target_weights(
        self, network: Vgg, targets: dict[str, Tensor], start: Tensor
    ) -> dict[str, float]:
        """Those of the first candidate apply to all, so that their losses compare."""
        weights = {}
        for target in self.matched:
            channels, stride, _ = self.descriptor.geometry[target]
            positions = (self.size[0] // stride) * (self.size[1] // stride)
            weights[target] = MEAN.of(channels, positions, 0)
            if self.targets.automatic:
                content = ContentLoss(targets, {target: weights[target]}, relative=False)
                canvas = start.clone().requires_grad_()
                alone = Objective(network.only([target]), PixelUnits(), content=content)
                alone.to(self.input.device).evaluate(canvas, self.compute)
                weights[target] /= max(canvas.grad.norm().item(), LEAST)
        return weights

    def mismatch(self, layers: Mapping[str, ConvWeights], x: Tensor) -> Tensor:
        """The same loss, a scalar, as a function of the layers; x (1,I,h,w): what a reconstruction
        gives into the layer."""
        ours, theirs = (self.features(layers, part) for part in (self.input, x))
        errors = (
            (ours[t] - theirs[t]).square().sum() * self.target_weights[t] for t in self.dependent
        )
        return sum(errors)

    def input_of(self, picture: Tensor) -> Tensor:
        """What another picture (1,3,H,W) in [0,1] gives into the layer: (1,I,h,w)."""
        x = self.descriptor.normalised_input(picture)
        for name, pair in self.done.items():
            x = self._pooled(name, _rectified(pair, x))
        return x

    @torch.no_grad()
    def next(self, pair: ConvWeights) -> "LayerSite | None":
        """The next convolution, this one being made of the pair; None after the last."""
        names = convolution_names(self.architecture)
        if self.name == names[-1]:
            return None
        x = self._pooled(self.name, _rectified(pair, self.input))
        with self._precision():
            relu = _rectified(pair, self.rounded_input)
            rounded = self._pooled(self.name, relu)
        features = {f"relu{self.name[4:]}": relu}
        if self._ends_block(self.name):
            features[f"pool{self.name[4]}"] = rounded
        fixed = {name: maps for name, maps in features.items() if name in self.targets.layers}
        return LayerSite(
            self.targets,
            self.compute,
            self.architecture,
            names[names.index(self.name) + 1],
            self.drawn,
            input=x,
            rounded_input=rounded,
            size=self.size,
            check=self.check,
            done={**self.done, self.name: pair},
            fixed=self.fixed | fixed,
        )

    def _pooled(self, name: str, x: Tensor) -> Tensor:
        """The input of the layer after `name`, whose rectified features x are."""
        return POOLINGS[self.targets.pooling](x, 2) if self._ends_block(name) else x

    def _ends_block(self, name: str) -> bool:
        return [n for n in convolution_names(self.architecture) if n[4] == name[4]][-1] == name

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.input.device.type, torch.bfloat16, enabled=self.compute.half)


def _rectified(pair: ConvWeights, x: Tensor) -> Tensor:
    """(1,I,h,w) -> (1,O,h,w)."""
    return F.relu_(convolve(x, *pair, ZEROS))


def _vgg(
    tensors: Mapping[str, ConvWeights], layers: Sequence[str], architecture: str, targets: Targets
) -> Vgg:
    kind = {"architecture": architecture, "convention": CONVENTION, "pooling": targets.pooling}
    return Vgg(tensors, layers, **kind)
