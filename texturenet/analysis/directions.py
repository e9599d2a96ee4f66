"""A picture (1,3,H,W) -> how far what should be level and upright in it is not.

Lines, joints and rows have their power on waves across them. Where the power of all lengths,
each against the mean of its length, stands highest within LARGEST degrees of an axis, there is
the direction of what is level or upright.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .perspective import flattened
from .rectify import View

SEEN = 512  # pixels a side to which a larger picture is shrunk
LARGEST = 15.0  # degrees, beyond which a picture is meant to be as it is
STEP = 0.05  # degrees
MARGIN = 0.5  # degrees from LARGEST, where a peak may be the slope of one beyond
SLOWEST = 3  # cycles in the picture, of the longest waves that count
HIGHEST = 0.35  # cycles in a pixel, of the shortest
CLEAR = 2.4  # times the median over directions, from which on a direction is seen (tests)
SURE = 3.5  # from which on both directions are, each by itself
SLIGHT = 0.5  # degrees that are none


@dataclass(frozen=True)
class Tilt:
    """How a texture is turned and sheared.

    Attributes
    ----------
    upright : degrees by which what should be upright is turned clockwise
    level : degrees by which what should be level is turned clockwise
    evidence : the power in these directions over that in the others
    """

    upright: float
    level: float
    evidence: float

    @property
    def found(self) -> bool:
        """Whether they can be seen, and are not as they should be."""
        most = max(abs(self.upright), abs(self.level))
        return self.evidence >= CLEAR and most >= SLIGHT

    def straightening(self, view: View) -> View:
        """The view of the plane without this tilt."""
        upright, level = math.radians(self.upright), math.radians(self.level)
        # Waves across what is level and across what is upright, as columns (2,2).
        waves = torch.tensor(
            [[math.cos(level), math.sin(upright)], [-math.sin(level), math.cos(upright)]]
        ).double()
        matrix = torch.eye(3, dtype=torch.float64)
        matrix[:2, :2] = torch.linalg.inv(waves).T  # they come to lie along the axes
        return View(view.matrix @ matrix, view.bulge)


def tilt_of(picture: Tensor) -> Tilt:
    """Of a picture (1,3,H,W), by its middle square. Where level and upright are not both sure, it
    is taken to be turned, not sheared."""
    upright, level = _profiles(flattened(picture, SEEN).float())
    places = [_peak(profile) for profile in (upright, level)]
    if all(evidence >= SURE for _, evidence in places):
        return Tilt(places[0][0], places[1][0], min(evidence for _, evidence in places))
    turned, _ = _peak(upright + level)
    evidence = max(evidence for _, evidence in places)
    # One that is seen and contradicts both together is seen wrongly.
    agrees = any(seen >= CLEAR and abs(at - turned) < 1 for at, seen in places)
    return Tilt(turned, turned, evidence if agrees else 0.0)


def _peak(profile: Tensor) -> tuple[float, float]:
    """Degrees at which a profile is highest, and how far above its median; 0 at its ends."""
    best = int(profile.argmax())
    angle = -LARGEST + STEP * best
    if abs(angle) > LARGEST - MARGIN:
        return angle, 0.0
    return angle, (profile[best] / profile.median().clamp(min=1e-12)).item()


def _profiles(flat: Tensor) -> tuple[Tensor, Tensor]:
    """The power of waves in the directions within LARGEST of right, and of down, over that in all
    directions (n,) each; flat (s,s)."""
    side = 2 * len(flat)  # waves twice as close
    fading = torch.hann_window(len(flat), periodic=False)
    power = torch.fft.fft2(flat * fading[:, None] * fading, (side, side)).abs().square()
    power = torch.fft.fftshift(power)
    lengths = torch.arange(2 * SLOWEST, int(HIGHEST * side)).float()
    near = torch.arange(-LARGEST, LARGEST + STEP / 2, STEP)
    usual = _along(power, lengths, torch.arange(0, 180, 0.5)).mean(1, keepdim=True)
    usual = usual.clamp(min=1e-12)
    upright, level = ((_along(power, lengths, near + turn) / usual).mean(0) for turn in (0.0, 90.0))
    return upright, level


def _along(power: Tensor, lengths: Tensor, degrees: Tensor) -> Tensor:
    """Power (s,s), the middle of which is no wave, at lengths (n,) in directions (m,) -> (n,m)"""
    radians, side = torch.deg2rad(degrees), len(power)
    down, right = lengths[:, None] * torch.sin(radians), lengths[:, None] * torch.cos(radians)
    places = torch.stack([right, down], -1)[None] + side / 2 + 0.5
    return F.grid_sample(power[None, None], 2 * places / side - 1, align_corners=False)[0, 0]
