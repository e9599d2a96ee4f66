"""A picture (1,3,H,W) of a regular texture -> the slant and the lens that it was seen through.

Seen at a slant, the waves of a texture change across the picture, and its power is spread over
many. A plane that is u = x / (1 + slope x), of points x of the picture, is the one seen straight
on, but for what a homography does to all places alike. The slope that is sought is the one at
which the power of the plane lies on the fewest waves. Pictures are taken to the plane so that
their energy stays what it is; so the sum of the squares of powers tells how few these are.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from ..imaging import luminance
from ..types import Size
from .rectify import View, largest_frame, rectified, size_of
from .regularity import detrend, regularity

Slope = tuple[float, float]  # down and right, in a shorter side
COARSE, FINE = 128, 256  # pixels a side, at which slopes are sought and found
STEP = 0.1  # between slopes that are tried first
STEEPEST = 0.75  # of those, and
LIMIT = 0.8  # of any
FINEST = 0.001  # the last step
AWAY = 0.25  # from the best slope, from where on others are compared with it
PLANE = 1.75  # the side of the plane, where that of the picture is 1
WIDEST = 16  # of a side: the deviation of the blur that stands for light and large spots
STANDING = 1.22  # times the power on few waves at other slopes, which the best slope has, and
SHARPER = 1.22  # times that of no slope: below, a texture may be irregular (tests), and
REGULAR = 8.0  # times as regular as chance, which it has to be once it is mended
SLIGHT = 0.05  # change of lengths across the picture that is none
BULGE = 0.04  # the first step of a lens, and
MOST_BULGE = 0.4
LENS_STANDING = 1.8  # STANDING that a texture has of which a lens can be seen, and
LENS_SHARPER = 1.1  # how much sharper its waves are without the lens


@dataclass(frozen=True)
class Perspective:
    """What a texture says about how it was seen.

    Attributes
    ----------
    slope : see `perspective_of`
    bulge : of the lens, see `rectify.View`; 0 if it was not sought
    standing : how much sharper its waves are at this slope than at any that is far from it
    sharper : than without a slope and a lens
    regular : `regularity.Regularity.evidence` of the plane; 0 where the rest says that none is seen
    size : of the picture
    """

    slope: Slope
    bulge: float
    standing: float
    sharper: float
    regular: float
    size: Size

    @property
    def change(self) -> float:
        """How much longer lengths are where the picture is nearest than where it is farthest, as
        a share: across the slope. Along it the share is that of the square."""
        down, right = (abs(part) for part in self.slope)
        half = [length / min(self.size) / 2 for length in self.size]
        reach = min(0.99, down * half[0] + right * half[1])
        return (1 + reach) / (1 - reach) - 1

    @property
    def found(self) -> bool:
        """Whether the texture is regular enough to tell, and the slope large enough to matter."""
        return self.likely and self.regular >= REGULAR

    @property
    def likely(self) -> bool:
        """The same, without how regular the plane is."""
        clear = self.standing >= STANDING and self.sharper >= SHARPER
        return clear and self.change >= SLIGHT

    @property
    def view(self) -> View:
        """Of the plane seen straight on, in the picture."""
        return view_of(self.slope, self.bulge)


def view_of(slope: Slope, bulge: float = 0.0) -> View:
    """Of the plane u = x / (1 + slope x) in the picture of points x."""
    matrix = torch.eye(3, dtype=torch.float64)
    matrix[2, 0], matrix[2, 1] = -slope[0], -slope[1]  # x = u / (1 - slope u)
    return View(matrix, bulge)


def perspective_of(picture: Tensor) -> Perspective:
    """The slope of the middle square of a picture (1,3,H,W); `found` says whether to believe it.

    Some hundred pixels a side are enough, and larger pictures take their time.
    """
    size = tuple(picture.shape[-2:])
    coarse, fine = _waves(picture, COARSE), _waves(picture, FINE)
    count = round(STEEPEST / STEP)
    line = [STEP * number for number in range(-count, count + 1)]
    tried = {slope: _sharpness(coarse, slope) for slope in product(line, line) if _allowed(slope)}
    best = max(tried, key=tried.__getitem__)
    slope, high = _climbed(coarse, best, STEP / 2, STEP / 5)
    others = (value for other, value in tried.items() if math.dist(other, slope) > AWAY)
    standing = high / max(others)
    slope, sharpest = _climbed(fine, slope, STEP / 5, FINEST)
    sharper = sharpest / _sharpness(fine, (0.0, 0.0))
    seen = Perspective(slope, 0.0, standing, sharper, 0.0, size)
    return replace(seen, regular=_regular(picture, seen.view)) if seen.likely else seen


def _regular(picture: Tensor, view: View) -> float:
    """How regular the plane is that a picture shows, over what chance would do."""
    size = tuple(picture.shape[-2:])
    frame = largest_frame(view, size)
    return regularity(rectified(picture, view, frame, size_of(frame, size))).evidence


def with_lens(picture: Tensor, seen: Perspective) -> Perspective | None:
    """The same with a lens, whose axis is taken to be the middle of the picture (1,3,H,W); None
    where the texture does not say enough about it.

    It was found within 0.06 on pictures with short periods; long ones hardly tell (tests).
    """
    if seen.standing < LENS_STANDING:
        return None
    fine = _waves(picture, FINE)
    place, best = (*seen.slope, 0.0), _sharpness(fine, seen.slope)
    before, scale = best, 1.0
    while scale * STEP / 5 > FINEST:
        for step in _lens_steps(scale):
            down, right, bulge = (one + other for one, other in zip(place, step, strict=True))
            if abs(bulge) > MOST_BULGE or not _allowed((down, right), LIMIT):
                continue
            value = _sharpness(fine, (down, right), bulge)
            if value > best:
                place, best = (down, right, bulge), value
                break
        else:
            scale /= 2
    if best < LENS_SHARPER * before:
        return None
    sharper = seen.sharper * best / before
    return replace(seen, slope=(place[0], place[1]), bulge=place[2], sharper=sharper)


def _lens_steps(scale: float) -> Iterator[tuple[float, float, float]]:
    for sign in (scale, -scale):
        yield 0.0, 0.0, sign * BULGE
        yield sign * STEP / 5, 0.0, 0.0
        yield 0.0, sign * STEP / 5, 0.0


def _allowed(slope: Slope, most: float = STEEPEST) -> bool:
    return math.hypot(*slope) <= most + 1e-9


def _climbed(waves: Tensor, slope: Slope, step: float, finest: float) -> tuple[Slope, float]:
    """The slope uphill from one, by ever smaller steps, and its sharpness."""
    best = _sharpness(waves, slope)
    ways = [way for way in product((-1, 0, 1), repeat=2) if any(way)]
    while step > finest:
        for down, right in ways:
            tried = (slope[0] + step * down, slope[1] + step * right)
            if _allowed(tried, LIMIT) and (value := _sharpness(waves, tried)) > best:
                slope, best = tried, value
                break
        else:
            step /= 2
    return slope, best


def _waves(picture: Tensor, most: int) -> Tensor:
    """The middle square of a picture as `flattened` at no more than so many pixels a side, faded
    to its borders (n,n)."""
    flat = flattened(picture, most).float()
    fading = torch.sin(math.pi * (torch.arange(len(flat)) + 0.5) / len(flat))
    return flat * fading[:, None] * fading


def flattened(picture: Tensor, most: int) -> Tensor:
    """The luminance of the middle square of a picture (1,3,H,W), brought down to `most` pixels a
    side at most, without light and with the same contrast everywhere (n,n), float64."""
    shorter = min(picture.shape[-2:])
    top, left = ((length - shorter) // 2 for length in picture.shape[-2:])
    grey = luminance(picture[..., top : top + shorter, left : left + shorter])
    side = min(shorter, most)
    if side < shorter:
        grey = F.interpolate(grey, (side, side), mode="bilinear", antialias=True)
    flat = detrend(grey[0, 0].double())
    flat = flat - _blurred(flat)
    return flat / _blurred(flat.square()).clamp(min=1e-8).sqrt()


def _blurred(flat: Tensor) -> Tensor:
    """By a Gaussian whose deviation is a part of the side."""
    deviation = max(1, len(flat) // WIDEST)
    reach = min(3 * deviation, len(flat) - 1)
    kernel = torch.exp(-(torch.arange(-reach, reach + 1).double() / deviation).square() / 2)
    kernel = kernel / kernel.sum()
    padded = F.pad(flat[None, None], (reach,) * 4, mode="reflect")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, -1, 1)), kernel.view(1, 1, 1, -1))[0, 0]


def _sharpness(waves: Tensor, slope: Slope, bulge: float = 0.0) -> float:
    """On how few waves the power lies, once the plane of this slope is seen straight on."""
    count = int(PLANE * len(waves)) // 2 * 2
    line = (torch.arange(count) + 0.5 - count / 2) / len(waves)
    depth = (1 - slope[0] * line[:, None] - slope[1] * line).clamp(min=0.2)
    down, right = line[:, None] / depth, line / depth
    squares = down.square() + right.square()
    bent = 1 + bulge * squares
    # The root of the area that a point of the plane has in the picture.
    area = depth**-3 * bent * (1 + 3 * bulge * squares)
    grid = torch.stack([2 * right * bent, 2 * down * bent], -1)[None]
    plane = F.grid_sample(waves[None, None], grid, align_corners=False)[0, 0]
    power = torch.fft.rfft2(plane * area.clamp(min=0).sqrt()).abs().square()
    return (power.square().sum() / power.sum().square().clamp(min=1e-12)).item()
