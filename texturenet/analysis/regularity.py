"""A picture (1,3,H,W) in [0,1] -> how regular its texture is, and with what period.

Regular textures come back after a period: the autocorrelation of their luminance (Lin, Wang, Yang
1996, "Extracting periodicity of a regular texture") has peaks far from its centre, with valleys
between. How high the best of them stands is its strength. Whatever is large has some by chance, so
what counts is by how many of chance's deviations it stands out.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance

REGULAR = 10.0  # deviations of chance, from which on a texture is called regular (tests)
LONGEST = 0.5  # the longest period searched, as a part of the picture's sides
POINTS = 48  # of the line from the centre to a peak
NEARLY = 0.8  # the shortest period that is nearly as good as the best is the period


@dataclass(frozen=True)
class Regularity:
    """strength: 0 to 1. period: (down, right) in pixels to where the picture comes back, or None.
    evidence: the strength over what a random texture so coarse and so large has by chance."""

    strength: float
    period: tuple[int, int] | None
    evidence: float

    @property
    def regular(self) -> bool:
        return self.evidence >= REGULAR

    @property
    def length(self) -> float:
        """Of the period, in pixels; 0 without one."""
        down, right = self.period or (0, 0)
        return (down**2 + right**2) ** 0.5


def regularity(picture: Tensor) -> Regularity:
    """Of a picture (1,3,H,W)."""
    centre = autocorrelation(picture)
    rows, columns, heights = _peaks(centre)
    if not len(heights):
        return Regularity(0.0, None, 0.0)
    strengths = torch.minimum(heights, heights - _valleys(centre, rows, columns))
    best = strengths.max()
    if best <= 0:
        return Regularity(0.0, None, 0.0)
    lengths = torch.hypot(rows.float(), columns.float())
    lengths[strengths < NEARLY * best] = torch.inf
    first = int(lengths.argmin())
    period = int(rows[first]), int(columns[first])
    evidence = best / _chance(centre, period, tuple(picture.shape[-2:]))
    return Regularity(best.item(), period, evidence.item())


def similarity_at(picture: Tensor, period: tuple[int, int]) -> float:
    """How like itself a picture is at a period of its exemplar: the best within two pixels of it,
    -1 to 1; 0 where the picture is too small for it."""
    centre = autocorrelation(picture)
    down, right = period[0], period[1] + centre.shape[1] // 2
    near = centre[max(down - 2, 0) : down + 3, max(right - 2, 0) : max(right + 3, 0)]
    return near.max().item() if near.numel() else 0.0


def autocorrelation(picture: Tensor) -> Tensor:
    """Of the luminance without its trend, at shifts of 0..n rows down and -m..m columns across
    (n+1,2m+1); 1 at no shift, however few pixels overlap."""
    grey = detrend(luminance(picture)[0, 0].double())
    height, width = grey.shape
    shape = (2 * height, 2 * width)
    sums = _correlated(grey, grey, shape)
    ones, squares = torch.ones_like(grey), grey.square()
    # Of the parts that overlap, each by its own energy: a bright corner is no period.
    ours, theirs = _correlated(squares, ones, shape), _correlated(ones, squares, shape)
    found = sums / (ours * theirs).clamp(min=1e-18).sqrt()
    down, across = int(height * LONGEST), int(width * LONGEST)
    rows = torch.arange(down + 1)
    columns = torch.arange(-across, across + 1) % shape[1]
    return found[rows][:, columns].float()


def detrend(grey: Tensor) -> Tensor:
    """Without the plane that fits it best: light from one side is no texture."""
    height, width = grey.shape
    down, across = (torch.linspace(-1, 1, n, dtype=grey.dtype) for n in (height, width))
    grey = grey - grey.mean()
    for line in (down[:, None], across[None]):
        slope = (grey * line).mean() / line.square().mean()
        grey = grey - slope * line
    return grey


def _correlated(ours: Tensor, theirs: Tensor, shape: tuple[int, int]) -> Tensor:
    """sum over x of ours(x) theirs(x + shift), of no more than lies in both."""
    first, second = (torch.fft.rfft2(x, shape) for x in (ours, theirs))
    return torch.fft.irfft2(first.conj() * second, shape)


def _peaks(centre: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, columns (from the middle) and heights of the local maxima but the centre."""
    highest = F.max_pool2d(centre[None], 5, 1, 2)[0]
    inner = torch.zeros_like(centre, dtype=torch.bool)
    inner[:-2, 2:-2] = True  # at the rim it may go on rising
    # Along stripes nothing is higher than the rest but by rounding.
    rows, columns = torch.nonzero((centre >= highest - 1e-4) & inner, as_tuple=True)
    columns = columns - centre.shape[1] // 2
    away = (rows > 0) | (columns > 0)  # of the line of no shift down, half says it all
    rows, columns = rows[away], columns[away]
    return rows, columns, centre[rows, columns + centre.shape[1] // 2]


def _chance(centre: Tensor, period: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Deviation of the autocorrelation of a random texture at this shift: Bartlett's formula, with
    what lies within half a period taken for the correlation of its grain."""
    rows = torch.arange(centre.shape[0])[:, None]
    columns = torch.arange(centre.shape[1]) - centre.shape[1] // 2
    grain = torch.hypot(rows.float(), columns.float()) <= torch.tensor(period).float().norm() / 2
    area = 2 * (centre.square() * grain).sum()  # pixels; above and below
    overlap = (size[0] - period[0]) * (size[1] - abs(period[1]))
    return (area / overlap).sqrt().clamp(min=1e-6)


def _valleys(centre: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The lowest point between the centre and each peak (N,)."""
    share = torch.linspace(0, 1, POINTS)
    down = (rows[:, None] * share).round().long()  # (N,POINTS)
    across = (columns[:, None] * share).round().long() + centre.shape[1] // 2
    return centre[down, across].amin(1)
