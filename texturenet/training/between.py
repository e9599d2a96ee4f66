"""A term of training: units of a lattice differ from each other as the exemplar's do.

A net that is told numbers of each unit (`noise.units`) makes little of them at first: that one tile
is brighter than the next is a small part of what a descriptor sees, most of which is detail. Here
the numbers are given a meaning. The means of the exemplar's units, in all planes, differ most along
one direction (their first principal component: brighter tiles are rougher ones, too), and next
along another. The first number of a unit says below which share of the exemplar's units it lies
along the first; the second, below which share along the next of those that are near it along the
first; and so on. So each unit that a net draws has a mean of its own to come to, and those of many
are spread as the exemplar's are.
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
LEVELLED = 12  # of which a slow change can be told from chance
MOST = 1024  # of an exemplar that means are taken from, evenly along the first direction
FAINTEST = 0.1  # deviation of units, in that of all pixels, below which they count as alike
COLOURS = 3  # planes that come first


def between_of(
    weight: float, waves: Waves, exemplar: Tensor, shift: Shift, cell: int = 1
) -> "Between | None":
    """The term of an exemplar (1,P,h,w), or None where it shows too few whole units.

    waves : with units
    shift : how far the lattice is moved so that units begin at its joints (`analysis.units`)
    cell : pixels of the full size a side of one of the exemplar's: 2, 4, .. of halved ones
    """
    assert waves.units is not None
    deviations = exemplar.std((2, 3)).clamp(min=1 / 255)[0]
    rows, columns = (torch.arange(side, device=exemplar.device) for side in exemplar.shape[-2:])
    places = torch.stack(torch.meshgrid(rows, columns, indexing="ij"))[None] / len(rows)
    moved = torch.tensor([shift], device=exemplar.device)
    planes = torch.cat([exemplar, places], 1)
    means, whole = means_of(planes, waves, rows, columns, moved, cell)
    means, at = means[whole > 0].double().cpu().split([len(deviations), 2], 1)
    if len(means) < FEWEST:
        return None
    means = _levelled(means / deviations.cpu(), at)
    covariance = torch.atleast_2d(means.T.cov())
    directions = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, : waves.units.channels]
    # Where it is not said, more is brighter.
    directions = directions * (1 - 2 * (directions[:COLOURS].sum(0) < 0).double())
    scores = (means @ directions).float()
    return Between(weight, waves, deviations, directions.float(), scores, cell)


def _levelled(means: Tensor, at: Tensor) -> Tensor:
    """Means of units (n,P) at places (n,2) without what changes evenly across the exemplar, its
    light: numbers of units know nothing of that."""
    count = len(means)
    if count < LEVELLED:
        return means
    known = torch.cat([torch.ones(count, 1), at], 1)
    slow = known @ torch.linalg.lstsq(known, means, driver="gelsd").solution
    # Three numbers were fitted: as much of what is chance went with them.
    return means.mean(0) + (means - slow) * math.sqrt((count - 1) / (count - 3))


class Between(nn.Module):
    """The relative error of the means of units, of pictures and the places of their noise.

    Parameters
    ----------
    waves : with units
    deviations : (P,), of all pixels of the exemplar
    directions : (P,K) along which its units differ, one for each of their first K numbers
    scores : (n,K), where each of its units lies along them
    cell : pixels of the full size a side of one of the pictures': 2, 4, .. of halved ones
    """

    deviations: Tensor
    directions: Tensor
    scores: Tensor
    energy: Tensor

    def __init__(
        self,
        weight: float,
        waves: Waves,
        deviations: Tensor,
        directions: Tensor,
        scores: Tensor,
        cell: int = 1,
    ):
        super().__init__()
        self.weight, self.waves, self.cell = weight, waves, cell
        self.register_buffer("deviations", deviations, persistent=False)
        self.register_buffer("directions", directions, persistent=False)
        self.register_buffer("energy", scores.var(0).sum() + FAINTEST**2, persistent=False)
        in_order = scores[scores[:, 0].argsort()]
        if len(scores) > MOST:
            in_order = in_order[torch.linspace(0, len(scores) - 1, MOST).long()]
        self.register_buffer("scores", in_order, persistent=False)
        # Of how many units each number but the first chooses: evenly fewer.
        count, numbers = in_order.shape
        self.left = [math.ceil(count ** (1 - done / numbers)) for done in range(1, numbers + 1)]

    def forward(self, pictures: Tensor, places: Places) -> Tensor:
        """(B,P,H,W) -> the weighted error, a scalar: about 1 where all units are alike, and no more
        than that however far off they are; 0 where pictures show no whole one."""
        rows, columns = places.shown(pictures.shape)
        whose = Pictures(places.seeds, places.shifts, TRAINING, places.period)
        numbers = self.waves.units.at(rows, columns, self.cell, self.waves.torus, whose)
        planes = torch.cat([pictures.float(), numbers], 1)
        with torch.autocast(pictures.device.type, enabled=False):
            means, whole = means_of(planes, self.waves, rows, columns, places.shifts, self.cell)
            means, numbers = means.split([pictures.shape[1], numbers.shape[1]], 1)
            apart = (means / self.deviations) @ self.directions - self.wanted(numbers)
            errors = (apart.square() * whole[:, None]).sum()
        total, count = shared_mean(torch.stack([errors, whole.sum()])).unbind()
        error = total / count.clamp(min=1e-9) / self.energy
        # A net that has just begun is so far off that it would hear of nothing else.
        return self.weight * error / error.detach().clamp(min=1)

    def wanted(self, numbers: Tensor) -> Tensor:
        """Those of units (m,C) on (0,1) -> where they are to lie along the directions (m,K)."""
        among, found = self.scores.expand(len(numbers), -1, -1), []  # (m,n,K)
        for number, left in enumerate(self.left):
            if number:  # the first are in order
                among = _taken(among, among[..., number].argsort(1))
            count = among.shape[1]
            at = (numbers[:, number] * count - 0.5).clamp(0, count - 1)
            below = at.long().clamp(max=max(0, count - 2))
            pair = torch.stack([below, (below + 1).clamp(max=count - 1)], 1)
            first, then = _taken(among, pair)[..., number].unbind(1)
            found.append(torch.lerp(first, then, at - below))
            begin = (at.round().long() - (left - 1) // 2).clamp(0, count - left)
            among = _taken(among, begin[:, None] + torch.arange(left, device=begin.device))
        return torch.stack(found, 1)


def _taken(among: Tensor, which: Tensor) -> Tensor:
    """Of units (m,n,K) those (m,k) -> (m,k,K)"""
    return among.gather(1, which[..., None].expand(-1, -1, among.shape[2]))


def means_of(
    planes: Tensor, waves: Waves, rows: Tensor, columns: Tensor, shifts: Tensor, cell: int
) -> tuple[Tensor, Tensor]:
    """Of all that may be units of planes (B,P,H,W): their means (n,P), and (n,) 1 for each that is
    whole, 0 for others. n depends on the size of the planes alone: a GPU need not be asked.

    rows, columns, cell, shifts : of the planes' pixels, as `Units.counted` takes them
    """
    batch, count, height, width = planes.shape
    assert waves.units is not None
    row, unit = (
        lines - lines.amin((1, 2), keepdim=True)
        for lines in waves.units.counted(rows, columns, cell, waves.torus, shifts)
    )
    many, each = _most(waves, height * cell, width * cell)
    picture = torch.arange(batch, device=planes.device)[:, None, None]
    number = ((picture * many + row) * each + unit).flatten()
    values = planes.permute(0, 2, 3, 1).reshape(-1, count)
    sums = planes.new_zeros(batch * many * each, count).index_add_(0, number, values)
    pixels = planes.new_zeros(len(sums)).index_add_(0, number, torch.ones_like(values[:, 0]))
    whole = pixels >= WHOLE * waves.torus**2 / (waves.units.area * cell**2)
    return sums / pixels.clamp(min=1)[:, None], whole.to(planes.dtype)


def _most(waves: Waves, height: int, width: int) -> tuple[int, int]:
    """How many rows of units a picture can meet, and how many units of each are counted at most."""
    (down, right), (row, column) = waves.units.across, waves.units.rows
    lean = abs(down * row + right * column) / (row * row + column * column)
    rows = (abs(row) * height + abs(column) * width) / waves.torus
    across = (abs(down) * height + abs(right) * width) / waves.torus + lean
    return math.ceil(rows) + 2, math.ceil(across) + 2
