"""What is trained for beside the statistics of features: pictures (B,3,H,W) -> a number."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def variation_l1(x: Tensor) -> Tensor:
    """Half the sum of the mean absolute differences between neighbours, down and across (d2l.ai,
    chapter Neural Style Transfer)."""
    down, across = (x[..., 1:, :] - x[..., :-1, :]), (x[..., 1:] - x[..., :-1])
    means = (part.abs().sum() / max(part.numel(), 1) for part in (down, across))
    return 0.5 * sum(means)


def variation(x: Tensor, power: float) -> Tensor:
    """Sum of (squared differences down and across)^power (Mahendran, Vedaldi 2015, section 3.2)."""
    down = (x[..., 1:, :-1] - x[..., :-1, :-1]).square()
    across = (x[..., :-1, 1:] - x[..., :-1, :-1]).square()
    # The gradient of a power below 1 is infinite at 0.
    return (down + across + (1e-12 if power < 1 else 0)).pow(power).sum()


def overflow(x: Tensor) -> Tensor:
    """Mean squared distance of colours from [0,1]: the range term."""
    return (x - x.clamp(0, 1)).square().mean()


# Under this, in parts of the range, detail is rounding to bytes.
ROUNDING = 1 / 2550


class Term(nn.Module):
    """Called with pictures (B,3,H,W), in float32 and not held to [0,1], and with their features
    {layer: (B,C,h,w)}; `weight` times what it returns is added to the loss."""

    def __init__(self, weight: float):
        super().__init__()
        self.weight = weight


class Range(Term):
    """Keeps colours in [0,1]."""

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return overflow(pictures)


class Detail(Term):
    """How strong the finest detail is, across, down and both (what changes from pixel to pixel), in
    each colour: mean square of the logarithms of its mean and of its root mean square over those of
    an exemplar (1,3,h,w).

    The first convolution of VGG hardly answers to the finest waves, those of a chequerboard least
    of all (bench/recipe/blind.py), so that a net is free to draw them. The mean tells apart what
    lies everywhere from what lies on edges alone.
    """

    def __init__(self, weight: float, exemplar: Tensor):
        super().__init__(weight)
        smooth, rough = torch.tensor([[1.0, 2.0, 1.0], [-1.0, 2.0, -1.0]]) / 4
        pairs = (smooth, rough), (rough, smooth), (rough, rough)
        filters = torch.stack([torch.outer(*pair) for pair in pairs])[:, None]  # (3,1,3,3)
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("wanted", self.levels(exemplar), persistent=False)

    def levels(self, pictures: Tensor) -> Tensor:
        """(2,3,3): of mean and root mean square, of each colour, of each filter."""
        planes = pictures.flatten(0, 1)[:, None]  # (B*3,1,H,W)
        with torch.autocast(pictures.device.type, enabled=False):
            found = F.conv2d(planes, self.filters).abs().unflatten(0, (-1, 3))  # (B,3,3,h,w)
        squares = found.square().mean((0, 3, 4)) + ROUNDING**2
        return torch.log(torch.stack([found.mean((0, 3, 4)) + ROUNDING, squares.sqrt()]))

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return (self.levels(pictures) - self.wanted).square().mean()
