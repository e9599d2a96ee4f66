"""Features of a picture against those of another, position by position."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .texture import FLOOR


@dataclass(frozen=True)
class Scaling:
    """factor * C^channels * N^positions * S^pixels, with C channels and N positions of a layer and
    S pixels of the picture.

    Published losses are sums of squared errors that differ in this factor alone. It applies to
    Gram matrices, which here are already divided by N, and to features.
    """

    factor: float
    channels: float
    positions: float
    pixels: float

    def of(self, channels: int, positions: int, pixels: int) -> float:
        """The factor of a layer with this many channels and positions."""
        powers = channels**self.channels * positions**self.positions * pixels**self.pixels
        return self.factor * powers


MEAN = Scaling(factor=1.0, channels=-1, positions=-1, pixels=0)  # mean squared error of features


class ContentLoss(nn.Module):
    """Squared errors of features against those of a target picture.

    Gatys, Ecker, Bethge 2016, "Image style transfer using convolutional neural networks", eq. 1.
    The errors of parts of a picture add up to those of the whole, so that a large picture can be
    compared block by block: `squared` of each part, their sums through `forward`.

    Parameters
    ----------
    targets : {layer: features (1,C,h,w)}
    layer_weights : {layer: weight}; 0 leaves a layer out
    relative : divide each layer's sum by the sum of squares of its target
    """

    def __init__(
        self, targets: Mapping[str, Tensor], layer_weights: Mapping[str, float], *, relative: bool
    ):
        super().__init__()
        self.layer_weights = {layer: w for layer, w in layer_weights.items() if w}
        self.relative = relative
        for layer in self.layer_weights:
            self.register_buffer(f"{layer}_features", targets[layer].detach(), persistent=False)

    def target(self, layer: str) -> Tensor:
        """Features (1,C,h,w) of the target picture."""
        return getattr(self, f"{layer}_features")

    def squared(self, layer: str, maps: Tensor, rows: slice, columns: slice) -> Tensor:
        """Sum of squared errors, a scalar, of features (1,C,m,n) at these rows and columns."""
        target = self.target(layer)[..., rows, columns].to(maps.device)
        wide = torch.float64 if maps.dtype is torch.float64 else torch.float32
        return (maps.to(wide) - target.to(wide)).square().sum()

    def forward(self, squared: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """{layer: sum of squared errors} -> {`content/layer`: weighted term}."""
        terms = {}
        for layer, weight in self.layer_weights.items():
            energy = self.target(layer).float().square().sum() + FLOOR if self.relative else 1.0
            terms[f"content/{layer}"] = weight * squared[layer] / energy
        return terms

    def extra_repr(self) -> str:
        return f"{'relative' if self.relative else 'absolute'} over {self.layer_weights}"
