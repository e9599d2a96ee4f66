"""A net that is drawn at another place of its plane, and keeps what it has drawn."""

from dataclasses import dataclass, field

from torch import Tensor

from ..generator.architecture import COLOURS
from ..noise.fields import Field
from ..sampling.texture import Texture
from ..types import Place, Size

KEPT = 2**28  # bytes


@dataclass(eq=False)
class Kept:
    """Windows of patches that several tiles show, up to KEPT bytes."""

    windows: dict[tuple[object, ...], Tensor] = field(default_factory=dict)
    left: int = KEPT

    def keep(self, key: tuple[object, ...], made: Tensor) -> None:
        size = made.numel() * made.element_size()
        if size <= self.left:
            self.left -= size
            self.windows[key] = made


@dataclass(frozen=True, eq=False)
class Patch(Texture):
    """A texture whose place (0,0) is another place of the plane.

    at : that place
    kept : where its windows are kept; None: they are not
    """

    at: Place = (0, 0)
    kept: Kept | None = None

    def window(self, field: Field, size: Size, origin: Place, planes: int = COLOURS) -> Tensor:
        place = self.at[0] + origin[0], self.at[1] + origin[1]
        if self.kept is None:
            return super().window(field, size, place, planes)
        key = self.card["name"], type(self.net), planes, size, place
        if key not in self.kept.windows:
            made = super().window(field, size, place, planes)
            self.kept.keep(key, made)
            return made
        return self.kept.windows[key]
