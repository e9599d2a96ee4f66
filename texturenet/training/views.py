"""What planes of a material are compared by: three at a time, as a descriptor sees colours.

After Chambon, Heitz, Belcour 2021 ("Passing Multi-Channel Material Textures to a 3-Channel Loss")
and Cells2Pixels (2025, arXiv 2506.22899): colour in every step, and beside it one other triplet,
in turns one of maps that belong together and one of planes of several maps, which is what keeps
the maps together.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ..losses.patches import PatchCovariance
from ..materials.planes import Layout, Triplet
from .octave import Octave


class View(nn.Module):
    """Three planes, and what they are compared by."""

    def __init__(self, planes: Triplet, octave: Octave):
        super().__init__()
        self.planes, self.octave = list(planes), octave

    def of(self, planes: Tensor) -> Tensor:
        """(B,P,H,W) -> (B,3,H,W)."""
        return planes[:, self.planes]


class Views(nn.Module):
    """All that the planes of a material are compared by, beside colour.

    Parameters
    ----------
    layout : of the planes
    groups : {name: maps that belong together}
    mixes : planes of several maps
    weight : of their loss, beside that of colour
    together : the covariances of all planes in patches, and their weight, if there is one
    """

    def __init__(
        self,
        layout: Layout,
        groups: Mapping[str, View],
        mixes: Sequence[View],
        weight: float,
        together: tuple[PatchCovariance, float] | None = None,
    ):
        super().__init__()
        self.layout, self.weight = layout, weight
        self.together, self.strength = together or (None, 0.0)
        self.groups, self.mixes = nn.ModuleDict(groups), nn.ModuleList(mixes)

    def turn(self, step: int) -> View:
        """The view of a step."""
        several = [*self.groups.values()] if step % 2 == 0 else [*self.mixes]
        return several[step // 2 % len(several)]

    def compared(self, planes: Tensor, view: View, whole: bool) -> Tensor:
        """The weighted loss of planes (B,P,H,W) by a view, and by their patches, a scalar."""
        loss = self.weight * view.octave.compared(view.of(planes), whole)[0]
        return loss + self.strength * self.together(planes) if self.together else loss

    def errors(self, planes: Tensor) -> dict[str, Tensor]:
        """{maps/NAME: geometric mean of the relative errors of a group}."""
        found = {}
        for name, view in self.groups.items():
            errors = view.octave.whole.errors(view.of(planes))
            logarithms = torch.stack([error.clamp(min=1e-12).log() for error in errors.values()])
            found[f"maps/{name}"] = logarithms.mean().exp()
        return found
