"""Terms of the pictures themselves, beside the statistics of their features.

First functions of pictures (B,3,H,W), for the per-image optimiser and for training; then the terms
of training as modules, which carry their weight and what they compare with.
"""

from collections.abc import Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .ranks import shared_mean

AT_ONCE = 2**20  # pixels of a photograph that are looked at together
SAMPLES = 2**20  # values by which the ends of its range are found
# A tenth of a step of bytes: below this, in parts of the range, detail is rounding.
ROUNDING = 1 / 2550
TAIL = 0.001  # share of an exemplar's values, at each end, beyond which they are extreme
FEW = 1e-5  # mean square beyond the ends that counts for nothing; an exemplar has about 1e-4
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
        return shared_mean(overflow(pictures))


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
        sums, count = 0.0, 0
        for band in bands(pictures, margin=1):
            planes = band.flatten(0, 1)[:, None]  # (B*3,1,h,W)
            with torch.autocast(pictures.device.type, enabled=False):
                detail = F.conv2d(planes, self.filters).abs().unflatten(0, (-1, 3))  # (B,3,3,h,w)
            parts = torch.stack([detail.sum((0, 3, 4)), detail.square().sum((0, 3, 4))])
            sums, count = sums + parts, count + detail[:, 0, 0].numel()
        mean, square = shared_mean(sums / count)
        return torch.log(torch.stack([mean + ROUNDING, (square + ROUNDING**2).sqrt()]))

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return (self.levels(pictures) - self.target).square().mean()


def bands(pictures: Tensor, margin: int) -> Iterator[Tensor]:
    """(B,3,H,W) as parts of full width, so that what is computed of a photograph fits into memory;
    each with so many rows of its neighbours on either side. Small ones in one piece."""
    height = pictures.shape[2]
    rows = max(1, AT_ONCE // pictures[:, 0, 0].numel())
    for top in range(margin, height - margin, rows):
        yield pictures[:, :, top - margin : min(top + rows, height - margin) + margin]


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
        ends, most = self._ends(exemplar)
        lengths = (most - ends).clamp(min=NO_TAIL)
        self.register_buffer("ends", ends, persistent=False)  # (4,3,1)
        self.register_buffer("lengths", lengths, persistent=False)
        self.register_buffer("target", self.levels(exemplar), persistent=False)

    def _ends(self, exemplar: Tensor) -> tuple[Tensor, Tensor]:
        """Where the utmost thousandth begins, and the utmost itself: (4,3,1) each."""
        most, some = [], []
        step = max(1, exemplar[0, 0].numel() // SAMPLES) | 1  # odd: it meets all columns
        for band in bands(exemplar, margin=1):
            signed = self.signed(band).flatten(2)  # (4,3,n)
            most.append(signed.amax(2, keepdim=True))
            some.append(signed[..., ::step])
        values = torch.cat(some, 2)
        rank = values.shape[2] - int(TAIL * values.shape[2])
        return values.kthvalue(rank, 2, keepdim=True).values, torch.stack(most).amax(0)

    def signed(self, pictures: Tensor) -> Tensor:
        """Values and differences of (B,3,H,W), then both with the other sign: (4,3,B,H-2,W-2)."""
        # Beyond [0,1] nothing is seen: that is left to the range term. At its ends, unlike those of
        # `clamp`, gradients are whole.
        pictures = pictures - F.relu(pictures - 1) + F.relu(-pictures)
        planes = pictures.flatten(0, 1)[:, None]  # (B*3,1,H,W)
        with torch.autocast(pictures.device.type, enabled=False):
            inside = planes[..., 1:-1, 1:-1]
            both = torch.cat([inside, inside - F.conv2d(planes, self.around)], dim=1)
        both = both.unflatten(0, (-1, 3)).permute(2, 1, 0, 3, 4)  # (2,3,B,h,w)
        return torch.cat([both, -both])

    def levels(self, pictures: Tensor) -> Tensor:
        """(4,3): logarithms of the mean squares beyond the ends, in lengths of the tails."""
        sums, count = 0.0, 0
        for band in bands(pictures, margin=1):
            signed = self.signed(band).flatten(2)
            beyond = ((signed - self.ends) / self.lengths).clamp(min=0)
            sums, count = sums + beyond.square().sum(2), count + signed.shape[2]
        return torch.log(shared_mean(sums / count) + FEW)

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        return (self.levels(pictures) - self.target).clamp(min=0).square().mean()
