"""Laws of the noise, and mixes of independent draws that keep the law (redresse)."""

import math

import torch
from torch import Tensor

from ..types import Size
from .philox import STARTS, address, cells


def gaussian(uniform: Tensor) -> Tensor:
    """Uniform noise on (0,1) -> standard normal noise, by the quantile function."""
    return torch.special.ndtri(uniform)


LAWS = {"uniform": lambda uniform: uniform, "gaussian": gaussian}
REDRESSE = ("cdf", "variance", "none")


def redresse(mixed: Tensor, lam: float, how: str, law: str) -> Tensor:
    """(1-lam) z1 + lam z2 of two independent draws of a law -> noise that keeps the law's variance.

    Mixing alone leaves the fraction (1-lam)^2 + lam^2 of the variance. "cdf" maps the mix through
    its own distribution function and the law's quantile function, the monotone transport back to
    the law, which is then exact (Agustsson, Sage, Timofte, Van Gool 2019, theorem 1; for uniform
    noise the `redresse` of S. Ladjal's course on texture networks). "variance" rescales about the
    mean, which leaves [0,1] for uniform noise. Of gaussian noise both are the same. "none" is the
    mix.
    """
    if how == "none" or not 0 < lam < 1:
        return mixed
    if how not in REDRESSE:
        raise ValueError(f"redresse is {how!r}, none of {REDRESSE}")
    if law == "uniform" and how == "cdf":
        return trapezoid_cdf(mixed, min(lam, 1 - lam))
    mean = 0.5 if law == "uniform" else 0.0
    return mean + (mixed - mean) * ((1 - lam) ** 2 + lam**2) ** -0.5


def trapezoid_cdf(x: Tensor, lam: float) -> Tensor:
    """Distribution function of (1-lam) U1 + lam U2 on [0,1], 0 < lam <= 1/2.

    The density is a trapezoid: it rises to 1/(1-lam) on [0,lam], stays, and falls on [1-lam,1].
    """
    below = torch.minimum(x, 1 - x)  # symmetrical about 1/2
    slope = below.square() / (2 * lam * (1 - lam))
    flat = (below - lam / 2) / (1 - lam)
    half = torch.where(below < lam, slope, flat)
    return torch.where(x < 0.5, half, 1 - half)


def turn(first: Tensor, second: Tensor, angle: float, law: str) -> Tensor:
    """At an angle on the circle through two independent standard normal draws -> noise of the law.

    cos and sin keep a normal law normal, so its distribution function gives exactly uniform noise
    at every angle, and 2 pi is where it began.
    """
    turned = first * math.cos(angle) + second * math.sin(angle)
    return torch.special.ndtr(turned) if law == "uniform" else turned


def normal(size: Size, seed: int, scale: int, channels: int = 3) -> Tensor:
    """Standard normal noise (1,C,H,W) of a seed, on the CPU, independent for each scale."""
    rows, columns = (address(0, length, None) for length in size)
    return gaussian(cells([seed], scale, rows, columns, channels, STARTS))
