"""Normals, slopes and heights of a surface, and what one says of the other.

Slopes (2,H,W) are those of a height that grows out of the picture: across (to the right), then
down, both per pixel. Normals are unit vectors (3,H,W) with y up: (-across, down, 1), normalised.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused

STEEPEST = 10.0  # slope: 84 degrees; what is steeper is noise of a coded z near 0
LENGTHS = 0.5, 1.5  # of coded normals, in the mean: 0.67 to 1.17 in public sets
BELOW = 0.05  # share of normals that may look into the surface
CONTRADICTS = 0.25  # correlation of slopes, under which a height is not that of the normals
RELIEF = 0.2  # share of the energy of slopes, from which an axis has to agree by itself
UNDECIDED = 0.02  # relative difference of the curls of both conventions that says nothing
CONVENTIONS = "opengl", "directx"


def decoded(coded: Tensor, name: object) -> Tensor:
    """A normal map as it is in a file (3,H,W) on [0,1] -> unit vectors, in the file's convention.

    Lengths are mended, and normals that look into the surface are laid as flat as STEEPEST. Raises
    Refused for what is no normal map.
    """
    vectors = 2 * coded - 1
    length, below = vectors.norm(dim=0).mean().item(), (vectors[2] <= 0).float().mean().item()
    if not LENGTHS[0] < length < LENGTHS[1] or below > BELOW:
        raise Refused(
            f"{name} is no normal map in tangent space (mean length {length:.2f}, {below:.0%} look "
            "into the surface): name the right file as maps.normal=FILE, or say maps.normal=none."
        )
    unit = F.normalize(vectors, dim=0)
    least = unit[:2].norm(dim=0) / STEEPEST
    return F.normalize(torch.cat([unit[:2], unit[2:].clamp(min=0).maximum(least[None])]), dim=0)


def coded(normal: Tensor) -> Tensor:
    """Unit vectors (3,H,W) -> [0,1], as files have them."""
    return (normal + 1) / 2


def flipped(normal: Tensor) -> Tensor:
    """In the other convention: OpenGL has y up, DirectX down."""
    return normal * torch.tensor([1.0, -1.0, 1.0], device=normal.device).view(3, 1, 1)


def slopes_of(normal: Tensor) -> Tensor:
    """Of unit vectors with y up (3,H,W) -> (2,H,W)."""
    return torch.stack([-normal[0], normal[1]]) / normal[2].clamp(min=1e-6)


def normal_of(slopes: Tensor) -> Tensor:
    """Of slopes (2,H,W) -> unit vectors with y up (3,H,W), all of which look out of the surface."""
    across, down = slopes
    return F.normalize(torch.stack([-across, down, torch.ones_like(down)]), dim=0)


def gradient(height: Tensor) -> Tensor:
    """Central differences (..,2,H-2,W-2), across and down, of heights (..,H,W)."""
    across = (height[..., 1:-1, 2:] - height[..., 1:-1, :-2]) / 2
    down = (height[..., 2:, 1:-1] - height[..., :-2, 1:-1]) / 2
    return torch.stack([across, down], dim=-3)


def curl(slopes: Tensor) -> float:
    """How far slopes (2,H,W) are from those of any height: the mean square of their curl over that
    of all their changes, 0 for the slopes of a height and about 1/2 for noise."""
    across, down = slopes.double()
    turned = gradient(down)[0] - gradient(across)[1]
    changes = gradient(slopes.double()).square().sum((0, 1)).mean()
    return float(turned.square().mean() / changes.clamp(min=1e-12))


@dataclass(frozen=True)
class Agreement:
    """How well slopes are those of a height.

    Attributes
    ----------
    across, down : correlations along each axis
    together : of both axes at once, where each counts by its energy
    worst : the least of `together`, of every axis that has relief, and of every axis whose sign is
        turned; along ribs there is no relief, and noise there says nothing
    """

    across: float
    down: float
    together: float
    worst: float

    def __str__(self) -> str:
        return f"{self.across:.2f} across and {self.down:.2f} down"

    @property
    def theirs(self) -> bool:
        """Whether the height may be that of the normals."""
        return self.worst >= CONTRADICTS


def agreement(slopes: Tensor, height: Tensor) -> Agreement:
    """Of slopes (2,H,W) with those of a height (1,H,W)."""
    own, other = slopes[:, 1:-1, 1:-1].double(), gradient(height[0].double())
    own, other = (part - part.mean((1, 2), keepdim=True) for part in (own, other))
    shares = (_shares(own) + _shares(other)) / 2
    each = [correlation(*axis) for axis in zip(own, other, strict=True)]
    together = correlation(own, other)
    counting = [value for value, share in zip(each, shares.tolist(), strict=True)
                if share >= RELIEF or value <= -CONTRADICTS]  # fmt: skip
    return Agreement(each[0], each[1], together, min(together, *counting))


def _shares(slopes: Tensor) -> Tensor:
    """(2,): of the energy of slopes (2,H,W) along each axis."""
    energy = slopes.square().sum((1, 2))
    return energy / energy.sum().clamp(min=1e-12)


def correlation(one: Tensor, other: Tensor) -> float:
    """Of two planes of one shape; 0 where one of them is the same everywhere."""
    one, other = one - one.mean(), other - other.mean()
    norms = float(one.norm() * other.norm())
    return float((one * other).sum()) / norms if norms > 1e-12 else 0.0


def gain_of(slopes: Tensor, height: Tensor) -> float:
    """The factor by which the gradient of a height (1,H,W) is nearest to slopes (2,H,W)."""
    own, other = slopes[:, 1:-1, 1:-1].double(), gradient(height[0].double())
    return float((own * other).sum() / other.square().sum().clamp(min=1e-12))


@dataclass(frozen=True)
class Convention:
    """name: "opengl" or "directx". reason: in words. sure: whether anything decided it."""

    name: str
    reason: str
    sure: bool


def convention_of(normal: Tensor, height: Tensor | None) -> Convention:
    """In which convention vectors (3,H,W) were written.

    By the slopes of a height (1,H,W), where they agree with those of one convention alone;
    otherwise by which sign of y makes the field freer of curl, as slopes of a surface are. Where
    ribs run down, neither can tell, and where they run across, only a height can.
    """
    if height is not None:
        both = [agreement(slopes_of(one), height) for one in (normal, flipped(normal))]
        if both[0].theirs != both[1].theirs:
            name, found = next(pair for pair in zip(CONVENTIONS, both, strict=True)
                               if pair[1].theirs)  # fmt: skip
            return Convention(name, f"by the height, correlation {found.down:.2f}", True)
    curls = [curl(slopes_of(one)) for one in (normal, flipped(normal))]
    name = CONVENTIONS[curls.index(min(curls))]
    reason = f"by its curl, {min(curls):.3f} against {max(curls):.3f}"
    sure = max(curls) - min(curls) > UNDECIDED * max(curls)
    return Convention(name if sure else CONVENTIONS[0], reason, sure)


def integrated(slopes: Tensor, periodic: bool = False) -> Tensor:
    """The height (1,H,W), of mean 0, whose slopes are nearest to these (2,H,W).

    Frankot, Chellappa 1988, "A Method for Enforcing Integrability in Shape from Shading
    Algorithms", equation 21, with the differences of `gradient` in place of derivatives. periodic:
    the surface repeats; otherwise it is mirrored, so that its borders need not agree.
    """
    across, down = slopes.double()
    height, width = across.shape
    if not periodic:  # of a mirrored height, slopes across the mirror change their sign
        across = torch.cat([across, -across.flip(1)], 1)
        down = torch.cat([down, down.flip(1)], 1)
        across, down = torch.cat([across, across.flip(0)], 0), torch.cat([down, -down.flip(0)], 0)
    rows, columns = across.shape
    turn = 2 * math.pi
    v = turn * torch.fft.fftfreq(rows, dtype=torch.float64).view(-1, 1)
    u = turn * torch.fft.rfftfreq(columns, dtype=torch.float64)
    du, dv = u.sin(), v.sin()
    energy = du.square() + dv.square()
    seen = energy > 1e-6  # neither the mean nor a chequerboard has slopes
    spectrum = -1j * (du * torch.fft.rfft2(across) + dv * torch.fft.rfft2(down))
    spectrum = torch.where(seen, spectrum / energy.clamp(min=1e-6), 0)
    found = torch.fft.irfft2(spectrum, s=(rows, columns))[:height, :width]
    return (found - found.mean())[None].float()
