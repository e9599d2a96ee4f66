"""ranVGG: of several random candidates each layer keeps the one that gives the picture back best.

He, Wang, Hopcroft 2016, "A powerful generative model using random weights for the deep image
representation" (arXiv 1606.04801), section 2.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from .base import BuildStep, VggBuilder, VggPlan
from .layer import LayerSite


class RanVgg(VggBuilder):
    """n_samples: candidates of each layer. All of them start from the same noise."""

    number_is = "candidate"

    def __init__(self, plan: VggPlan, picture: Tensor, device: torch.device, *, n_samples: int):
        super().__init__(plan, picture, device, n_samples)
        self.noise = self.start()

    def layer(self, site: LayerSite) -> Iterator[BuildStep]:
        losses, best, kept = [], 0, None
        for number in range(self.numbers):
            layers = site.layers(self.drawn(site.name, number))
            descent = self.descent(site, layers, self.noise)
            yield from self.descend(site, number, descent)
            losses.append(descent.best_loss)
            if kept is None or descent.best_loss < losses[best]:
                best, kept = number, (layers[site.name], descent.best)
        self.keep(site, kept[0], losses, best, kept[1])
