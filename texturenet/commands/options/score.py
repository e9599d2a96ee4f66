"""The options of `texturenet score`."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from .materials import MapOptions
from .sampling import MODEL
from .shared import MANY, Device, Int, OptionalCrop, Options, Size, Threads, key

SMALLEST = 64  # pixels a side, below which figures mean little


@dataclass(kw_only=True)
class Score(Options):
    USAGE: ClassVar = (
        "model=NAME|PATH [seeds=4]   or   image=PATH exemplar=PATH|NAME [key=value ...]"
    )
    RENAMED: ClassVar = {"weights": "descriptor"}

    model: Annotated[str | None, key(MODEL)] = None
    image: Annotated[str | None, key("instead of a model: a picture file")] = None
    exemplar: Annotated[
        str | None,
        key(
            "the picture of the texture, or of a material the folder of its maps; what the model "
            "was trained on if null"
        ),
    ] = None
    maps: MapOptions = field(default_factory=MapOptions)
    side: Annotated[
        Int | None,
        key(
            "the exemplar's shorter side is brought down to this; as it was trained on, or "
            "(image=) as it is, if null",
            SMALLEST,
            MANY,
        ),
    ] = None
    crop: OptionalCrop = None
    seeds: Annotated[
        Int,
        key(
            "(model=) pictures that are judged, of seeds that nobody is likely to have seen",
            1,
            1000,
        ),
    ] = 4
    size: Annotated[
        Size | None, key("of those: one side, or [height,width]; the exemplar's if null")
    ] = None
    descriptor: Annotated[
        str,
        key(
            "judges beside what the net was trained on: a name, a file or its folder; left out "
            "where absent"
        ),
    ] = "vgg16"
    out: Annotated[
        str | None, key("a folder for score.json and sheet.png; runs/<name>_score if null")
    ] = None
    device: Device = "auto"
    threads: Threads = None
