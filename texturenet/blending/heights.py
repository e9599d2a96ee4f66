"""Which net is seen at a pixel: the one that stands highest, as far as its mask lets it.

Height blending of textures (A. Mishkinis 2013, "Advanced Terrain Texture Splatting") with heights
that every net tells of itself. Edges follow stones and leaves, and nothing is mixed but a line a
few pixels wide.

A height is what the features of the second finest scale say of the height map of a material, or of
the smoothed luminance of a net of colours: one linear map, fitted once a net. They are there when
the picture is, and reach as far beyond it as is needed to bring them up to its size, so that
heights cost nothing and no pixel has to be drawn for its neighbours' sake.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import Refused
from ..generator.architecture import BLOCK_HALO, COLOURS, Drop
from ..generator.frozen import FrozenPyramid
from ..imaging import luminance
from ..sampling.texture import Texture

SIDE = 256  # pixels a side of the window that a net is measured on
AT = 2**30  # pixels from the origin: where that window lies
SMOOTH = 8.0  # pixels: deviation of the Gaussian that luminance is smoothed with
SMOOTH_MAP = 2.0  # the same of a height map, which has its edges where things end
RIDGE = 1e-4  # of the fit, in units of the mean square of features: some are nearly dependent
ENTRIES = 256  # of the table of how heights stand
EXTREME = 0.004  # share of heights below its first entry, and above its last


class HeightNet(nn.Module):
    """A net with one plane more, behind the others that are asked for: its height.

    Parameters
    ----------
    net : what draws
    readout : (1,C,1,1), from the features of the second finest scale to a height
    planes : of those that the net draws, how many are kept
    """

    def __init__(self, net: FrozenPyramid, readout: Tensor, planes: int) -> None:
        super().__init__()
        self.net, self.readout, self.planes = net, readout, planes
        self.architecture, self.fine = net.architecture, net.fine

    @property
    def output_weight(self) -> Tensor:
        """Where the net is."""
        return self.net.output_weight

    def forward(self, noise: list[Tensor], drops: list[Drop]) -> Tensor:
        """Noise with its halo -> (1,planes+1,h,w); the planes are those of the net, to the bit."""
        deep = self.net.climb(noise[:-1], drops[:-1])
        made = self.net.colours(self.net.climb(noise[-1:], drops[-1:], deep=deep))
        height = F.conv2d(deep.float(), self.readout)
        large = raised(height, drops[-1], made)
        return torch.cat([made[:, : self.planes], large], 1)


def raised(deep: Tensor, drop: Drop, picture: Tensor) -> Tensor:
    """Features (1,C,h',w') of the second finest scale, under a picture (1,P,h,w): twice as large,
    linearly, where the picture lies (1,C,h,w)."""
    large = F.interpolate(deep.contiguous(), scale_factor=2, mode="bilinear")
    (down, right), (height, width) = drop, picture.shape[-2:]
    top, left = down + BLOCK_HALO, right + BLOCK_HALO
    return large[..., top : top + height, left : left + width]


@dataclass(frozen=True, eq=False)
class Member:
    """One of the nets of a blend, and what was measured of it once.

    Attributes
    ----------
    texture : the net and its card
    readout : (1,C,1,1), of its heights
    table : (ENTRIES,) what `standing` is of even heights from `low` to `high`
    slope : by how much `standing` changes from pixel to pixel, root mean square
    mean : (P,1,1) of every plane that it draws
    """

    texture: Texture
    readout: Tensor
    table: Tensor
    low: float
    high: float
    slope: float
    mean: Tensor

    def drawing(self, planes: int = COLOURS) -> Texture:
        """The texture with its height behind so many planes."""
        return self._colours if planes == COLOURS else self._with(planes)

    @cached_property
    def _colours(self) -> Texture:
        return self._with(COLOURS)

    def _with(self, planes: int) -> Texture:
        net = HeightNet(self.texture.net, self.readout, planes)
        return replace(self.texture, net=net)  # type: ignore[arg-type]

    def standing(self, heights: Tensor) -> Tensor:
        """Heights -> how they stand among all heights of the net, as a Gumbel variable.

        The largest of log(share) + that, of independent nets, is each net's with just the
        probability of its share (E. J. Gumbel 1954): a mask says how much is seen of a net.
        """
        place = (heights - self.low) * ((ENTRIES - 1) / (self.high - self.low))
        place = place.clamp(0, ENTRIES - 1.001)
        entry = place.int()
        return torch.lerp(self.table[entry], self.table[entry + 1], place - entry)


@torch.inference_mode()
def measured(texture: Texture, inverted: bool = False) -> tuple[Member, Tensor]:
    """Fit a net's heights, and measure them, in one window of one seed far away -> that window,
    colours and height (4,h,w), too. inverted: what is dark, or low in the height map, stands high.

    Raises Refused for a net of one scale, which has no coarser features.
    """
    net = texture.net
    if net.architecture.scales < 2:
        raise Refused(
            f"{texture.card['name']!r} has one scale: a blend by height needs nets of two or more."
        )
    field = texture.waved(texture.plane((SIDE, SIDE), 0), 0)
    under = texture.noise(field, (SIDE, SIDE), (AT, AT))
    noise, drops = under.noise, under.drops
    deep = net.climb(noise[:-1], drops[:-1])
    made = net.colours(net.climb(noise[-1:], drops[-1:], deep=deep)).float()
    features = raised(deep.float(), drops[-1], made)
    readout = _fitted(features, _wanted(texture, made)).to(made) * (-1 if inverted else 1)
    heights = (features * readout).sum(1)[0]  # (h,w)
    low, high, table = _table(heights)
    mean = made[0].mean((1, 2))[:, None, None]
    member = Member(texture, readout, table, low, high, 1.0, mean)
    standing = member.standing(heights)
    steps = standing.diff(dim=0).square().mean() + standing.diff(dim=1).square().mean()
    window = torch.cat([made[0, :COLOURS], heights[None]])
    return replace(member, slope=float((steps / 2).sqrt())), window


def _table(heights: Tensor) -> tuple[float, float, Tensor]:
    """The lowest and the highest entry, and Gumbel variables of even heights between them."""
    ranked = heights.flatten().sort().values
    low, high = (float(ranked.quantile(share)) for share in (EXTREME, 1 - EXTREME))
    high = max(high, low + 1e-6)  # of a net of one colour
    even = torch.linspace(low, high, ENTRIES, device=heights.device)
    shares = torch.searchsorted(ranked, even).float() / len(ranked)
    shares = shares.clamp(EXTREME, 1 - EXTREME)
    return low, high, -torch.log(-torch.log(shares))


def _wanted(texture: Texture, made: Tensor) -> Tensor:
    """What heights are fitted to (1,1,h,w): the height map, or luminance, smoothed."""
    places = texture.layout.places if texture.layout else {}
    wanted, smooth = luminance(made[:, :COLOURS]), SMOOTH
    if "height" in places:
        wanted, smooth = made[:, places["height"]], SMOOTH_MAP
    reach = round(3 * smooth)
    taps = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * smooth**2)).to(made)
    taps = taps / taps.sum()
    wide = F.pad(wanted, (reach,) * 4, mode="reflect")
    return F.conv2d(F.conv2d(wide, taps.view(1, 1, 1, -1)), taps.view(1, 1, -1, 1))


def _fitted(features: Tensor, wanted: Tensor) -> Tensor:
    """The linear map (1,C,1,1) from features (1,C,h,w) to what is wanted, but for a constant."""
    x = features[0].flatten(1).double().cpu()
    y = wanted.flatten().double().cpu()
    x, y = x - x.mean(1, keepdim=True), y - y.mean()
    square = x @ x.T
    ridge = RIDGE * square.diagonal().mean() * torch.eye(len(x), dtype=x.dtype)
    return torch.linalg.solve(square + ridge, x @ y).float().view(1, -1, 1, 1)


def shares(heights: list[Tensor], masks: Tensor, members: list[Member], softness: float) -> Tensor:
    """How much of each net is seen: nearly always 0 or 1.

    Parameters
    ----------
    heights : (h,w) of each net, as its own `HeightNet` draws them
    masks : (N,h,w), shares whose sum is 1
    members : the nets
    softness : pixels that an edge between two nets is wide

    Returns
    -------
    (N,h,w) with sum 1; exactly 0 or 1 where the mask is
    """
    standing = [one.standing(height) for one, height in zip(members, heights, strict=True)]
    # By the nets that a mask shows there, so that nets elsewhere change nothing.
    slopes = torch.tensor([one.slope**2 for one in members]).to(masks)
    slope = (2 * torch.einsum("n,nhw->hw", slopes, masks)).clamp(min=1e-6).sqrt()
    sharp = 4 / (softness * slope)  # (h,w): a logistic edge rises by 1/4 a unit
    return torch.softmax(sharp * (masks.log() + torch.stack(standing)), 0)
