"""The options of gatys, transfer and reconstruct; recipes set most of them."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from .sampling import TILE
from .shared import (
    LARGEST_SEED,
    MANY,
    Betas,
    Device,
    Float,
    FreeSize,
    Int,
    Memory,
    Network,
    Options,
    Precision,
    Reading,
    Scaling,
    Size,
    Threads,
    Tile,
    Weights,
    key,
)

PICTURE = "a picture file, or a name of exemplars/SOURCES.toml"
USUAL = "the usual ones of the descriptor's kind if null"
KIND_LAYERS = "{kind of descriptor: its layers}"
LAYER_WEIGHTS = "{relu1_1: 2.0}; a layer that is not named weighs 1"
ABSOLUTE = "(absolute) f C^a N^b S^c, C channels, N positions, S pixels"
Weight = Annotated[Float, key("weight", 0, 1e12)]
Combine = Annotated[
    Literal["relative", "absolute"],
    key("relative: squared errors over the energy of their target; absolute: as `scaling` says"),
]
Scales = Annotated[
    Int | None, key("levels, each half as large; as many as keep 64 pixels if null", 1, 12)
]
CoarseSteps = Annotated[Int, key("steps at each smaller size", 0, MANY)]


@dataclass(kw_only=True)
class PaintingLog(Options):
    previews: Annotated[Int, key("steps between two pictures in previews/", 1, MANY)] = 25
    checkpoints: Annotated[
        Int, key("steps between two resume.ckpt, and two writings of trace.csv", 1, MANY)
    ] = 100


@dataclass(kw_only=True)
class Painting(Options):
    """What gatys, transfer and reconstruct have in common."""

    out: Annotated[
        str | None,
        key("a folder, or a picture file beside which the folder lies; runs/<name> if null"),
    ] = None
    resume: Annotated[
        str | None, key("a resume.ckpt that an earlier run left; the same options as before")
    ] = None
    seed: Annotated[Int, key("of the noise that it starts from", 0, LARGEST_SEED)] = 0
    init: Annotated[str, key("noise, model:NAME (a released net), a picture file, or a word below")]
    noise: Annotated[Float, key("(init=noise) deviation of the colours, about grey", 0, 1)]
    steps: Annotated[Int, key("at full size", 0, MANY)]
    pooling: Annotated[Literal["avg", "max"], key("of 2x2 positions")]
    normalise: Annotated[bool, key("rescale filters to a mean activation of 1 over the pictures")]
    range_weight: Annotated[Float, key("of colours outside [0,1]", 0, 1e12)]
    tv_weight: Annotated[Float, key("of total variation", 0, 1e12)]
    tv_exponent: Annotated[
        Float | None, key("of squared differences; null takes absolute ones", 0.5, 2)
    ]
    bounds: Annotated[
        Literal["unit", "exemplar", "none"],
        key("colours end at 0 and 1; exemplar (gatys): at its own least and largest; none"),
    ]
    units: Annotated[
        Literal["unit", "descriptor"],
        key("in which steps and variation are measured: unit is [0,1], descriptor its own"),
    ]
    optimizer: Annotated[Literal["lbfgs", "adam"], key("of the pixels")]
    learning_rate: Annotated[Float, key("of the optimiser", 1e-12, 1e3)]
    history: Annotated[Int, key("(lbfgs) steps remembered", 1, 1000)]
    line_search: Annotated[bool, key("(lbfgs) strong Wolfe; without, a step is one evaluation")]
    restart: Annotated[Int | None, key("(lbfgs) forget after so many steps", 1, MANY)]
    betas: Annotated[Betas, key("(adam)")]
    decay: Annotated[Float, key("(adam) times this", 0, 1)]
    every: Annotated[Int, key("(adam) after so many steps", 1, MANY)]
    device: Device = "auto"
    precision: Annotated[
        Precision, key("bfloat16 for convolutions where it is surely faster (auto)")
    ] = "auto"
    max_memory: Memory = None
    threads: Threads = None
    descriptor: Network
    log: PaintingLog = field(default_factory=PaintingLog)


@dataclass(kw_only=True)
class Gatys(Painting):
    """init: also random_phase and exemplar."""

    USAGE: ClassVar = (
        "exemplar=PATH|NAME [recipe=default|gatys2015] [size=N|[H,W]] [steps=N] "
        "[init=...] [tile=none|x|y|xy] [out=...]"
    )

    exemplar: Annotated[str | None, key(f"{PICTURE}; the net's where init=model:NAME")] = None
    size: Annotated[
        Size | None, key("one side, or [height,width], in pixels; the exemplar's if null")
    ] = None
    tile: Annotated[Tile, key(TILE)] = "none"
    scales: Scales
    coarse_steps: CoarseSteps
    picture: Reading
    layers: Annotated[list[str] | None, key(USUAL)]
    usual_layers: Annotated[dict[str, list[str]], key(KIND_LAYERS)]
    layer_weights: Annotated[Weights | None, key(LAYER_WEIGHTS)]
    statistics: Annotated[Weights, key("weights of gram, mean, deviation, covariance")]
    combine: Combine
    scaling: Annotated[Scaling, key(ABSOLUTE)]


@dataclass(kw_only=True)
class Transfer(Painting):
    """init: also content and style."""

    USAGE: ClassVar = (
        "content=PATH style=PATH [recipe=default|gatys2016|d2l|keras|adam512] "
        "[size=N|[H,W]] [style_weight=X] [out=...]"
    )

    content: Annotated[str, key("the picture to be kept, a file")]
    style: Annotated[str, key("the picture whose colours and strokes it takes on, a file")]
    size: Annotated[
        FreeSize, key("the longer side; [height,width], of which one may be null for the aspect")
    ]
    scales: Scales
    coarse_steps: CoarseSteps
    style_scale: Annotated[
        Float, key("size at which the style is seen: its longer side over the result's", 0.01, 100)
    ]
    stretch: Annotated[bool, key("bring the style to the result's height and width")]
    colours: Annotated[
        Literal["style", "match", "luminance"],
        key("match: the style in the content's colours; luminance: the content's colours stay"),
    ]
    difference: Annotated[bool, key("also a picture of what changed since the start")]
    content_layers: Annotated[list[str] | None, key(USUAL)]
    usual_content_layers: Annotated[dict[str, list[str]], key(KIND_LAYERS)]
    content_layer_weights: Annotated[Weights | None, key(LAYER_WEIGHTS)]
    content_weight: Weight
    content_combine: Combine
    content_scaling: Annotated[Scaling, key(ABSOLUTE)]
    style_layers: Annotated[list[str] | None, key(USUAL)]
    usual_style_layers: Annotated[dict[str, list[str]], key(KIND_LAYERS)]
    style_layer_weights: Annotated[Weights | None, key(LAYER_WEIGHTS)]
    style_weight: Weight
    style_combine: Combine
    style_scaling: Annotated[Scaling, key(ABSOLUTE)]
    statistics: Annotated[
        Weights, key("of the style: weights of gram, mean, deviation, covariance")
    ]


@dataclass(kw_only=True)
class Reconstruct(Painting):
    """init: also image."""

    USAGE: ClassVar = (
        "image=PATH|NAME [layers=[relu1_2,...]] [steps=N] [together=true|false] [out=...]"
    )

    image: Annotated[str, key(PICTURE)]
    layers: Annotated[list[str] | None, key(f"one picture from each; {USUAL}")]
    usual_layers: Annotated[dict[str, list[str]], key(KIND_LAYERS)]
    together: Annotated[bool, key("one picture from all of them")]
    picture: Reading
