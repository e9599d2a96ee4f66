"""Pictures (3,H,W) against an exemplar (3,h,w), all in [0,1] -> distances that need no network.

Nothing here is a loss: no net of this project is trained on any of these figures.
"""

from collections.abc import Sequence
from itertools import combinations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance
from ..noise.laws import normal

OCTAVES = 3  # sizes at which pictures are compared, each half the one before
PATCH = 7  # pixels a side of patches whose distribution is compared
DIRECTIONS = 128  # that patches are projected on
QUANTILES = 256  # of each projection
ENOUGH = 2**18  # values for a distribution: twice as many, and more, are thinned out
WINDOW = 64  # pixels a side of the windows whose spectra are averaged
RINGS, SECTORS = 8, 6  # of the frequency plane
CROPS = 32  # of the exemplar, for its own diversity


def halved(picture: Tensor) -> Tensor:
    """(3,H,W) -> (3,H/2,W/2), means of 2x2 pixels."""
    return F.avg_pool2d(picture[None], 2)[0]


def patch_wasserstein(picture: Tensor, exemplar: Tensor) -> float:
    """Sliced Wasserstein distance of order 2 between the 7x7 patches of two pictures, over the
    standard deviation of the exemplar's; mean over directions and three octaves.

    Rabin, Peyré, Delon, Bernot 2011, "Wasserstein barycenter and its application to texture
    mixing", section 3; patches as Houdard et al. 2021 (GOTEX) take them.

    Parameters
    ----------
    picture, exemplar : (3,H,W) and (3,h,w) in [0,1]
    """
    kernel = normal((DIRECTIONS, 3 * PATCH * PATCH), 0, 1, 1)[0, 0].to(picture.device)
    kernel = (kernel / kernel.norm(dim=1, keepdim=True)).view(-1, 3, PATCH, PATCH)  # (D,3,7,7)
    distances = []
    for octave in range(OCTAVES):
        if octave:
            picture, exemplar = halved(picture), halved(exemplar)
        for some in kernel.split(DIRECTIONS // 8):  # a few at a time, for large pictures
            ours, theirs = (F.conv2d(x[None], some)[0].flatten(1) for x in (picture, exemplar))
            distances.append(_sliced(ours, theirs) / theirs.std(dim=1).clamp(min=1e-6))
    return torch.cat(distances).mean().item()


def colour_distance(picture: Tensor, exemplar: Tensor) -> float:
    """Sliced Wasserstein distance of order 2 between the colours of (3,H,W) and (3,h,w), mean over
    directions, as a part of the range."""
    directions = normal((32, 3), 0, 2, 1)[0, 0].to(picture.device)
    directions = directions / directions.norm(dim=1, keepdim=True)
    ours, theirs = (directions @ x.flatten(1) for x in (picture, exemplar))
    return _sliced(ours, theirs).mean().item()


def _sliced(ours: Tensor, theirs: Tensor) -> Tensor:
    """(D,N) and (D,M) -> distances (D,) of the two sets of numbers in each row, by quantiles."""
    levels = (torch.arange(QUANTILES, device=ours.device) + 0.5) / QUANTILES
    ours, theirs = (_quantiles(values, levels) for values in (ours, theirs))
    return (ours - theirs).square().mean(1).sqrt()


def _quantiles(values: Tensor, levels: Tensor) -> Tensor:
    """(D,N) -> (D,Q), linear between neighbours (torch.quantile ends at 16 million values)."""
    # Of very many some are enough; an odd step meets all columns of a picture.
    ordered = values[:, :: values.shape[1] // ENOUGH | 1].sort(dim=1).values
    places = levels * (ordered.shape[1] - 1)
    low = places.long()
    share = places - low
    high = (low + 1).clamp(max=ordered.shape[1] - 1)
    return ordered[:, low] * (1 - share) + ordered[:, high] * share


def spectrum_error(picture: Tensor, exemplar: Tensor) -> float:
    """Mean absolute natural logarithm of the ratio of two pictures' (3,H,W) power spectra, over
    rings of equal shares of octaves and sectors of the frequency plane."""
    side = min(WINDOW, *picture.shape[1:], *exemplar.shape[1:])
    ours, theirs = (polar_spectrum(x, side) for x in (picture, exemplar))
    return (ours / theirs).log().abs().mean().item()


def polar_spectrum(picture: Tensor, side: int) -> Tensor:
    """Power spectrum of the luminance of (3,H,W), mean over half overlapping windows (Welch 1967).

    side: of the windows, in pixels. Returns the mean power of every cell of RINGS x SECTORS in
    which there are frequencies, plus that of rounding to bytes (n,).
    """
    grey = luminance(picture[None])[0, 0]  # (H,W)
    windows = grey.unfold(0, side, side // 2).unfold(1, side, side // 2)  # (m,n,side,side)
    windows = windows - windows.mean((2, 3), keepdim=True)
    device = picture.device
    hann = torch.hann_window(side, periodic=False, device=device)
    power = torch.fft.fft2(windows * torch.outer(hann, hann)).abs().square().mean((0, 1))
    line = torch.fft.fftfreq(side, device=device)
    down, across = torch.meshgrid(line, line, indexing="ij")
    radius, angle = torch.hypot(down, across), torch.atan2(down, across) % torch.pi
    # The window blurs frequencies within two steps of zero into one.
    least, most = 2 / side, 0.5**0.5
    ring = ((radius / least).log() / torch.tensor(most / least).log() * RINGS).floor()
    sector = (angle / torch.pi * SECTORS).floor().clamp(max=SECTORS - 1)
    within, ring = ring >= 0, ring.clamp(max=RINGS - 1)
    cell = (ring * SECTORS + sector)[within].long()
    # Power below that of rounding to bytes is invisible.
    rounding = 255**-2 / 12 * hann.square().sum() ** 2
    power, empty = power[within], torch.zeros(RINGS * SECTORS, device=device)
    sums = empty.index_add(0, cell, power)
    counts = empty.index_add(0, cell, torch.ones_like(power))
    filled = counts > 0
    return sums[filled] / counts[filled] + rounding


def diversity(pictures: Sequence[Tensor], exemplar: Tensor) -> float:
    """How different pictures of different seeds are, over how different crops of the exemplar are;
    mean over three octaves. 0: all equal; about 1: as of a texture.

    Crops have half the exemplar's sides and lie anywhere: crops at its corners would be in phase,
    or opposite, where it repeats itself.

    Parameters
    ----------
    pictures : two or more (3,H,W) of one size, in [0,1]
    exemplar : (3,h,w) in [0,1]
    """
    height, width = (length // 2 for length in exemplar.shape[1:])
    last_top, last_left = exemplar.shape[1] - height, exemplar.shape[2] - width
    crops = []
    for down, across in _points(CROPS):
        top, left = round(down * last_top), round(across * last_left)
        crops.append(exemplar[:, top : top + height, left : left + width])
    ratios = []
    for octave in range(OCTAVES):
        if octave:
            crops, pictures = ([halved(x) for x in some] for some in (crops, pictures))
        ratios.append(_spread(pictures) / max(_spread(crops), 1e-12))
    return sum(ratios) / len(ratios)


def _points(count: int) -> list[tuple[float, float]]:
    """Points of the unit square, evenly spread and without a period, the same ones every time
    (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences": R2)."""
    root = 1.32471795724474602596  # of x^3 = x + 1
    return [((0.5 + n / root) % 1, (0.5 + n / root**2) % 1) for n in range(count)]


def _spread(pictures: Sequence[Tensor]) -> float:
    """Mean squared difference of all pairs of pictures of one size."""
    pairs = list(combinations(pictures, 2))
    return sum((a - b).square().mean().item() for a, b in pairs) / len(pairs)


def decibels(made: Tensor, original: Tensor) -> float:
    """How near a picture in [0,1] is: peak signal to noise ratio, -10 log10 of the mean squared
    error."""
    return -10 * (made - original).square().mean().clamp(min=1e-12).log10().item()
