"""The options of `texturenet tileset`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ...blending.limits import SOFTEST
from ...tilesets.limits import KINDS, MOST_VARIANTS, SIDES
from .models import INVERT, Names, models
from .sampling import PRESETS
from .shared import Device, Float, Int, Options, SamplingPrecision, Seed, Threads, key

Few = models(2, 3)


@dataclass(kw_only=True)
class Tileset(Options):
    USAGE: ClassVar = (
        "models=NAME|PATH,NAME|PATH[,NAME|PATH] [kind=corner|blob] [side=64] [variants=4] [seed=0] "
        "[preset=plain|blender|..] [out=DIR|FILE.png]"
    )

    models: Annotated[
        Few,
        key("2 or 3, each a name that `texturenet models` lists or a .safetensors file: a,b"),
    ]
    kind: Annotated[
        Literal[*KINDS],
        key(
            "corner: a texture at each corner, 16 tiles of two and 81 of three; blob: 47 tiles of "
            "the first by their eight neighbours, and one of the second"
        ),
    ] = "corner"
    side: Annotated[
        Int, key("pixels of a tile; a multiple of the period of regular textures", *SIDES)
    ] = 64
    variants: Annotated[Int, key("tiles that differ inside", 1, MOST_VARIANTS)] = 4
    seed: Seed = 0
    softness: Annotated[Float, key("pixels that an edge between textures is wide", *SOFTEST)] = 4.0
    spread: Annotated[
        Float | None,
        key("pixels over which one texture gives way to the next; side/4, at most 32", 0, SIDES[1]),
    ] = None
    wander: Annotated[
        Float | None, key("pixels by which borders leave their lines; side/16", 0, SIDES[1] / 4)
    ] = None
    overlap: Annotated[
        Int | None,
        key(
            "pixels over which what tiles share along an edge gives way to what they do not; "
            "side/6, 8 to 32",
            1,
            SIDES[1] // 2,
        ),
    ] = None
    invert: Annotated[Names | None, key(INVERT.partition(": ")[2])] = None
    files: Annotated[bool, key("also every tile as a file of its own, in NAME_tiles/")] = True
    preset: Annotated[
        Literal[*PRESETS] | None,
        key("of materials: sheets of all maps, in the files that a program expects"),
    ] = None
    precision: SamplingPrecision = "float32"
    out: Annotated[
        str, key("a folder in which files are named after models, or NAME.png for another name")
    ] = "."
    device: Device = "auto"
    threads: Threads = None
