"""A term of training: what repeats in an exemplar repeats in a net's pictures, at the places that
its waves say.

Statistics of features say nothing of where a structure stands. A net that is told the phase of its
exemplar's lattice has to find out alone what to draw at which; it draws regular textures in which
rows break off and meet again. Here the part of the exemplar that repeats is known wave by wave
(`analysis.harmonics`), and so are the phases at which each picture is drawn: the difference of a
picture from that part should hold none of these waves.
"""

import torch
from torch import Tensor, nn

from ..losses.ranks import shared_mean, sharers
from ..noise.phases import Phases
from .batches import Places


class Periodic(nn.Module):
    """The relative error of the waves that repeat, of pictures and the places of their noise.

    The mean of a batch is compared, so that what does not repeat may differ from picture to
    picture; the error is the mean of products of two different pictures, of which it makes
    nothing. (Of a batch of one picture, it is that of this one.)

    Parameters
    ----------
    cycles : (n,2) of every wave in a pixel of the exemplar's full size
    amplitudes : (P,n) complex, of the exemplar
    mean : (P,), of the exemplar
    cell : pixels of the full size a side of one of the pictures': 2, 4, .. of halved ones
    """

    cycles: Tensor
    amplitudes: Tensor
    mean: Tensor

    def __init__(self, weight: float, cycles: Tensor, amplitudes: Tensor, mean: Tensor, cell: int):
        super().__init__()
        self.weight, self.cell = weight, cell
        self.register_buffer("cycles", cycles.double(), persistent=False)
        self.register_buffer("amplitudes", amplitudes, persistent=False)
        self.register_buffer("mean", mean.view(-1, 1, 1), persistent=False)

    def forward(self, pictures: Tensor, places: Places) -> Tensor:
        """(B,P,H,W) -> the weighted error, a scalar; the error is 1 where no wave is drawn,
        and, of several pictures that differ in other things alone, perhaps a little below 0."""
        with torch.autocast(pictures.device.type, enabled=False):
            phases = Phases(self.cycles, *self._lines(pictures, places))
            rest = pictures.float() - self.mean - phases.drawn(self.amplitudes)
            amplitudes = phases.found(rest)  # (B,P,n)
        mean = shared_mean(torch.view_as_real(amplitudes).mean(0)).square().sum()
        count = len(pictures) * sharers()
        if count > 1:
            each = shared_mean(torch.view_as_real(amplitudes).square().sum((1, 2, 3)).mean())
            mean = (count * mean - each) / (count - 1)
        return self.weight * mean / torch.view_as_real(self.amplitudes).square().sum()

    def _lines(self, pictures: Tensor, places: Places) -> list[Tensor]:
        """Rows (B,H) and columns (B,W) of the pictures' pixels, in pixels of the full size, moved
        as the waves are."""
        return [
            (cells.double() + 0.5) * self.cell + places.shifts[:, axis, None]
            for axis, cells in enumerate(places.shown(pictures.shape))
        ]
