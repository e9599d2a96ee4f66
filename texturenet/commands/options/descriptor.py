"""The options of `texturenet descriptor`, one dataclass for each kind.

Sources: He, Wang, Hopcroft 2016, arXiv 1606.04801 (H); a replication of it, arthur-cahu/ranvgg (R);
Ustyuzhaninov, Brendel, Gatys, Bethge 2016, authors' synthesise.py (U). Numbers without a source are
the project's own.
"""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from .shared import (
    LARGEST_SEED,
    MANY,
    Device,
    Float,
    Int,
    Memory,
    OptionalCrop,
    Options,
    Precision,
    Sides,
    Threads,
    key,
)

OUT = "a folder, or a .safetensors file beside which the folder lies; runs/<name> if null"


@dataclass(kw_only=True)
class RandomFilters(Options):
    """One layer of random filters of several sizes."""

    kind: Annotated[Literal["random_filters"], key("one layer of random filters")] = (
        "random_filters"
    )
    image: Annotated[
        str | None, key("only to be shown how the filters answer to it: a file or a name")
    ] = None
    out: Annotated[str | None, key(OUT)] = None
    seed: Annotated[Int, key("of the filters", 0, LARGEST_SEED)] = 0
    sides: Annotated[Sides, key("of the filters, odd")] = field(
        default_factory=lambda: [3, 5, 7, 11, 15, 23, 37, 55]  # U
    )
    maps: Annotated[Int, key("filters of each side", 1, 4096)] = 128  # U
    # Differs from U: 0 there.
    centred: Annotated[
        Float, key("share of the filters whose weights sum to 0, blind to brightness", 0, 1)
    ] = 0.75


@dataclass(kw_only=True)
class BuildPicture(Options):
    crop: OptionalCrop = None
    side: Annotated[
        Int | None, key("the shorter side is brought down to this; null keeps the file's", 1, MANY)
    ] = 128


@dataclass(kw_only=True)
class Building(Options):
    """What kind=ranvgg and kind=singlevgg have in common."""

    USAGE: ClassVar = (
        "kind=ranvgg|singlevgg|random_filters image=PATH|NAME [seed=0] [out=FILE|DIR] "
        "[key=value ...]"
    )
    RENAMED: ClassVar = {"normalize": "normalise"}

    kind: Annotated[
        str, key("ranvgg: the best of random layers; singlevgg: trained on one picture")
    ]
    image: Annotated[str, key("the picture that it is made for: a file, or a name")]
    out: Annotated[str | None, key(OUT)] = None
    resume: Annotated[
        str | None, key("a resume.ckpt that an earlier run left; the same options as before")
    ] = None
    seed: Annotated[
        Int, key("of the weights and of the noise that reconstructions start from", 0, LARGEST_SEED)
    ] = 0
    picture: BuildPicture = field(default_factory=BuildPicture)
    architecture: Annotated[Literal["vgg16", "vgg19"], key("the shape of the network")] = (
        "vgg19"  # H, R
    )
    width: Annotated[Float, key("of the channels of that architecture", 1e-3, 4)] = 1.0
    deviation: Annotated[Float, key("of the weights and biases drawn", 1e-9, 1e9)] = 0.015  # H, R
    normalise: Annotated[
        bool, key("divide every layer by its mean activation on the picture, which then is 1")
    ] = True  # R
    pooling: Annotated[Literal["avg", "max"], key("of 2x2 positions")] = (
        "avg"  # Gatys, Ecker, Bethge 2015, section 2
    )
    # Errors are summed; deep layers alone lose the gradient.
    layers: Annotated[list[str], key("the picture is made again from the features of these")] = (
        field(default_factory=lambda: ["relu1_1", "pool1", "pool2", "pool3", "pool4"])
    )
    targets: Annotated[
        Literal["built", "all"],
        key("built: those that need no layer above the one being made; all: as R ran it"),
    ] = "built"
    weighting: Annotated[
        Literal["equal", "automatic"],
        key("of the layers; automatic: so that each pulls at the first picture as strongly"),
    ] = "equal"  # automatic: H, section 3
    evaluations: Annotated[
        Int, key("of the loss and its gradient, for each reconstruction", 1, MANY)
    ] = 40
    noise: Annotated[Float, key("deviation of the colours that it starts from", 0, 1)] = 0.2
    history: Annotated[Int, key("of L-BFGS: steps remembered", 1, 1000)] = 20
    line_search: Annotated[
        bool, key("of L-BFGS: strong Wolfe; without, a step is one evaluation")
    ] = False
    device: Device = "auto"
    precision: Annotated[
        Precision, key("of reconstructions: bfloat16 where it is surely faster (auto)")
    ] = "auto"
    max_memory: Memory = None
    threads: Threads = None


@dataclass(kw_only=True)
class RanVgg(Building):
    """The shape of VGG, each layer the best of several random ones (H)."""

    kind: Annotated[Literal["ranvgg"], key("each layer the best of several random ones")] = "ranvgg"
    # Differs from R: 5 there.
    n_samples: Annotated[Int, key("candidates of each layer", 1, 2**16 - 1)] = 3


@dataclass(kw_only=True)
class SingleVgg(Building):
    """The shape of VGG, each layer trained on the one picture, in turn."""

    kind: Annotated[Literal["singlevgg"], key("each layer trained on the one picture")] = (
        "singlevgg"
    )
    n_epochs: Annotated[Int, key("reconstructions of each layer, from new noise", 1, 10**6)] = 5
    weight_steps: Annotated[
        Int, key("of Adam on the layer's weights, after each (ten: docs/descriptors.md)", 1, MANY)
    ] = 1
    learning_rate: Annotated[Float, key("of those", 1e-12, 10)] = 1.0e-4


KINDS = {"ranvgg": RanVgg, "singlevgg": SingleVgg, "random_filters": RandomFilters}
