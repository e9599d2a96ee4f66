"""What is to be mended in a photograph: the options of `texturenet prepare`, and of `train`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .shared import Float, OptionalCrop, OptionalSide, Options, Threads, key

Corner = Annotated[list[Float], Field(min_length=2, max_length=2)]
Corners = Annotated[list[Corner], Field(min_length=4, max_length=4)]
Light = Annotated[
    Literal["even", "always", "keep"],
    key("even it out where it is found to be uneven; always: also where that may be chance"),
]
PartTaken = Annotated[
    Literal["steadiest", "whole"],
    key("steadiest: without borders, and a square of it where the whole is not steady"),
]


@dataclass(kw_only=True)
class Mending(Options):
    corners: Annotated[
        Corners | None,
        key(
            "[[row,column],..] of a rectangle in the photograph, clockwise from its upper left: "
            "what lies between them is taken, seen straight on"
        ),
    ] = None
    proportion: Annotated[
        Float | None,
        key("(corners=) height over width of the rectangle; as its sides look if null", 0.01, 100),
    ] = None
    corrections: Annotated[
        Literal["asked", "auto"],
        key("auto: a slant and a tilt are mended where they are found, also unasked"),
    ] = "asked"
    perspective: Annotated[
        Literal["keep", "mend"],
        key("mend: a slant by which the waves of a regular texture change across the picture"),
    ] = "keep"
    lens: Annotated[
        Literal["keep", "mend"],
        key("mend: lines that bend around the middle of the picture, of a very regular texture"),
    ] = "keep"
    straighten: Annotated[
        bool, key("lines that are nearly level or upright become so, up to 15 degrees")
    ] = False
    light: Light = "even"
    part: PartTaken = "steadiest"


@dataclass(kw_only=True)
class Prepare(Mending):
    USAGE: ClassVar = "PHOTO [corrections=asked|auto] [light=even|keep] [out=FILE] [key=value ...]"

    image: Annotated[str, key("the photograph, a picture file")]
    out: Annotated[str | None, key("a picture file; <photo>_exemplar.png if null")] = None
    crop: OptionalCrop = None
    side: OptionalSide = None
    threads: Threads = None


@dataclass(kw_only=True)
class MendingFirst(Mending):
    """The same within `train`, where nothing is mended unless it is asked for."""

    light: Light = "keep"
    part: PartTaken = "whole"
