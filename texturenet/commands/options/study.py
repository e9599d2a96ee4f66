"""The options of `texturenet study`."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from .shared import MANY, Device, Float, Int, Options, Threads, key


@dataclass(kw_only=True)
class Numbers(Options):
    side: Annotated[
        Int, key("shorter side of the exemplar whose texture is learnt, and of pictures", 128, 4096)
    ]
    built: Annotated[
        Int, key("the same of the picture that networks are built on and reconstruct", 32, 4096)
    ]
    n_samples: Annotated[Int, key("candidates of a layer of ranVGG", 1, 1000)]
    n_epochs: Annotated[Int, key("of a layer of singleVGG", 1, 10**6)]
    evaluations: Annotated[Int, key("of each reconstruction while they are built", 1, MANY)]
    maps: Annotated[Int, key("random filters of each side", 1, 4096)]
    reconstruct_steps: Annotated[Int, key("of each reconstruction", 1, MANY)]
    gatys_steps: Annotated[Int, key("at full size", 1, MANY)]
    coarse_steps: Annotated[Int, key("at each smaller one", 0, MANY)]
    train_steps: Annotated[Int, key("of a net", 1, MANY)]


@dataclass(kw_only=True)
class Study(Options):
    USAGE: ClassVar = "descriptors exemplar=PATH|NAME [quick=true] [out=DIR] [key=value ...]"
    RENAMED: ClassVar = {"trained": "descriptor"}

    subject: Annotated[Literal["descriptors"], key("what is studied")] = "descriptors"
    exemplar: Annotated[str, key("a picture file, or a name of exemplars/SOURCES.toml")]
    quick: Annotated[bool, key("the numbers of `short`, some 4 minutes on two CPU cores")] = False
    out: Annotated[
        str | None,
        key("a folder, in which an interrupted study goes on; runs/study_<exemplar> if null"),
    ] = None
    descriptor: Annotated[
        str,
        key("weights that were trained, beside the random ones: a name or a file; or absent"),
    ] = "vgg16"
    architecture: Annotated[Literal["vgg16", "vgg19"], key("of ranVGG and singleVGG")] = "vgg16"
    width: Annotated[Float, key("of the channels of that", 1e-3, 4)] = 1.0
    seed: Annotated[Int, key("of everything", 0, 2**32 - 1)] = 0
    device: Device = "auto"
    threads: Threads = None
    # 23 minutes on two CPU cores (docs/descriptors.md).
    full: Numbers = field(
        default_factory=lambda: Numbers(
            side=256,
            built=128,
            n_samples=3,
            n_epochs=5,
            evaluations=40,
            maps=32,
            reconstruct_steps=200,
            gatys_steps=120,
            coarse_steps=80,
            train_steps=1000,
        )
    )
    short: Numbers = field(
        default_factory=lambda: Numbers(
            side=128,
            built=64,
            n_samples=2,
            n_epochs=2,
            evaluations=20,
            maps=16,
            reconstruct_steps=80,
            gatys_steps=60,
            coarse_steps=40,
            train_steps=200,
        )
    )
