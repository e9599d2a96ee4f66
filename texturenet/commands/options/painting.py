"""The options of `texturenet paint`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from ...blending.limits import LABEL_FITS, LARGEST_SCALE, MOST_LABELS, SOFTEST, WIDEST, WILDEST
from .models import INVERT, Names
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


def _worded(value: object) -> object:
    """{1: grass} as {"1": grass}. Raises ValueError for what is no dictionary."""
    if not isinstance(value, dict):
        raise ValueError("a model for each label is needed, as {1: grass, 2: gravel}")
    return {str(label): item for label, item in value.items()}


@dataclass(kw_only=True)
class Paint(Options):
    USAGE: ClassVar = (
        "labels=FILE 'models={1: NAME|PATH, 2: NAME|PATH, ..}' [scale=1] [size=N|[H,W]] [seed=0] "
        "[spread=32] [wander=0] [softness=4] [out=FILE|DIR]"
    )

    labels: Annotated[
        str, key("a picture, PNG, GIF or BMP: numbers as grey or as entries of a palette; or RGB")
    ]
    models: Annotated[
        dict[str, str],
        BeforeValidator(_worded),
        key(
            f"of each label, up to {MOST_LABELS}, a name that `texturenet models` lists or a "
            ".safetensors file: {1: grass, 2: gravel}; of colours {'#22aa44': grass}"
        ),
    ]
    scale: Annotated[
        Int,
        key("pixels a side that each label is enlarged to; borders are rounded", 1, LARGEST_SCALE),
    ] = 1
    spread: Annotated[
        Int | None,
        key(
            "pixels over which one texture gives way to the next; 32, or scale/2 if that is more",
            0,
            WIDEST,
        ),
    ] = None
    wander: Annotated[
        Float | None,
        key("pixels by which borders leave their lines; scale/8, of scale=1 none", 0, WILDEST),
    ] = None
    softness: Annotated[Float, key("pixels that an edge is wide", *SOFTEST)] = 4.0
    invert: Annotated[Names | None, key(INVERT.partition(": ")[2])] = None
    fit: Annotated[
        Literal[*LABEL_FITS], key("beyond the labels: their border goes on, or they repeat")
    ] = "once"
    size: Annotated[
        Size | None, key("one side, or [height,width], in pixels; that of the labels if null")
    ] = None
    seed: Seed = 0
    tile: Annotated[Tile, key(TILE)] = "none"
    origin: Annotated[
        Pair, key("row and column of the window's upper left corner; labels begin at [0,0]")
    ] = (0, 0)
    preset: SharedPreset = None
    precision: SamplingPrecision = "float32"
    out: OutOfModels = "."
    workers: Workers = 1
    device: Device = "auto"
    threads: Threads = None
