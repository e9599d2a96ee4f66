"""singleVGG: each layer is trained on the one picture and its own reconstructions of it.

Epoch by epoch the picture is reconstructed from new noise, and the layer takes steps of Adam on the
same loss, between that reconstruction and the picture itself.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..types import ConvWeights
from .base import BuildStep, VggBuilder, VggPlan
from .layer import LayerSite


class SingleVgg(VggBuilder):
    """Normalisation after every step keeps the filters from becoming zero, which has no loss.

    Parameters
    ----------
    n_epochs : reconstructions of each layer
    weight_steps : of Adam after each reconstruction; the loss and the picture of an epoch are those
        of the layer before these steps
    learning_rate : of Adam
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

    def build(self, layer: LayerSite) -> Iterator[BuildStep]:
        losses, index = [], self.names.index(layer.name)
        layers = layer.layers(self.drawn(layer.name))
        pair = tuple(part.clone().requires_grad_() for part in layers[layer.name])
        adam = torch.optim.Adam(pair, lr=self.learning_rate)
        for epoch in range(self.numbers):
            frozen = layer.layers(tuple(part.detach() for part in pair))
            start = self.start(1 + index * self.numbers + epoch)
            descent = self.descent(layer, frozen, start)
            yield from self.reconstruct(layer, epoch, descent)
            losses.append(descent.best_loss)
            self._train(layer, pair, adam, layer.input_of(descent.best))
        self.keep(layer, pair, losses, self.numbers - 1, descent.best)

    def _train(
        self, layer: LayerSite, pair: ConvWeights, adam: torch.optim.Adam, x: Tensor
    ) -> None:
        """Steps of Adam on a pair that needs gradients; x (1,I,h,w): the reconstruction's input."""
        for _ in range(self.weight_steps):
            adam.zero_grad()
            # Through the normalisation, or a step would mostly shrink what is then scaled back.
            layer.mismatch(layer.layers(pair), x).backward()
            adam.step()
            with torch.no_grad():
                for part, scaled in zip(pair, layer.layers(pair)[layer.name], strict=True):
                    part.copy_(scaled)
