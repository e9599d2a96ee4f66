"""Pictures (3,H,W) and their exemplar -> how good a texture they are, as figures by name.

0 is perfect for all but `diversity` and `regularity`, whose 1 is the exemplar's own. Descriptors
are compared by the relative error of their Gram matrices; what a net was trained on is a figure
beside those that nothing was trained on.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from ..analysis.regularity import regularity, similarity_at
from ..descriptors.base import Descriptor
from ..errors import Refused
from ..losses.targets import targets_of
from ..losses.texture import TextureLoss
from . import copies, distances
from .spots import spot

FLAT = 1 / 255  # deviation of an exemplar that is nothing but one colour
Distance = Callable[[Tensor, Tensor], float]
NONE: Mapping[str, Distance] = MappingProxyType({})
PLAIN = {
    "patches": distances.patch_wasserstein,
    "spectrum": distances.spectrum_error,
    "colours": distances.colour_distance,
    "spot": spot,
}
# Figures that nothing is trained on, whose geometric mean is the merit of a texture.
UNTRAINED = ("untrained layers", "patches", "spectrum", "portilla")


@dataclass(frozen=True)
class Judge:
    """descriptor: what is compared. figures: {name: the layers whose errors' mean it is}."""

    descriptor: Descriptor
    figures: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Card:
    """figures: means over the pictures; each: those of every picture. copies: where it is verbatim
    exemplar, bool (m,n). worst: which picture is the worst, by its mean rank over the figures."""

    figures: dict[str, float]
    each: list[dict[str, float]]
    copies: list[Tensor]
    worst: int


class Scorecard:
    """Call with pictures. exemplar: (1,3,h,w) in [0,1]. distances: more figures, by name, of a
    picture and the exemplar (3,h,w). Exemplar, pictures and the judges' networks lie on one
    device."""

    def __init__(
        self, exemplar: Tensor, judges: Sequence[Judge], distances: Mapping[str, Distance] = NONE
    ):
        if exemplar.flatten(2).std(2).max().item() < FLAT:
            raise Refused(
                "the exemplar is of one colour: there is nothing to hold pictures against."
            )
        self.exemplar, self.judges, self.distances = exemplar, list(judges), PLAIN | dict(distances)
        self.losses = [
            TextureLoss(targets_of([exemplar], judge.descriptor), {"gram": 1.0}, combine="sum")
            for judge in judges
        ]
        found = regularity(exemplar.cpu())
        self.period = found.period if found.regular else None

    def __call__(self, pictures: Sequence[Tensor]) -> Card:
        each, maps = [], []
        for picture in pictures:
            copied = copies.copy_map(picture, self.exemplar[0])
            maps.append(copied.cpu())
            each.append({**self.of(picture), "copied": copied.float().mean().item()})
        figures = {name: sum(found[name] for found in each) / len(each) for name in each[0]}
        if len(pictures) > 1:
            figures["diversity"] = distances.diversity(pictures, self.exemplar[0])
        return Card(figures, each, maps, _worst(each))

    @torch.no_grad()
    def of(self, picture: Tensor) -> dict[str, float]:
        """Errors and distances of one picture."""
        found = {}
        for judge, loss in zip(self.judges, self.losses, strict=True):
            errors = loss.errors(judge.descriptor(picture[None]))
            for name, layers in judge.figures.items():
                parts = [errors[f"gram/{layer}"].item() for layer in layers]
                found[name] = sum(parts) / len(parts)
        for name, far in self.distances.items():
            found[name] = far(picture, self.exemplar[0])
        if self.period:
            ours, theirs = (
                similarity_at(x.cpu(), self.period) for x in (picture[None], self.exemplar)
            )
            found["regularity"] = ours / theirs
        return found


def merit(figures: Mapping[str, float]) -> float | None:
    """Geometric mean of the figures that nothing is trained on, less being better; None where one
    of them is wanting."""
    if not all(figures.get(name, 0) > 0 for name in UNTRAINED):
        return None
    return math.exp(sum(math.log(figures[name]) for name in UNTRAINED) / len(UNTRAINED))


def _worst(each: Sequence[Mapping[str, float]]) -> int:
    """Copied pictures are not bad pictures: that figure does not count."""
    names = [name for name in each[0] if name != "copied"]
    # Of all, regularity alone is better for being more.
    signs = {"regularity": -1.0}
    table = torch.tensor([[signs.get(n, 1.0) * found[n] for n in names] for found in each])  # (P,F)
    return int((table[:, None] > table[None]).sum((1, 2)).argmax())
