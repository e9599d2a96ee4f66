"""Frames (3,H,W) -> figures that tell whether a film is as good in its middle as at its ends."""

import torch
from torch import Tensor

from ..losses.targets import FeatureFn, targets_of
from ..losses.texture import TextureLoss

FIGURES = ("distance", "contrast", "change")


class Constancy:
    """Call with one frame after the other -> {figure: value}.

    distance: relative error of the Gram matrices against the exemplar's, mean over the descriptor's
    layers. contrast: standard deviation of the frame, mean over colours, as a part of the range.
    change: root mean square difference from the frame before; 0 for the first.
    """

    def __init__(self, exemplar: Tensor, descriptor: FeatureFn):
        """exemplar: (1,3,h,w) in [0,1]."""
        self.descriptor, self.device = descriptor, exemplar.device
        self.loss = TextureLoss(targets_of([exemplar], descriptor), {"gram": 1.0}, combine="sum")
        self.before: Tensor | None = None

    def __call__(self, frame: Tensor) -> dict[str, float]:
        change = 0.0 if self.before is None else (frame - self.before).square().mean().sqrt().item()
        self.before = frame
        return {
            "distance": self.distance(frame),
            "contrast": frame.flatten(1).std(1).mean().item(),
            "change": change,
        }

    @torch.no_grad()
    def distance(self, picture: Tensor) -> float:
        """That of one picture (3,H,W)."""
        features = self.descriptor(picture.unsqueeze(0).to(self.device))
        errors = list(self.loss.errors(features).values())
        return (sum(errors) / len(errors)).item()
