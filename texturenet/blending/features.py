"""Two nets of one architecture, whose features are mixed at every scale before they go on up.

A mix of features that are not the same in both nets has less variance than either. Each channel's
mean and deviation are therefore set, after every mix, to those between both nets (K. Jordan et al.
2022, "REPAIR: REnormalizing Permuted Activations for Interpolation Repair", which does so for
weights), measured once a pair at five shares.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import Refused
from ..generator.architecture import Drop
from ..generator.frozen import FrozenPyramid
from ..noise.fields import Cells, Field
from ..noise.philox import Period
from ..sampling.texture import Texture
from .shown import Shown

SIDE = 192  # pixels a side of the window that a pair is measured on
AT = 2**30  # pixels from the origin: where that window lies
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the first net
Mending = list[tuple[Tensor, Tensor]]  # of every mix: (len(SHARES),C) scales and shifts


def unlike(first: Texture, second: Texture) -> str | None:
    """Why the features of two nets cannot be mixed, if they cannot."""
    pairs = {
        "architectures": (first.net.architecture, second.net.architecture),
        "waves": (first.waves, second.waves),
        "laws of noise": (first.card["law"], second.card["law"]),
    }
    names = " and ".join(str(one.card["name"]) for one in (first, second))
    differing = [what for what, (one, other) in pairs.items() if one != other]
    return f"{names} have different {' and '.join(differing)}" if differing else None


@dataclass(frozen=True)
class Masked:
    """A field of noise and, in one channel behind it, the share of the first net at every cell."""

    noise: Field
    masks: Shown
    period: Period

    def __call__(self, cells: Cells) -> Tensor:
        drawn = self.noise(replace(cells, channels=cells.channels - 1))
        side = cells.cell
        size, place = (
            (cells.height * side, cells.width * side),
            (cells.top * side, cells.left * side),
        )
        shares = self.masks(size, place, self.period)[:1, None]  # (1,1,h*side,w*side)
        shares = F.avg_pool2d(shares, side).to(drawn)
        return torch.cat([drawn, shares], 1)


class FeatureNet(nn.Module):
    """Both nets as one, whose last channel of noise is the share of the first.

    Where that is 1 or 0 throughout, one net alone is computed.
    """

    def __init__(self, first: FrozenPyramid, second: FrozenPyramid, mending: Mending) -> None:
        super().__init__()
        self.first, self.second, self.mending = first, second, mending
        shape = first.architecture
        self.architecture = replace(shape, noise_channels=shape.noise_channels + 1)
        self.fine = first.fine

    @property
    def output_weight(self) -> Tensor:
        """Where the nets are."""
        return self.first.output_weight

    def forward(self, noise: list[Tensor], drops: list[Drop]) -> Tensor:
        """Noise with its halo and shares behind it -> unclamped planes (1,P,h,w)."""
        noise, shares = [z[:, :-1] for z in noise], [z[:, -1:] for z in noise]
        for share, net in ((1, self.first), (0, self.second)):
            if all(bool((some == share).all()) for some in shares):
                return net(noise, drops)
        return climbed(self.first, self.second, noise, drops, self._mixed(shares))

    def _mixed(self, shares: list[Tensor]):  # type: ignore[no-untyped-def]
        def mixed(step: int, one: Tensor, other: Tensor) -> Tensor:
            share = _inside(shares[min(step, len(shares) - 1)], one)
            tables = self.mending[step]
            # Linear between the shares that were measured: (1,h,w,S), all but two of them 0.
            steps = share[:, 0, :, :, None] - torch.tensor(SHARES).to(share)
            near = (1 - steps.abs() * (len(SHARES) - 1)).clamp(min=0)
            # (1,h,w,C) -> (1,C,h,w), channels last, as features lie
            scale, shift = ((near @ table.to(share)).permute(0, 3, 1, 2) for table in tables)
            return (torch.lerp(other.float(), one.float(), share) * scale + shift).to(one.dtype)

        return mixed


def climbed(first, second, noise, drops, mixed):  # type: ignore[no-untyped-def]
    """All scales of both nets. mixed: (number of the mix, features of each) -> those that both go
    on with."""
    deep = None
    for scale, z in enumerate(noise):
        branches = [net.branch(scale, z) for net in (first, second)]
        if deep is None:
            deep = mixed(0, *branches)
            continue
        made = []
        for net, branch in zip((first, second), branches, strict=True):
            made.append(net.body(scale, net.join(scale, deep, branch, drops[scale])))
        deep = mixed(scale, *made)
    return mixed(len(noise), first.colours(deep), second.colours(deep))


def _inside(share: Tensor, features: Tensor) -> Tensor:
    """What of a plane lies under features, which are in its middle."""
    top, left = ((a - b) // 2 for a, b in zip(share.shape[-2:], features.shape[-2:], strict=True))
    height, width = features.shape[-2:]
    return share[..., top : top + height, left : left + width].float()


@torch.inference_mode()
def mended(first: Texture, second: Texture) -> Mending:
    """What every mix of a pair goes through."""
    if reason := unlike(first, second):
        raise Refused(f"{reason}: their features cannot be mixed, say way=height.")
    field = first.waved(first.plane((SIDE, SIDE), 0), 0)
    under = first.noise(field, (SIDE, SIDE), (AT, AT))
    noise, drops = under.noise, under.drops
    known: list[list[tuple[Tensor, Tensor]]] = []
    for net in (first.net, second.net):
        found: list[tuple[Tensor, Tensor]] = []

        def noted(step, one, other, found=found):  # type: ignore[no-untyped-def]
            found.append(_moments(one))
            return one

        climbed(net, net, noise, drops, noted)
        known.append(found)
    tables = [_at_share(first, second, noise, drops, known, share) for share in SHARES[1:-1]]
    mending = []
    for step, (mean, _) in enumerate(known[0]):
        same = torch.ones_like(mean), torch.zeros_like(mean)
        each = [same, *(table[step] for table in tables), same]
        mending.append((torch.stack([s for s, _ in each]), torch.stack([t for _, t in each])))
    return mending


def _at_share(first, second, noise, drops, known, share):  # type: ignore[no-untyped-def]
    """(scale, shift) (C,) of every mix at one share."""
    table = []

    def mixed(step, one, other):  # type: ignore[no-untyped-def]
        mix = torch.lerp(other.float(), one.float(), share)
        mean, deviation = _moments(mix)
        wanted = [
            torch.lerp(b, a, share) for a, b in zip(known[0][step], known[1][step], strict=True)
        ]
        scale = wanted[1] / deviation.clamp(min=1e-6)
        shift = wanted[0] - scale * mean
        table.append((scale, shift))
        return (mix * scale[:, None, None] + shift[:, None, None]).to(one.dtype)

    climbed(first.net, second.net, noise, drops, mixed)
    return table


def _moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, (C,) each."""
    return values.float().mean((0, 2, 3)), values.float().std((0, 2, 3))
