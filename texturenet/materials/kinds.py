"""The kinds of maps that a material has, and the words by which files name them."""

from dataclasses import dataclass

from torch import Tensor

Maps = dict[str, Tensor]  # {name of a kind: (C,H,W)}, all of one size


@dataclass(frozen=True)
class Kind:
    """A kind of map.

    Attributes
    ----------
    name : as in `Maps` and in options
    channels : of its tensor
    colour : whether its numbers are sRGB; otherwise they are data, which is never colour-managed
    neutral : the value of a surface that says nothing of it, in each channel
    """

    name: str
    channels: int
    colour: bool
    neutral: float


# In memory: colour is sRGB on [0,1]. A normal is a unit vector (x to the right, y up, z out of the
# surface, z > 0), as OpenGL has it. Height (1 is high), roughness, occlusion (1 is open) and
# metallic are on [0,1].
KINDS = {
    kind.name: kind
    for kind in (
        Kind("colour", 3, True, 0.5),
        Kind("normal", 3, False, 0.0),  # but for z, which is 1
        Kind("height", 1, False, 0.5),
        Kind("roughness", 1, False, 1.0),
        Kind("occlusion", 1, False, 1.0),
        Kind("metallic", 1, False, 0.0),
    )
}
