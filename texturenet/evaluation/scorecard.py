"""Pictures (3,H,W) and their exemplar -> how good a texture they are, as figures by name.

0 is perfect for all but `diversity` and `regularity`, where 1 is the exemplar's own value. Features
of descriptors are compared by the relative error of their Gram matrices. The error that a net was
trained on is one figure beside those that nothing was trained on.
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
from .blocks import blocks
from .glints import glint_map, per_million
from .spots import spot

FLAT = 1 / 255  # standard deviation up to which an exemplar is of one colour
Distance = Callable[[Tensor, Tensor], float]
NONE: Mapping[str, Distance] = MappingProxyType({})
PLAIN = {
    "patches": distances.patch_wasserstein,
    "spectrum": distances.spectrum_error,
    "colours": distances.colour_distance,
    "spot": spot,
    "blocks": blocks,
}
# Figures that nothing is trained on, whose geometric mean is the merit of a texture.
UNTRAINED = ("untrained layers", "patches", "spectrum", "portilla")


@dataclass(frozen=True)
class Judge:
    """descriptor: whose features are compared. figures: {name: layers, whose mean error it is}."""

    descriptor: Descriptor
    figures: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Card:
    """The figures of some pictures.

    Attributes
    ----------
    figures : {name: mean over the pictures}
    each : {name: value} of every picture
    copies : bool (m,n) of every picture, where it is verbatim exemplar
    glints : bool (H-2,W-2) of every picture, where it has specks unlike the exemplar
    worst : index of the worst picture, by its mean rank over the figures
    """

    figures: dict[str, float]
    each: list[dict[str, float]]
    copies: list[Tensor]
    glints: list[Tensor]
    worst: int


class Scorecard:
    """Called with pictures (3,H,W) in [0,1] -> a Card. Exemplar, pictures and the judges' networks
    lie on one device.

    Parameters
    ----------
    exemplar : (1,3,h,w) in [0,1]
    judges : descriptors and the figures that they give
    distances : {name: function of a picture and the exemplar (3,h,w)}, more figures

    Raises
    ------
    Refused : for an exemplar of one colour
    """

    def __init__(
        self, exemplar: Tensor, judges: Sequence[Judge], distances: Mapping[str, Distance] = NONE
    ):
        if exemplar.flatten(2).std(2).max().item() < FLAT:
            raise Refused("the exemplar is of one colour: there is nothing to compare with.")
        self.exemplar, self.judges, self.distances = exemplar, list(judges), PLAIN | dict(distances)
        self.losses = [
            TextureLoss(targets_of([exemplar], judge.descriptor), {"gram": 1.0}, combine="sum")
            for judge in judges
        ]
        repetition = regularity(exemplar.cpu())
        self.period = repetition.period if repetition.regular else None

    def __call__(self, pictures: Sequence[Tensor]) -> Card:
        each, copied, specks = [], [], []
        for picture in pictures:
            copied.append(copies.copy_map(picture, self.exemplar[0]).cpu())
            specks.append(glint_map(picture, self.exemplar[0]).cpu())
            maps = {"glints": per_million(specks[-1]), "copied": copied[-1].float().mean().item()}
            each.append(self.of(picture) | maps)
        figures = {name: sum(one[name] for one in each) / len(each) for name in each[0]}
        if len(pictures) > 1:
            figures["diversity"] = distances.diversity(pictures, self.exemplar[0])
        return Card(figures, each, copied, specks, _worst(each))

    @torch.no_grad()
    def of(self, picture: Tensor) -> dict[str, float]:
        """{name: error or distance} of one picture (3,H,W)."""
        figures = {}
        for judge, loss in zip(self.judges, self.losses, strict=True):
            errors = loss.errors(judge.descriptor(picture[None]))
            for name, layers in judge.figures.items():
                parts = [errors[f"gram/{layer}"].item() for layer in layers]
                figures[name] = sum(parts) / len(parts)
        for name, distance in self.distances.items():
            figures[name] = distance(picture, self.exemplar[0])
        if self.period:
            ours, theirs = (
                similarity_at(x.cpu(), self.period) for x in (picture[None], self.exemplar)
            )
            figures["regularity"] = ours / theirs
        return figures


def merit(figures: Mapping[str, float]) -> float | None:
    """Geometric mean of the figures UNTRAINED, less being better; None where one is missing or not
    positive."""
    if not all(figures.get(name, 0) > 0 for name in UNTRAINED):
        return None
    return math.exp(sum(math.log(figures[name]) for name in UNTRAINED) / len(UNTRAINED))


def _worst(each: Sequence[Mapping[str, float]]) -> int:
    """Index by mean rank; copies do not make a picture bad, so that figure does not count."""
    names = [name for name in each[0] if name != "copied"]
    # Regularity is the only figure of which more is better.
    signs = {"regularity": -1.0}
    table = torch.tensor([[signs.get(n, 1.0) * one[n] for n in names] for one in each])  # (P,F)
    return int((table[:, None] > table[None]).sum((1, 2)).argmax())
