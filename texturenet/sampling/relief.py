"""Parts of a material that is to be lit: with normals of its height, where it has none."""

from ..materials.kinds import Maps
from ..materials.shading import bumps_of
from ..types import Place, Size
from .render import Renderer, Window


def with_normals(texture: Renderer, view: Window, size: Size, place: Place, whole: Size) -> Maps:
    """All maps of a part of a frame (whole: its size), with normals of the height where the
    material has none: out of what lies around the part, or it would show where parts meet."""
    kinds = texture.material.kinds
    if "normal" in kinds or "height" not in kinds:
        return texture.maps_of(view, size, place)
    around = texture.maps_of(view, (size[0] + 2, size[1] + 2), (place[0] - 1, place[1] - 1))
    inside = {kind: values[:, 1:-1, 1:-1] for kind, values in around.items()}
    return inside | {"normal": bumps_of(around["height"], whole)}
