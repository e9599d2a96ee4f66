"""A photograph (1,3,H,W) that was lit unevenly -> the same, lit evenly.

Light multiplies; so its logarithm adds to that of the texture. To the means of the logarithm over
PARTS x PARTS parts a polynomial of few terms is fitted, by least squares whose weights are anew
set by how far off each part is (Holland and Welsch 1977, "Robust regression using iteratively
reweighted least-squares"; Cauchy's weights), so that a few dark stones count for little. How many
terms are light and not chance is decided by Schwarz's criterion (1978, "Estimating the dimension
of a model"), with as many parts as are independent.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import Size

PARTS = 16  # along the shorter side
SEEN = 256  # pixels a side to which a larger picture is shrunk
DARKEST = 0.002  # of the light of white, that counts as more
HIGHEST = 3  # degree of the polynomial
USUAL = 2  # degree that is taken where it is not to be decided
TURNS = 30  # of the weights
CAUCHY = 2.0  # deviations at which a part counts half
SLIGHT = 0.05  # unevenness that is none
STRONGEST = 2.0  # unevenness that is not light any more
SHARES = (0.2126, 0.7152, 0.0722)  # of R, G, B in linear light (ITU-R BT.709)


@dataclass(frozen=True)
class Light:
    """terms: of the logarithm of the light, in the order of `_terms`. size: of the picture."""

    terms: tuple[float, ...]
    size: Size

    @property
    def unevenness(self) -> float:
        """How much more light the brightest part has than the darkest, as a share."""
        height, width = (max(1, round(PARTS * side / min(self.size))) for side in self.size)
        field = self.logarithm((height, width))
        return math.exp((field.max() - field.min()).item()) - 1

    @property
    def found(self) -> bool:
        """Whether it is uneven, and may still be light."""
        return SLIGHT <= self.unevenness <= STRONGEST

    def logarithm(self, size: Size) -> Tensor:
        """Of the light, at every pixel of a picture of this size (H,W), float64."""
        field = torch.zeros(size, dtype=torch.float64)
        for term, (down, right) in zip(self.terms, _terms(size), strict=False):
            field += term * down * right
        return field


def light_of(picture: Tensor, always: bool = False) -> Light:
    """Of a picture (1,3,H,W).

    always : also where it may be chance, of the degree that is usual
    """
    size = tuple(picture.shape[-2:])
    parts = _parts(picture)
    terms = torch.stack([(down * right).flatten() for down, right in _terms(parts.shape)], 1)
    count = _count(USUAL) if always else _likeliest(parts, terms)
    fitted = _fitted(parts.flatten(), terms[:, :count])
    return Light(tuple(fitted.tolist()), size)


def evened(picture: Tensor, light: Light) -> Tensor:
    """A picture (1,3,H,W) as if this light were the same everywhere, with the mean light that it
    had, and with every pixel's colour."""
    linear = to_linear(picture)
    shares = torch.tensor(SHARES).to(linear)
    before = linear.mean((0, 2, 3)) @ shares
    even = linear * torch.exp(-light.logarithm(tuple(picture.shape[-2:]))).to(linear)
    after = (even.mean((0, 2, 3)) @ shares).clamp(min=1e-12)
    return to_srgb((even * before / after).clamp(0, 1))


def to_linear(picture: Tensor) -> Tensor:
    """sRGB in [0,1] -> light in [0,1] (IEC 61966-2-1)."""
    curved = ((picture.clamp(min=0) + 0.055) / 1.055) ** 2.4
    return torch.where(picture <= 0.04045, picture / 12.92, curved)


def to_srgb(light: Tensor) -> Tensor:
    """Light in [0,1] -> sRGB in [0,1]."""
    curved = 1.055 * light.clamp(min=1e-9) ** (1 / 2.4) - 0.055
    return torch.where(light <= 0.0031308, light * 12.92, curved)


def _parts(picture: Tensor) -> Tensor:
    """The mean logarithm of the light of parts (n,m), float64."""
    shape, shorter = picture.shape[-2:], min(picture.shape[-2:])
    light = torch.einsum("c,bchw->bhw", torch.tensor(SHARES).to(picture), to_linear(picture))
    seen = [max(1, round(length * min(1, SEEN / shorter))) for length in shape]
    light = F.interpolate(light[:, None], seen, mode="area").clamp(min=DARKEST).log().double()
    count = [max(1, round(PARTS * length / shorter)) for length in shape]
    return F.adaptive_avg_pool2d(light, count)[0, 0]


def _terms(size: Size) -> list[tuple[Tensor, Tensor]]:
    """Powers of down (H,1) and right (1,W), from -1 to 1 in the shorter side, the sum of which
    grows up to HIGHEST."""
    down, right = ((2 * torch.arange(length).double() + 1 - length) / min(size) for length in size)
    return [
        (down[:, None] ** power, right ** (degree - power))
        for degree in range(HIGHEST + 1)
        for power in range(degree + 1)
    ]


def _count(degree: int) -> int:
    """Terms of a polynomial of two variables."""
    return (degree + 1) * (degree + 2) // 2


def _likeliest(parts: Tensor, terms: Tensor) -> int:
    """How many terms are light: of the degree that explains the parts (n,m) best for what it
    costs."""
    values = parts.flatten()
    rest = values - terms @ _fitted(values, terms)
    scale = _deviation(rest) * math.sqrt(len(rest) / (len(rest) - terms.shape[1]))
    independent = _independent((rest / scale).view(parts.shape))
    costs = {}
    for degree in range(HIGHEST + 1):
        some = terms[:, : _count(degree)]
        off = (values - some @ _fitted(values, some)) / (CAUCHY * scale)
        loss = CAUCHY**2 * torch.log1p(off.square()).mean().item()
        costs[degree] = loss * independent + _count(degree) * math.log(independent)
    return _count(min(costs, key=costs.__getitem__))


def _independent(rest: Tensor) -> float:
    """As many parts without correlation say as much about a mean as these (n,m) of which
    neighbours are alike, such as those of one board."""
    rest = rest.clamp(-3, 3)
    variance, count = rest.square().mean().clamp(min=1e-12), float(rest.numel())
    for alike in (rest[1:] * rest[:-1], rest[:, 1:] * rest[:, :-1]):
        share = min(0.99, max(0.0, (alike.mean() / variance).item()))
        count *= (1 - share) / (1 + share)
    return max(2.0, count)


def _fitted(values: Tensor, terms: Tensor) -> Tensor:
    """Coefficients (k,) of terms (n,k) that are nearest to values (n,), outliers apart."""
    weights = torch.ones_like(values)
    for _ in range(TURNS):
        roots = weights.sqrt()[:, None]
        found = torch.linalg.lstsq(roots * terms, roots * values[:, None]).solution[:, 0]
        rest = values - terms @ found
        weights = 1 / (1 + (rest / (CAUCHY * _deviation(rest))).square())
    return found


def _deviation(rest: Tensor) -> Tensor:
    """Of what is normally distributed but for outliers."""
    return (1.4826 * rest.abs().median()).clamp(min=1e-4)
