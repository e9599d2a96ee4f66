"""A picture (1,3,H,W) in [0,1] -> a VGG made for it, layer by layer, that can be watched, resumed.

Every layer is judged by how well the picture can be made again, from noise, out of the features
that there are so far. What a layer is made of is decided in ranvgg.py and singlevgg.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
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
    width: float  # of the channels of the architecture
    deviation: float  # of the weights drawn
    seed: int
    wanted: Targets
    evaluations: int  # of each reconstruction
    noise: float  # deviation of the colours that it starts from, about grey
    method: Method
    way: Compute


@dataclass(frozen=True)
class BuildStep:
    """One evaluation: of which layer and which number of its candidates or epochs, from 0.

    share: of the work done. picture (3,H,W), the reconstruction now, in [0,1].
    """

    layer: str
    number: int
    step: int
    loss: float
    share: float
    picture: Tensor


@dataclass(frozen=True)
class Result:
    """What came of one candidate or epoch; kept: whether the layer is made of it."""

    layer: str
    number: int
    loss: float
    kept: bool


class VggBuilder(ABC):
    """Iterate to have it grown: a Step for every evaluation. `tensors` are the layers that are
    done, `results` and `pictures` (the reconstructions that belong to them) how they came about."""

    def __init__(self, plan: VggPlan, picture: Tensor, device: torch.device, numbers: int):
        """numbers: candidates or epochs of a layer."""
        self.plan, self.picture, self.device = plan, picture.to(device), device
        self.numbers = numbers
        self.names = convolution_names(plan.architecture)
        self.shapes = random.shapes(plan.architecture, plan.width)
        self.tensors: dict[str, ConvWeights] = {}
        self.results: list[Result] = []
        self.pictures: dict[str, Tensor] = {}

    number_is: str  # what a layer's numbers count

    @abstractmethod
    def layer(self, site: LayerSite) -> Iterator[BuildStep]:
        """Make one layer: puts it into `tensors`, and what came of it into `results`."""

    def __iter__(self) -> Iterator[BuildStep]:
        site = self._first_site()
        while site is not None:
            yield from self.layer(site)
            site = site.next(self.tensors[site.name])

    def _first_site(self) -> LayerSite | None:
        """Where the first layer is to be made that is not there yet."""
        site = LayerSite.first(
            self.plan.wanted, self.plan.way, self.plan.architecture, self.picture, self.drawn
        )
        while site is not None and site.name in self.tensors:
            site = site.next(self.tensors[site.name])
        return site

    def drawn(self, name: str, number: int = 0) -> ConvWeights:
        """A candidate of a layer, as it comes from the seed."""
        layer = self.names.index(name)
        pair = random.gaussian_kernel(
            self.plan.seed, layer, number, self.shapes[name], self.plan.deviation
        )
        return tuple(part.to(self.device) for part in pair)

    def start(self, number: int = 0) -> Tensor:
        """Noise to begin a reconstruction with (1,3,H,W)."""
        size, seed = tuple(self.picture.shape[-2:]), self.plan.seed + (number << 32)
        return starts.white(0.5, self.plan.noise, size, seed, 0).clamp(0, 1).to(self.device)

    def descent(self, site: LayerSite, layers: dict[str, ConvWeights], start: Tensor) -> Descent:
        objective = site.objective(layers, start)
        unit = tuple(torch.full((3, 1, 1), end, device=self.device) for end in (0.0, 1.0))
        return Descent(start, objective, self.plan.method, self.plan.way, unit)

    def descend(self, site: LayerSite, number: int, descent: Descent) -> Iterator[BuildStep]:
        """As many evaluations as a reconstruction has."""
        for step in range(self.plan.evaluations):
            loss = sum(descent.evaluate().values())
            yield BuildStep(
                *(site.name, number, step, loss, self._share(site.name, number, step)),
                descent.canvas.detach()[0].clamp(0, 1).cpu(),
            )
            if descent.settled or step == self.plan.evaluations - 1:
                return
            descent.step()

    def keep(
        self, site: LayerSite, layer: ConvWeights, losses: list[float], best: int, made: Tensor
    ) -> None:
        """Have a layer done: losses by number, which of them it is made of, the picture of that."""
        self.tensors[site.name] = tuple(part.detach().clone() for part in layer)
        self.pictures[site.name] = made.detach()[0].clamp(0, 1).cpu()
        for number, loss in enumerate(losses):
            self.results.append(Result(site.name, number, loss, number == best))

    def _share(self, name: str, number: int, step: int) -> float:
        at = self.names.index(name)
        done = (number * self.plan.evaluations + step) / (self.numbers * self.plan.evaluations)
        return (sum(self._work[:at]) + done * self._work[at]) / sum(self._work)

    @cached_property
    def _work(self) -> list[float]:
        """What an evaluation of each layer costs, in products a pixel: of it and all below."""
        costs = [
            maps * before / 4 ** (int(name[4]) - 1)
            for name, (maps, before, *_) in self.shapes.items()
        ]
        if not self.plan.wanted.built:
            return [sum(costs)] * len(costs)
        return list(accumulate(costs))

    def weights(self, source: str) -> Weights:
        """All of it, on the CPU."""
        tensors = {name: (k.cpu(), b.cpu()) for name, (k, b) in self.tensors.items()}
        convention = random.CONVENTION
        return checked(self.plan.architecture, convention, tensors, source)

    def state_dict(self) -> dict:
        """The layers that are done: enough for the same growth to go on exactly."""
        return {
            "tensors": {name: (k.cpu(), b.cpu()) for name, (k, b) in self.tensors.items()},
            "results": [asdict(result) for result in self.results],
            "pictures": self.pictures,
        }

    def load_state_dict(self, state: dict) -> None:
        tensors = state["tensors"]
        if list(tensors) != self.names[: len(tensors)]:
            raise Refused("its layers are not the first ones of this network.")
        for name, (kernel, bias) in tensors.items():
            if tuple(kernel.shape) != self.shapes[name] or bias.shape != kernel.shape[:1]:
                raise Refused(f"its {name} has shape {tuple(kernel.shape)}.")
            self.tensors[name] = kernel.to(self.device), bias.to(self.device)
        self.results = [Result(**result) for result in state["results"]]
        self.pictures = dict(state["pictures"])
