"""A picture (1,3,H,W) in [0,1] -> a VGG made for it, layer by layer; can be watched and resumed.

Every layer is judged by how well the picture can be reconstructed, from noise, out of the features
so far. How a layer is chosen is decided in `ranvgg` and `singlevgg`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import accumulate

import torch
from torch import Tensor

from ..descriptors import random
from ..descriptors.vgg import convolution_names
from ..descriptors.weights import Weights, checked
from ..errors import Refused
from ..optimise import starts
from ..optimise.blocks import Compute
from ..optimise.descent import Descent
from ..optimise.method import Method
from ..types import ConvWeights
from .layer import LayerSite, Targets


@dataclass(frozen=True)
class VggPlan:
    """What all layers share, named as in conf/, where the numbers have their sources."""

    architecture: str
    width: float  # share of the architecture's channels
    deviation: float  # standard deviation of the weights drawn
    seed: int
    targets: Targets
    evaluations: int  # of each reconstruction
    noise: float  # standard deviation of the colours that it starts from, about grey
    method: Method
    compute: Compute
    check: Callable[[], None] | None = None  # called between convolutions; may raise to end it all


@dataclass(frozen=True)
class BuildStep:
    """One evaluation of a reconstruction.

    Attributes
    ----------
    layer : name of the convolution that is being made
    number : of its candidate or epoch, from 0
    step : of the reconstruction, from 0
    loss : mean squared error of features, summed over targets
    share : of the work that is done, 0 to 1
    picture : the reconstruction (3,H,W), clamped to [0,1]
    """

    layer: str
    number: int
    step: int
    loss: float
    share: float
    picture: Tensor


@dataclass(frozen=True)
class Result:
    """The least loss of a candidate or epoch; kept: whether the layer is made of it."""

    layer: str
    number: int
    loss: float
    kept: bool


class VggBuilder(ABC):
    """Iterate over it to have the network made: a BuildStep for every evaluation.

    Parameters
    ----------
    plan : what all layers share
    picture : (1,3,H,W) in [0,1]
    device : to compute on
    numbers : candidates or epochs of each layer

    Attributes
    ----------
    tensors : {name: (kernel, bias)} of the layers that are done
    results : what came of their candidates or epochs
    pictures : {name: (3,H,W) in [0,1]}, the reconstructions of the layers that are done
    number_is : what `numbers` counts, in a word
    """

    number_is: str

    def __init__(self, plan: VggPlan, picture: Tensor, device: torch.device, numbers: int):
        self.plan, self.picture, self.device = plan, picture.to(device), device
        self.numbers = numbers
        self.names = convolution_names(plan.architecture)
        self.shapes = random.shapes(plan.architecture, plan.width)
        self.tensors: dict[str, ConvWeights] = {}
        self.results: list[Result] = []
        self.pictures: dict[str, Tensor] = {}

    def __iter__(self) -> Iterator[BuildStep]:
        layer = self.first_layer()
        while layer is not None:
            yield from self.build(layer)
            layer = layer.next(self.tensors[layer.name])

    @abstractmethod
    def build(self, layer: LayerSite) -> Iterator[BuildStep]:
        """Make one layer and record it by `keep`."""

    def first_layer(self) -> LayerSite | None:
        """The first layer that is not done yet; None where all are."""
        plan = self.plan
        layer = LayerSite.first(
            plan.targets, plan.compute, plan.architecture, self.picture, self.drawn, plan.check
        )
        while layer is not None and layer.name in self.tensors:
            layer = layer.next(self.tensors[layer.name])
        return layer

    def drawn(self, name: str, number: int = 0) -> ConvWeights:
        """Random weights of a layer, of the candidate of that number."""
        index = self.names.index(name)
        pair = random.gaussian_kernel(
            self.plan.seed, index, number, self.shapes[name], self.plan.deviation
        )
        return tuple(part.to(self.device) for part in pair)

    def start(self, number: int = 0) -> Tensor:
        """Noise (1,3,H,W) in [0,1] that a reconstruction starts from."""
        size, seed = tuple(self.picture.shape[-2:]), self.plan.seed + (number << 32)
        return starts.white(0.5, self.plan.noise, size, seed, 0).clamp(0, 1).to(self.device)

    def descent(self, layer: LayerSite, layers: dict[str, ConvWeights], start: Tensor) -> Descent:
        """The reconstruction from these layers, of which `layer` is being made."""
        objective = layer.objective(layers, start)
        unit = tuple(torch.full((3, 1, 1), end, device=self.device) for end in (0.0, 1.0))
        return Descent(start, objective, self.plan.method, self.plan.compute, unit)

    def reconstruct(self, layer: LayerSite, number: int, descent: Descent) -> Iterator[BuildStep]:
        """As many evaluations as a reconstruction has, or fewer where it settles."""
        for step in range(self.plan.evaluations):
            loss = sum(descent.evaluate().values())
            yield BuildStep(
                layer=layer.name,
                number=number,
                step=step,
                loss=loss,
                share=self._share(layer.name, number, step),
                picture=descent.canvas.detach()[0].clamp(0, 1).cpu(),
            )
            if descent.settled or step == self.plan.evaluations - 1:
                return
            descent.step()

    def keep(
        self, layer: LayerSite, pair: ConvWeights, losses: list[float], best: int, picture: Tensor
    ) -> None:
        """Record a layer as done: its weights, the losses by number, which number it is made of,
        and the reconstruction (1,3,H,W) of that."""
        self.tensors[layer.name] = tuple(part.detach().clone() for part in pair)
        self.pictures[layer.name] = picture.detach()[0].clamp(0, 1).cpu()
        for number, loss in enumerate(losses):
            self.results.append(Result(layer.name, number, loss, number == best))

    def weights(self, source: str) -> Weights:
        """The whole network, on the CPU."""
        tensors = {name: (k.cpu(), b.cpu()) for name, (k, b) in self.tensors.items()}
        return checked(self.plan.architecture, random.CONVENTION, tensors, source)

    def state_dict(self) -> dict:
        """The layers that are done: all that is needed to go on exactly."""
        return {
            "tensors": {name: (k.cpu(), b.cpu()) for name, (k, b) in self.tensors.items()},
            "results": [asdict(result) for result in self.results],
            "pictures": self.pictures,
        }

    def load_state_dict(self, state: dict) -> None:
        """Raises Refused where the layers are not the first ones of this network."""
        tensors = state["tensors"]
        if list(tensors) != self.names[: len(tensors)]:
            raise Refused("its layers are not the first ones of this network.")
        for name, (kernel, bias) in tensors.items():
            if tuple(kernel.shape) != self.shapes[name] or bias.shape != kernel.shape[:1]:
                raise Refused(f"its {name} has shape {tuple(kernel.shape)}.")
            self.tensors[name] = kernel.to(self.device), bias.to(self.device)
        self.results = [Result(**result) for result in state["results"]]
        self.pictures = dict(state["pictures"])

    def _share(self, name: str, number: int, step: int) -> float:
        index = self.names.index(name)
        done = (number * self.plan.evaluations + step) / (self.numbers * self.plan.evaluations)
        return (sum(self._work[:index]) + done * self._work[index]) / sum(self._work)

    @cached_property
    def _work(self) -> list[float]:
        """What an evaluation of each layer costs, in products a pixel: of it and all below."""
        costs = [
            maps * before / 4 ** (int(name[4]) - 1)
            for name, (maps, before, *_) in self.shapes.items()
        ]
        if not self.plan.targets.built:
            return [sum(costs)] * len(costs)
        return list(accumulate(costs))
