"""A term for batches whose pictures show one texture in several ways: each picture as the exemplar.

Statistics of a batch as one picture say nothing of its parts. A net that is told an angle would
then draw one angle dark and another light, and be right on average.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance
from .priors import ROUNDING, Term
from .ranks import shared_mean

BANDS = 5  # of contrast, at the most: details of 1 to 2 pixels, of 2 to 4, ..
# Crops of an exemplar differ too, but all of a net may differ by its pose, which is seen side by
# side: a third of what crops differ by counts as alike, and so does this much at least.
SHARE = 1 / 3
LEAST = 0.01, 0.05  # of a colour; of a logarithm of contrast


class Alike(Term):
    """Mean colour and contrast, at each size of detail, of every picture against crops (1,3,h,w).

    The term is the mean of log(1 + (difference / what counts as alike)^2): 0 where all are.
    """

    target: Tensor  # (3 + n,)
    spread: Tensor

    def __init__(self, weight: float, crops: Sequence[Tensor]):
        super().__init__(weight)
        traits = traits_of(torch.cat(list(crops)))
        least = torch.tensor([LEAST[0]] * 3 + [LEAST[1]] * (traits.shape[1] - 3)).to(traits)
        spread = traits.std(0, correction=0) * SHARE
        self.register_buffer("target", traits.mean(0), persistent=False)
        self.register_buffer("spread", spread.maximum(least), persistent=False)

    def forward(self, pictures: Tensor, features: Mapping[str, Tensor]) -> Tensor:
        apart = (traits_of(pictures) - self.target) / self.spread  # (B,3+n)
        return shared_mean(torch.log1p(apart.square()).mean())


def traits_of(pictures: Tensor) -> Tensor:
    """Of pictures (B,3,h,w): mean colour, and logarithms of contrast at each size of detail of
    which at least four lie in them, (B,3+n)."""
    bands = min(BANDS, min(pictures.shape[-2:]).bit_length() - 2)
    with torch.autocast(pictures.device.type, enabled=False):
        pictures = pictures.float()
        grey = luminance(pictures)
        left = [
            F.avg_pool2d(grey, 2**band).var((1, 2, 3), correction=0) for band in range(bands + 1)
        ]  # (B,) each: of what is larger than 2^band pixels
    contrast = [(one - other).clamp(min=0) for one, other in pairwise(left)]
    logarithms = [torch.log(one + ROUNDING**2) / 2 for one in contrast]
    return torch.cat([pictures.mean((2, 3)), *(one[:, None] for one in logarithms)], 1)
