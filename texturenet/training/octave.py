"""What pictures of one size are compared by: an exemplar as it is, or halved once, twice ..."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..losses.priors import Term
from ..losses.targets import FeatureFn
from ..losses.texture import TextureLoss

Compared = tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]


class Comparison(nn.Module):
    """Pictures (B,3,H,W) -> the relative errors of their statistics: a descriptor and its loss."""

    def __init__(self, descriptor: FeatureFn, loss: TextureLoss):
        super().__init__()
        self.descriptor, self.loss = descriptor, loss

    def errors(self, pictures: Tensor) -> dict[str, Tensor]:
        return self.loss.errors(self.descriptor(pictures))


class Octave(nn.Module):
    """One size of an exemplar.

    Parameters
    ----------
    whole : what its pictures are compared by, and judged
    early : what they are compared by at first, for less time; None for `whole`
    terms : {name: what is added to the texture loss}
    """

    def __init__(
        self, whole: Comparison, terms: Mapping[str, Term], early: Comparison | None = None
    ):
        super().__init__()
        self.whole, self.early = whole, early
        self.terms = nn.ModuleDict(terms)

    @property
    def names(self) -> list[str]:
        """Of its errors."""
        loss = self.whole.loss
        return [f"{name}/{layer}" for layer in loss.layers for name in loss.statistic_weights]

    def compared(self, pictures: Tensor, whole: bool, shown: Tensor | None = None) -> Compared:
        """The loss of pictures (B,3,H,W), its weighted terms, and the relative errors of their
        statistics; all scalars. whole: by the whole descriptor, or as they are at first. shown:
        what the descriptor is shown in place of the pictures, if it is not they."""
        comparison = self.early if self.early and not whole else self.whole
        features = comparison.descriptor(pictures if shown is None else shown)
        errors = comparison.loss.errors(features)
        terms = comparison.loss(errors)
        for name, term in self.terms.items():
            terms[name] = term.weight * term(pictures.float(), features)
        return torch.stack(list(terms.values())).sum(), terms, errors


def turn(step: int, octaves: int) -> int:
    """The octave that a step trains: every other the exemplar as it is, since all scales draw it
    and it has the most to show; between these the halved ones in turn."""
    if octaves == 1 or step % 2 == 0:
        return 0
    return 1 + step // 2 % (octaves - 1)


def round_of(octaves: int) -> int:
    """Steps after which turns come back."""
    return 1 if octaves == 1 else 2 * (octaves - 1)


def named(error: str, octave: int) -> str:
    """An error of the exemplar as it is has its own name; `octave1/..` is one of it halved."""
    return f"octave{octave}/{error}" if octave else error
