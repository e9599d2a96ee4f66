"""singleVGG: each layer learns from the pictures that its features are taken for.

Epoch by epoch the picture is made again from new noise, and the layer takes steps of Adam on the
same loss, between that reconstruction and the picture itself.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from .base import BuildStep, VggBuilder, VggPlan
from .layer import LayerSite


class SingleVgg(VggBuilder):
    """n_epochs: reconstructions of each layer. weight_steps: steps of Adam after each, so that the
    loss of an epoch, and its picture, are of the layer before them.

    Filters that are all zero would have no loss: normalisation after every step forbids it.
    """

    number_is = "epoch"

    def __init__(
        self,
        plan: VggPlan,
        picture: Tensor,
        device: torch.device,
        *,
        n_epochs: int,
        weight_steps: int,
        learning_rate: float,
    ):
        super().__init__(plan, picture, device, n_epochs)
        self.weight_steps, self.learning_rate = weight_steps, learning_rate

    def layer(self, site: LayerSite) -> Iterator[BuildStep]:
        losses, at = [], self.names.index(site.name)
        layers = site.layers(self.drawn(site.name))
        pair = tuple(part.clone().requires_grad_() for part in layers[site.name])
        adam = torch.optim.Adam(pair, lr=self.learning_rate)
        for epoch in range(self.numbers):
            frozen = site.layers(tuple(part.detach() for part in pair))
            start = self.start(1 + at * self.numbers + epoch)
            descent = self.descent(site, frozen, start)
            yield from self.descend(site, epoch, descent)
            losses.append(descent.best_loss)
            self._learn(site, pair, adam, site.below_of(descent.best))
        self.keep(site, pair, losses, self.numbers - 1, descent.best)

    def _learn(self, site: LayerSite, pair: tuple, adam: torch.optim.Adam, below: Tensor) -> None:
        for _ in range(self.weight_steps):
            adam.zero_grad()
            # Through the normalisation: or else a step would mostly shrink what it then restores.
            site.mismatch(site.layers(pair), below).backward()
            adam.step()
            with torch.no_grad():
                for part, scaled in zip(pair, site.layers(pair)[site.name], strict=True):
                    part.copy_(scaled)
