"""ranVGG: each layer is the one of several random candidates that reconstructs the picture best.

He, Wang, Hopcroft 2016, "A powerful generative model using random weights for the deep image
representation" (arXiv 1606.04801), section 2.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from .base import BuildStep, VggBuilder, VggPlan
from .layer import LayerSite


class RanVgg(VggBuilder):
    """n_samples: candidates of each layer. All reconstructions start from the same noise."""

    number_is = "candidate"

    def __init__(self, plan: VggPlan, picture: Tensor, device: torch.device, *, n_samples: int):
        super().__init__(plan, picture, device, n_samples)
        self.noise = self.start()

    def build(self, layer: LayerSite) -> Iterator[BuildStep]:
        losses, best, pair, picture = [], 0, None, None
        for number in range(self.numbers):
            layers = layer.layers(self.drawn(layer.name, number))
            descent = self.descent(layer, layers, self.noise)
            yield from self.reconstruct(layer, number, descent)
            losses.append(descent.best_loss)
            if pair is None or descent.best_loss < losses[best]:
                best, pair, picture = number, layers[layer.name], descent.best
        self.keep(layer, pair, losses, best, picture)
