"""Terms of the pictures themselves, beside the statistics of their features.

First functions of pictures (B,3,H,W), for the per-image optimiser and for training; then the terms
of training as modules, which carry their weight and what they compare with.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# A tenth of a step of bytes: below this, in parts of the range, detail is rounding.
ROUNDING = 1 / 2550
TAIL = 0.001  # share of an exemplar's values, at each end, beyond which they are extreme
NO_TAIL = 2 / 255  # a tail as short as this is rounding to bytes, or JPEG


def overflow(x: Tensor) -> Tensor:
    """Mean squared distance of colours from [0,1], a scalar: the range term."""
    return (x - x.clamp(0, 1)).square().mean()


def variation(x: Tensor, power: float) -> Tensor:
    """Sum over pixels of (squared differences down and across)^power, a scalar.

    Mahendran, Vedaldi 2015, "Understanding deep image representations by inverting them",
    section 3.2, where power is beta/2.
    """
    down = (x[..., 1:, :-1] - x[..., :-1, :-1]).square()
    across = (x[..., :-1, 1:] - x[..., :-1, :-1]).square()
    # The gradient of a power below 1 is infinite at 0.
    return (down + across + (1e-12 if power < 1 else 0)).pow(power).sum()


def variation_l1(x: Tensor) -> Tensor:
    """Half the sum of the mean absolute differences down and across, a scalar (d2l.ai, chapter
    Neural Style Transfer)."""
    down, across = (x[..., 1:, :] - x[..., :-1, :]), (x[..., 1:] - x[..., :-1])
    means = (part.abs().sum() / max(part.numel(), 1) for part in (down, across))
    return 0.5 * sum(means)


class Term(nn.Module):
    """A term of training; `weight` times what it returns is added to the loss.

    Called with pictures (B,3,H,W), in float32 and not clamped to [0,1], and with their features
    {layer: (B,C,h,w)}; returns a scalar.
    """

    def __init__(self, weight: float):
        super().__init__()
        self.weight = weight


class Range(Term):
    """Keeps colours in [0,1]."""

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return overflow(pictures)


class Detail(Term):
    """The strength of the finest detail against that of an exemplar (1,3,h,w).

    Detail is what changes from pixel to pixel across, down and both ways, in each colour. The term
    is the mean square of the differences of two logarithms: of its mean and of its root mean
    square. The mean tells apart what lies everywhere from what lies on edges alone.

    The first convolution of VGG hardly responds to the finest waves, those of a chequerboard least
    of all (bench/recipe/blind.py), so that without this term a net is free to draw them.
    """

    def __init__(self, weight: float, exemplar: Tensor):
        super().__init__(weight)
        smooth, rough = torch.tensor([[1.0, 2.0, 1.0], [-1.0, 2.0, -1.0]]) / 4
        pairs = (smooth, rough), (rough, smooth), (rough, rough)
        filters = torch.stack([torch.outer(*pair) for pair in pairs])[:, None]  # (3,1,3,3)
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("target", self.levels(exemplar), persistent=False)

    def levels(self, pictures: Tensor) -> Tensor:
        """(2,3,3): logarithms of mean and root mean square, of each colour, of each filter."""
        planes = pictures.flatten(0, 1)[:, None]  # (B*3,1,H,W)
        with torch.autocast(pictures.device.type, enabled=False):
            detail = F.conv2d(planes, self.filters).abs().unflatten(0, (-1, 3))  # (B,3,3,h,w)
        squares = detail.square().mean((0, 3, 4)) + ROUNDING**2
        return torch.log(torch.stack([detail.mean((0, 3, 4)) + ROUNDING, squares.sqrt()]))

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return (self.levels(pictures) - self.target).square().mean()


class Glints(Term):
    """Extremes beyond those of an exemplar (1,3,h,w): specks, which no mean of features notices.

    Taken in each colour, at both ends, of the values and of their differences from the eight pixels
    around. An end of the exemplar is where the utmost thousandth begins; beyond it, the mean square
    of the distance says how much lies there and how far out. The term is the mean square of how
    much larger the logarithm of that is than the exemplar's: 0 where nothing sticks out more.
    """

    def __init__(self, weight: float, exemplar: Tensor):
        super().__init__(weight)
        around = torch.full((1, 1, 3, 3), 1 / 8)
        around[..., 1, 1] = 0
        self.register_buffer("around", around, persistent=False)
        signed = self.signed(exemplar).flatten(2)  # (4,3,n)
        count = signed.shape[2]
        ends = signed.kthvalue(count - int(TAIL * count), 2, keepdim=True).values
        lengths = (signed.amax(2, keepdim=True) - ends).clamp(min=NO_TAIL)
        self.register_buffer("ends", ends, persistent=False)  # (4,3,1)
        self.register_buffer("lengths", lengths, persistent=False)
        self.register_buffer("target", self.levels(exemplar), persistent=False)

    def signed(self, pictures: Tensor) -> Tensor:
        """Values and differences of (B,3,H,W), then both with the other sign: (4,3,B,H-2,W-2)."""
        planes = pictures.flatten(0, 1)[:, None]  # (B*3,1,H,W)
        with torch.autocast(pictures.device.type, enabled=False):
            inside = planes[..., 1:-1, 1:-1]
            both = torch.cat([inside, inside - F.conv2d(planes, self.around)], dim=1)
        both = both.unflatten(0, (-1, 3)).permute(2, 1, 0, 3, 4)  # (2,3,B,h,w)
        return torch.cat([both, -both])

    def levels(self, pictures: Tensor) -> Tensor:
        """(4,3): logarithms of the mean squares beyond the ends, in lengths of the tails."""
        beyond = ((self.signed(pictures).flatten(2) - self.ends) / self.lengths).clamp(min=0)
        return torch.log(beyond.square().mean(2) + 1e-6)

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return (self.levels(pictures) - self.target).clamp(min=0).square().mean()
