"""Options of which file of a material holds which map, for what learns one and what judges it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from .shared import Float, Options, key


@dataclass(kw_only=True)
class MapOptions(Options):
    """Which file of a material holds which map, where its name does not say it: FILE, FILE[g] for
    one channel, FILE[-a] for 1 minus it, none, or from_height and from_normal, which make it."""

    colour: Annotated[str | None, key("of the base colour (sRGB)")] = None
    normal: Annotated[str | None, key("of the normals; from_height: made out of it")] = None
    height: Annotated[
        str | None, key("of the height, white is high; from_normal: made out of the normals")
    ] = None
    roughness: Annotated[str | None, key("of the roughness")] = None
    occlusion: Annotated[str | None, key("of the ambient occlusion; white is open")] = None
    metallic: Annotated[str | None, key("of what is metal")] = None
    depth: Annotated[
        Float,
        key("of normals made out of a height: its range in widths of the picture", 1e-4, 1),
    ] = 0.05
    convention: Annotated[
        Literal["auto", "opengl", "directx"],
        key("of the normals: y up or down; auto: what the file's name or its slopes say"),
    ] = "auto"
