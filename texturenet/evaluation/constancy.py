"""Frames (3,H,W) in [0,1] of a film -> figures of each, to compare its middle with its ends."""

import torch
from torch import Tensor

from ..losses.targets import FeatureFn, targets_of
from ..losses.texture import TextureLoss

FIGURES = ("distance", "contrast", "change")


class Constancy:
    """Called with one frame (3,H,W) after the other -> {figure: value}.

    Parameters
    ----------
    exemplar : (1,3,h,w) in [0,1], on the descriptor's device
    descriptor : pictures -> features

    Figures
    -------
    distance : relative error of the Gram matrices against the exemplar's, mean over layers
    contrast : standard deviation of the frame, mean over colours, as a part of the range
    change : root mean square difference from the frame before; 0 for the first
    """

    def __init__(self, exemplar: Tensor, descriptor: FeatureFn):
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
        """The distance of one picture (3,H,W) in [0,1]."""
        features = self.descriptor(picture.unsqueeze(0).to(self.device))
        errors = list(self.loss.errors(features).values())
        return (sum(errors) / len(errors)).item()
