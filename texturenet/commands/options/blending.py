"""The options of `texturenet blend`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ...blending.limits import FITS, MOST, SOFTEST, WAYS, WIDEST
from .models import INVERT, Models, Names
from .sampling import TILE, OutOfModels, SharedPreset
from .shared import (
    Device,
    Float,
    Int,
    Options,
    Pair,
    SamplingPrecision,
    Seed,
    Size,
    Threads,
    Tile,
    Workers,
    key,
)


@dataclass(kw_only=True)
class Blend(Options):
    USAGE: ClassVar = (
        "models=NAME|PATH,NAME|PATH[,..] [mask=FILE[,FILE..]|right|down] [size=N|[H,W]] [seed=0] "
        "[softness=4] [spread=32] [way=height|features|weights] [out=FILE|DIR]"
    )

    models: Annotated[
        Models,
        key(f"2 to {MOST}, each a name that `texturenet models` lists or a .safetensors file: a,b"),
    ]
    mask: Annotated[
        str,
        key(
            "right or down: from the first model to the second; or a picture, white where the "
            "first model is and black where the second is; of three models, one RGB picture; of "
            "any number, a picture each: a.png,b.png,.."
        ),
    ] = "right"
    fit: Annotated[
        Literal[*FITS],
        key("of pictures: stretched to size; or pixel for pixel, repeated or once, from origin on"),
    ] = "stretch"
    mask_origin: Annotated[
        Pair | None,
        key("row and column of the upper left corner of masks; that of the window if null"),
    ] = None
    spread: Annotated[
        Int,
        key(
            "pixels over which steps of the mask are made even; 0: they cut through stones",
            0,
            WIDEST,
        ),
    ] = 32
    softness: Annotated[Float, key("of way=height: pixels that an edge is wide", *SOFTEST)] = 4.0
    way: Annotated[
        Literal[*WAYS],
        key(
            "height: what stands higher is seen; weights: one net becomes another, of two that "
            "are kin (train .. parent=); features: of two nets of one start, mixed at every scale"
        ),
    ] = "height"
    invert: Annotated[Names | None, key(INVERT)] = None
    size: Annotated[Size, key("one side, or [height,width], in pixels")] = 512
    seed: Seed = 0
    tile: Annotated[Tile, key(TILE)] = "none"
    origin: Annotated[Pair, key("row and column of the window's upper left corner")] = (0, 0)
    preset: SharedPreset = None
    precision: SamplingPrecision = "float32"
    out: OutOfModels = "."
    workers: Workers = 1
    device: Device = "auto"
    threads: Threads = None
