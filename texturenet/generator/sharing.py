"""Several textures in one net, while they are trained: nets that have their convolutions in common.

Norms and heads stay those of each texture. What is released of them is a `palette.FrozenPalette`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .architecture import Drop
from .palette import FrozenPalette, is_head
from .trainable import Norm, PyramidGenerator


class SharedGenerators(nn.Module):
    """Nets of one architecture, one for each texture, whose convolutions are those of the first.

    It is trained as a `PyramidGenerator` is, and has its methods; its parameters are the
    convolutions, once, and the norms and heads of all.
    """

    def __init__(self, members: Sequence[PyramidGenerator]):
        super().__init__()
        first, *others = members
        for other in others:
            for (_, own), (_, layer) in zip(first.layers(), other.layers(), strict=True):
                layer.weight = own.weight
        self.architecture = first.architecture
        self.nets = nn.ModuleList(members)

    @property
    def members(self) -> list[PyramidGenerator]:
        return [net for net in self.nets if isinstance(net, PyramidGenerator)]

    @property
    def calibrated(self) -> Tensor:
        """Whether the norms of all hold stored statistics."""
        return torch.stack([member.calibrated for member in self.members]).all()

    @property
    def mode(self) -> str:
        """Of all norms."""
        return self.members[0].mode

    def resume_norms(self) -> None:
        """After loading a state: normalise as the nets did when it was saved."""
        for member in self.members:
            member.resume_norms()

    def forward(self, noise: list[Tensor], drops: list[Drop] | None = None) -> Tensor:
        """Unclamped pictures (T*B,P,H,W) of all textures on the same noise, one texture after the
        other."""
        return torch.cat([member(noise, drops) for member in self.members])

    def calibrate(self, noise: list[Tensor], drops: list[Drop] | None = None) -> None:
        """Store the statistics that these samples have in each texture; they hold from now on."""
        for member in self.members:
            member.calibrate(noise, drops)

    @torch.no_grad()
    def freeze(self) -> FrozenPalette:
        """The same textures, once calibrated."""
        first, frozen = self.members[0], {}
        for name, layer in first.layers():
            frozen[f"{name}.weight"] = layer.weight.clone()
        each = [_own(member) for member in self.members]
        frozen |= {name: torch.stack([own[name] for own in each]) for name in each[0]}
        return FrozenPalette(self.architecture, frozen)


def _own(net: PyramidGenerator) -> dict[str, Tensor]:
    """What a texture does not share: scales, shifts and heads."""
    own: dict[str, Tensor] = {}
    norms = {name: layer.norm for name, layer in net.layers()}
    for side, joins in (("deep", net.join_deep), ("noise", net.join_noise)):
        for scale, norm in enumerate(joins, 1):
            if isinstance(norm, Norm):
                norms[f"join_{side}.{scale}"] = norm
    for name, norm in norms.items():
        own[f"{name}.scale"], own[f"{name}.shift"] = norm.affine()
    for name, *_ in net.architecture.convolutions():
        if is_head(name):
            parameters = net.head_of(name).named_parameters()
            own |= {f"{name}.{part}": tensor.detach() for part, tensor in parameters}
    return own
