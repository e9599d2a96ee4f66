"""A term of training: units of a lattice differ from each other as the exemplar's do.

A net that is told numbers of each unit (`noise.units`) makes little of them at first: that one tile
is brighter than the next is a small part of what a descriptor sees, most of which is detail. Here
the numbers are given a meaning. The means of the exemplar's units, in all planes, differ most along
one direction (their first principal component: brighter tiles are rougher ones, too), and next
along another; each number says where between the lowest and the highest unit of the exemplar a unit
lies along one of them. So each unit that a net draws has a mean of its own to come to, and those of
many are spread as the exemplar's are.
"""

import math

import torch
from torch import Tensor, nn

from ..losses.ranks import shared_mean
from ..noise.philox import TRAINING
from ..noise.units import Pictures
from ..noise.waves import Shift, Waves
from .batches import Places

WHOLE = 0.9  # of a unit's pixels, that have to lie in a picture for it to count
FEWEST = 4  # units of an exemplar that say anything
FAINTEST = 0.1  # deviation of units, in that of all pixels, below which they count as alike


def between_of(weight: float, waves: Waves, exemplar: Tensor, shift: Shift) -> "Between | None":
    """The term of an exemplar (1,P,h,w), or None where it shows too few whole units.

    waves : with units
    shift : how far the lattice is moved so that units begin at its joints (`analysis.units`)
    """
    assert waves.units is not None
    deviations = exemplar.std((2, 3)).clamp(min=1 / 255)[0]
    rows, columns = (torch.arange(side, device=exemplar.device) for side in exemplar.shape[-2:])
    moved = torch.tensor([shift], device=exemplar.device)
    means, whole = means_of(exemplar, waves, rows, columns, moved)
    means = means[whole > 0] / deviations
    if len(means) < FEWEST:
        return None
    covariance = torch.atleast_2d(means.T.double().cov())
    directions = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, : waves.units.channels]
    directions = directions * (1 - 2 * (directions.sum(0) < 0).double())  # more is mostly more
    scores = (means.double() @ directions).sort(0).values
    return Between(weight, waves, deviations, directions.float(), scores.float())


class Between(nn.Module):
    """The relative error of the means of units, of pictures and the places of their noise.

    Parameters
    ----------
    waves : with units
    deviations : (P,), of all pixels of the exemplar
    directions : (P,K) along which its units differ, one for each of their first K numbers
    scores : (n,K), where its units lie along each, in order
    """

    def __init__(
        self, weight: float, waves: Waves, deviations: Tensor, directions: Tensor, scores: Tensor
    ):
        super().__init__()
        self.weight, self.waves = weight, waves
        self.register_buffer("deviations", deviations, persistent=False)
        self.register_buffer("directions", directions, persistent=False)
        self.register_buffer("scores", scores, persistent=False)
        self.register_buffer("energy", scores.var(0).sum() + FAINTEST**2, persistent=False)

    def forward(self, pictures: Tensor, places: Places) -> Tensor:
        """(B,P,H,W) -> the weighted error, a scalar: 1 and less where all units are alike, 0 where
        pictures show no whole one."""
        rows, columns = places.shown(pictures.shape)
        whose = Pictures(places.seeds, places.shifts, TRAINING, places.period)
        numbers = self.waves.units.at(rows, columns, 1, self.waves.torus, whose)  # (B,C,H,W)
        planes = torch.cat([pictures.float(), numbers], 1)
        with torch.autocast(pictures.device.type, enabled=False):
            means, whole = means_of(planes, self.waves, rows, columns, places.shifts)
            means, numbers = means.split([pictures.shape[1], numbers.shape[1]], 1)
            wanted = self._scores_at(numbers[:, : self.scores.shape[1]])
            apart = (means / self.deviations) @ self.directions - wanted
            errors = (apart.square() * whole[:, None]).sum()
        total, count = shared_mean(torch.stack([errors, whole.sum()])).unbind()
        error = total / count.clamp(min=1e-9) / self.energy
        # A net that has just begun is so far off that it would hear of nothing else.
        return self.weight * error / error.detach().clamp(min=1)

    def _scores_at(self, shares: Tensor) -> Tensor:
        """(n,K) on (0,1) -> the scores below which so many of the exemplar's units lie, on a line
        from each of them to the next."""
        last = len(self.scores) - 1
        at = (shares * (last + 1) - 0.5).clamp(0, last)
        below = at.long().clamp(max=last - 1)
        first, then = self.scores.gather(0, below), self.scores.gather(0, below + 1)
        return torch.lerp(first, then, at - below)


def means_of(
    planes: Tensor, waves: Waves, rows: Tensor, columns: Tensor, shifts: Tensor
) -> tuple[Tensor, Tensor]:
    """Of all that may be units of planes (B,P,H,W): their means (n,P), and (n,) 1 for each that is
    whole, 0 for others. n depends on the size of the planes alone: a GPU need not be asked.

    rows, columns, shifts : of the planes' pixels, as `Units.counted` takes them
    """
    batch, count, height, width = planes.shape
    assert waves.units is not None
    row, unit = (
        lines - lines.amin((1, 2), keepdim=True)
        for lines in waves.units.counted(rows, columns, 1, waves.torus, shifts)
    )
    many, each = _most(waves, height, width)
    picture = torch.arange(batch, device=planes.device)[:, None, None]
    number = ((picture * many + row) * each + unit).flatten()
    values = planes.permute(0, 2, 3, 1).reshape(-1, count)
    sums = planes.new_zeros(batch * many * each, count).index_add_(0, number, values)
    pixels = planes.new_zeros(len(sums)).index_add_(0, number, torch.ones_like(values[:, 0]))
    whole = pixels >= WHOLE * waves.torus**2 / waves.units.area
    return sums / pixels.clamp(min=1)[:, None], whole.to(planes.dtype)


def _most(waves: Waves, height: int, width: int) -> tuple[int, int]:
    """How many rows of units a picture can meet, and how many units of each are counted at most."""
    (down, right), (row, column) = waves.units.across, waves.units.rows
    lean = abs(down * row + right * column) / (row * row + column * column)
    rows = (abs(row) * height + abs(column) * width) / waves.torus
    across = (abs(down) * height + abs(right) * width) / waves.torus + lean
    return math.ceil(rows) + 2, math.ceil(across) + 2
