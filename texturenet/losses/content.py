"""Features of a picture against those of another, position by position."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .texture import FLOOR


@dataclass(frozen=True)
class Scaling:
    """factor * C^channels * N^positions * S^pixels, with C channels and N positions of a layer and
    S pixels of the picture. Published losses are sums of squared errors that differ in this alone.

    Of Gram matrices, which here are already divided by N, and of features.
    """

    factor: float
    channels: float
    positions: float
    pixels: float

    def of(self, channels: int, positions: int, pixels: int) -> float:
        powers = channels**self.channels * positions**self.positions * pixels**self.pixels
        return self.factor * powers


MEAN = Scaling(factor=1.0, channels=-1, positions=-1, pixels=0)  # of squared errors of features


class ContentLoss(nn.Module):
    """Features themselves against those of a picture, position by position.

    targets: {layer: (1,C,h,w)}. layer_weights: {layer: weight}, which 0 leaves out. relative:
    divide the sum of squared errors by that of the target's squares.
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
        return getattr(self, f"{layer}_features")

    def squared(self, layer: str, maps: Tensor, rows: slice, columns: slice) -> Tensor:
        """Sum of squared errors of features that are a part of the picture's."""
        wanted = self.target(layer)[..., rows, columns].to(maps.device)
        wide = torch.float64 if maps.dtype is torch.float64 else torch.float32
        return (maps.to(wide) - wanted.to(wide)).square().sum()

    def forward(self, squared: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Sums of squared errors by layer -> weighted terms."""
        terms = {}
        for layer, weight in self.layer_weights.items():
            energy = self.target(layer).float().square().sum() + FLOOR if self.relative else 1.0
            terms[f"content/{layer}"] = weight * squared[layer] / energy
        return terms

    def extra_repr(self) -> str:
        return f"{'relative' if self.relative else 'absolute'} over {self.layer_weights}"
