"""The options of `texturenet train` and `texturenet advise`; recipes set most of them."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from .materials import MapOptions
from .models import Models
from .preparing import MendingFirst
from .shared import (
    MANY,
    Betas,
    Device,
    Float,
    Int,
    Network,
    OptionalCrop,
    Options,
    Precision,
    Reading,
    Threads,
    Weights,
    Widths,
    key,
)

EXEMPLAR = "a picture file, or one of the names in exemplars/SOURCES.toml"


@dataclass(kw_only=True)
class PictureOptions(Reading):
    crops: Annotated[
        Int,
        key("the most crops of size x size, half overlapping, that make up the target", 1, MANY),
    ]
    octaves: Annotated[
        Int | None,
        key(
            "sizes, its own, half of it, .., that take turns, each drawn by the scales that belong "
            "to it; null: as many as bring it down to 256 pixels", 1, 6,
        ),
    ]  # fmt: skip


@dataclass(kw_only=True)
class Generator(Options):
    scales: Annotated[Int, key("of the pyramid, and one more for every picture.octaves", 1, 12)]
    widths: Annotated[
        Widths | None,
        key("channels of the scales, from the finest; the last also those of all coarser ones"),
    ]
    branch: Annotated[
        Int | None,
        key("(widths) channels of the block that a scale has for its noise; 0: none", 0, 3072),
    ]
    step: Annotated[
        Int | None,
        key("channels that every scale adds, in place of widths (Ulyanov et al. 2016)", 1, 256),
    ]
    noise_channels: Annotated[Int, key("of each scale", 1, 64)]
    law: Annotated[Literal["uniform", "gaussian"], key("of the noise")]
    waves: Annotated[
        Int | None,
        key("of the exemplar, that stand beside the noise; 4 where it is regular if null", 0, 16),
    ]
    units: Annotated[
        Int | None,
        key("numbers of its own that a unit of a lattice has (a tile); 2 with waves if null", 0, 8),
    ]


@dataclass(kw_only=True)
class Descriptor(Network):
    layers: Annotated[list[str] | None, key("the usual ones of the descriptor's kind if null")]
    usual_layers: Annotated[dict[str, list[str]], key("{kind of descriptor: its layers}")]
    usual_pooling: Annotated[Literal["avg", "max"], key("where neither you nor a file says")]
    pooling: Annotated[
        Literal["avg", "max"] | None,
        key("what a descriptor's file was made for, or the usual one, if null"),
    ]


@dataclass(kw_only=True)
class Pruning(Options):
    """At first a narrower VGG, fitted to the exemplar, stands for the whole one."""

    channels: Annotated[Float, key("share of the VGG's channels that it has; 1: the whole", 0, 1)]
    until: Annotated[Float, key("share of the steps", 0, 1)]


@dataclass(kw_only=True)
class Loss(Options):
    combine: Annotated[
        Literal["log", "sum", "absolute"],
        key(
            "log: sum of logarithms of relative errors; sum: of the errors; absolute: as published"
        ),
    ]
    gram: Annotated[Float, key("weight of Gram matrices", 0, 1e6)]
    covariance: Annotated[Float, key("of Gram matrices about the mean of features", 0, 1e6)]
    mean: Annotated[Float, key("of the means of features", 0, 1e6)]
    deviation: Annotated[Float, key("of the deviations of features", 0, 1e6)]
    range: Annotated[Float, key("keeps colours in [0,1]", 0, 1e6)]
    detail: Annotated[
        Float,
        key("as much of the finest detail, which VGG hardly sees, as the exemplar has", 0, 1e6),
    ]
    glints: Annotated[Float, key("no specks brighter or darker than the exemplar has them", 0, 1e6)]
    periodic: Annotated[
        Float,
        key("what repeats in a regular exemplar repeats where its waves say", 0, 1e6),
    ]
    between: Annotated[
        Float, key("units of its lattice differ as the exemplar's do: tiles, bricks", 0, 1e6)
    ]
    maps: Annotated[Float, key("(material) of the maps beside colour", 0, 1e6)] = 1.0
    together: Annotated[
        Float, key("(material) of what all maps have to do with each other in patches", 0, 1e6)
    ] = 1.0
    layer_weights: Annotated[
        Weights | None,
        key("{relu1_1: 2.0}, in every octave; relu1_1@2 is that of the second; 1 where absent"),
    ]
    unit_gradient: Annotated[bool, key("normalise each layer's gradient as Ulyanov et al. 2016 do")]
    pooled: Annotated[
        bool, key("statistics of the batch as one picture, instead of each picture's")
    ]
    units: Annotated[
        Literal["plain", "deviation", "whitened"],
        key("of channels: plain, deviation of each in the exemplar, or whitened"),
    ]
    ridge: Annotated[
        Float,
        key(
            "(deviation, whitened) share of the mean energy that is added to each channel's", 0, 1e6
        ),
    ]
    octaves: Annotated[
        Int, key("sizes that pictures are described at, each half of the one before", 1, 6)
    ]


@dataclass(kw_only=True)
class Optimizer(Options):
    kind: Annotated[
        Literal["muon", "adam"], key("muon: for convolutions, with Adam for the rest; adam for all")
    ]
    learning_rate: Annotated[Float, key("of Adam", 1e-12, 10)]
    matrix_rate: Annotated[Float, key("of convolutions (muon)", 1e-12, 10)]
    momentum: Annotated[Float, key("of convolutions (muon)", 0, 0.9999)]
    betas: Annotated[Betas, key("of Adam")]
    schedule: Annotated[
        Literal["cosine", "step"],
        key(
            "cosine: hold the full rate, then decay to the floor; step: times decay every so often"
        ),
    ]
    hold: Annotated[Float, key("share of the steps (cosine)", 0, 1)]
    floor: Annotated[Float, key("share of the learning rate", 0, 1)]
    decay: Annotated[Float, key("(step) factor", 0, 1)]
    every: Annotated[Int, key("(step) steps", 1, MANY)]


@dataclass(kw_only=True)
class Freeze(Options):
    at: Annotated[
        Float, key("share of the steps after which statistics are fixed, and trained around", 0, 1)
    ]
    samples: Annotated[Int, key("pictures that statistics are measured on", 1, 4096)]
    average: Annotated[
        Float,
        key(
            "share that a running mean of the weights, then released, keeps in a step; 0: none",
            0,
            1,
        ),
    ]


@dataclass(kw_only=True)
class Guard(Options):
    """A run that goes wrong returns to its best state, at half the rate."""

    times: Annotated[
        Int, key("at most; 0: never, and a loss that is not finite ends the run", 0, 1000)
    ]
    every: Annotated[Int, key("steps between two checks", 1, MANY)]
    worse: Annotated[Float, key("times the best errors: it has diverged", 1, 1e6)]
    alike: Annotated[
        Float, key("diversity of a batch, below which its pictures are one (1: all differ)", 0, 1)
    ]
    patience: Annotated[Float, key("share of the steps without progress; 0: for ever", 0, 1)]


@dataclass(kw_only=True)
class Budget(Options):
    """Between these lies what `minutes` come to, on slow machines and on fast ones."""

    least: Annotated[Int, key("(minutes) steps, however long they take", 1, MANY)]
    most: Annotated[Int, key("(minutes) steps, however little they take", 1, MANY)]


@dataclass(kw_only=True)
class Log(Options):
    previews: Annotated[Int, key("steps between two pictures in previews/", 1, MANY)] = 50
    checkpoints: Annotated[
        Int, key("steps between two resume.ckpt, and two writings of metrics.csv", 1, MANY)
    ] = 100
    moments: Annotated[
        Int | None,
        key("steps between two writings of moment/NAME.safetensors, the net so far", 1, MANY),
    ] = None
    score: Annotated[
        bool, key("judge the net when it is done (some 20 seconds), and write that into its card")
    ] = True
    tensorboard: Annotated[bool, key("also log there (extra: tensorboard)")] = False


@dataclass(kw_only=True)
class Trainer(Options):
    """Processes that train one net together, each on a share of every batch."""

    devices: Annotated[
        Int, key("GPUs, or processes on a CPU, of each machine; it pays for large pictures", 1, 64)
    ] = 1
    nodes: Annotated[Int, key("machines; srun or torchrun starts the command on each", 1, 1024)] = 1


@dataclass(kw_only=True)
class Train(Options):
    USAGE: ClassVar = (
        "exemplar=PATH|NAME|material=FOLDER|FILES|exemplars=A,B,.. "
        "[recipe=default|fast|large|auto|ulyanov2016|gutierrez2019] "
        "[minutes=M|steps=N] [device=auto|cpu|gpu] [key=value ...]"
    )
    EITHER: ClassVar = (
        ("steps", "minutes"), ("generator.widths", "generator.step"),
        ("exemplar", "material", "exemplars"),
    )  # fmt: skip
    RENAMED: ClassVar = {
        "trainer.accelerator": "device",
        "trainer.precision": "precision",
        "trainer.threads": "threads",
    }

    exemplar: Annotated[str | None, key(EXEMPLAR)] = None
    material: Annotated[
        str | None,
        key("a folder of maps of one surface, files as A.png,B.png, or a name: learnt together"),
    ] = None
    maps: MapOptions = field(default_factory=MapOptions)
    exemplars: Annotated[
        Models | None, key("2 to 16 pictures as a,b,c: a palette, one net that draws them all")
    ] = None
    into: Annotated[
        str | None, key("(exemplars) name of the palette; the exemplars' names if null")
    ] = None
    name: Annotated[str | None, key("of the released net; the exemplar's if null")] = None
    out: Annotated[str | None, key("run folder; runs/<name>, numbered if taken, if null")] = None
    parent: Annotated[
        str | None,
        key(
            "a net whose weights it begins with (a name, a file or a folder), or common, a start "
            "that suits many textures: nets of one family can be mixed (morph)"
        ),
    ] = None
    steer: Annotated[
        Literal["none", "rotation", "scale", "both"],
        key("what the net can be told of each place: which way the texture lies, how large it is"),
    ] = "none"
    resume: Annotated[str | None, key("a resume.ckpt that an earlier run left")] = None
    advice: Annotated[
        Literal["told", "followed", "none"],
        key("what `advise` finds is said; followed: done as well, but for options that were given"),
    ]
    # Noise is addressed with 32 bits of the seed in training.
    seed: Annotated[Int, key("of the first weights and of the noise trained on", 0, 2**32 - 1)] = 0
    size: Annotated[Int, key("side of the pictures trained on", 1, 8192)]
    windows: Annotated[
        bool, key("they are windows of the endless plane; false: tori, which waves have to fit")
    ]
    batch: Annotated[Int, key("pictures of a step", 1, 4096)]
    steps: Annotated[Int | None, key("of training; null where minutes are given", 1, MANY)]
    minutes: Annotated[
        Float | None,
        key(
            "for all but the score; steps are as many as fit; null where steps are given", 0.01, 1e6
        ),
    ]
    budget: Budget
    picture: PictureOptions
    prepare: MendingFirst = field(default_factory=MendingFirst)
    generator: Generator
    descriptor: Descriptor
    pruning: Pruning
    loss: Loss
    optimizer: Optimizer
    freeze: Freeze
    guard: Guard
    log: Log = field(default_factory=Log)
    trainer: Trainer = field(default_factory=Trainer)
    device: Device = "auto"
    precision: Annotated[
        Precision, key("bfloat16 for convolutions where it is surely faster (auto)")
    ] = "auto"
    recorded: Annotated[
        bool, key("(GPU) steps are recorded once as CUDA graphs, and replayed, which is faster")
    ] = True
    threads: Threads = None


@dataclass(kw_only=True)
class Scales(Options):
    scales: Annotated[Int | None, key("of the net; the default recipe's if null", 1, 12)] = None


@dataclass(kw_only=True)
class PlannedReading(Options):
    crop: OptionalCrop = None
    side: Annotated[
        Int | None,
        key(
            "its shorter side would be brought down to this; the default recipe's if null", 1, MANY
        ),
    ] = None


@dataclass(kw_only=True)
class Advise(Options):
    USAGE: ClassVar = "exemplar=PATH|NAME [key=value ...]"

    exemplar: Annotated[str, key(EXEMPLAR)]
    size: Annotated[
        Int | None,
        key("side of the pictures that would be trained on; the default recipe's if null", 1, 8192),
    ] = None
    picture: PlannedReading = field(default_factory=PlannedReading)
    generator: Scales = field(default_factory=Scales)
    threads: Threads = None
