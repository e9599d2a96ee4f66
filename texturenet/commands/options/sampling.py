"""The options of the verbs that make pictures and films with a net."""

from dataclasses import dataclass
from dataclasses import field as group
from typing import Annotated, ClassVar, Literal

from ...cluster.jobs import ENGINES
from .engines import LocalOptions, RayOptions, SlurmOptions
from .models import Models
from .shared import (
    LARGEST_SEED,
    MANY,
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

PRESETS = (
    "plain", "blender", "unreal", "unity_urp", "unity_hdrp", "godot", "gltf", "materialx",
    "substance",
)  # fmt: skip
MAPS = "colour", "normal", "height", "roughness", "occlusion", "metallic"
MODEL = "a name that `texturenet models` lists, a .safetensors file, or a run folder"
TILE = "x, y or xy: the picture repeats without a seam along those axes"
LONGEST = 24 * 3600  # seconds of a film
Place = Annotated[list[Float], key("[row,column]")]
SharedPreset = Annotated[
    Literal[*PRESETS] | None,
    key("of materials: all maps that they share, in the files that a program expects"),
]
OutOfModels = Annotated[
    str, key("a file (.png .jpg .webp .tif .dzi), or a folder in which it is named after models")
]
Drawers = Annotated[
    Literal[*ENGINES] | None,
    key("processes here, or a cluster, that share the work; this process alone if null"),
]


@dataclass(kw_only=True)
class Sample(Options):
    USAGE: ClassVar = (
        "model=NAME|PATH [size=N|[H,W]] [seed=0] [count=1] [tile=none|x|y|xy] "
        "[origin=[row,column]] [field=PICTURE|STROKES|DEGREES] [preset=plain|blender|unreal|..] "
        "[part=K/N] [out=FILE|DIR]"
    )

    model: Annotated[str, key(MODEL)]
    size: Annotated[Size, key("one side, or [height,width], in pixels")] = 512
    seed: Seed = 0
    count: Annotated[Int, key("pictures, of seed, seed+1, ...", 1, MANY)] = 1
    tile: Annotated[Tile, key(TILE)] = "none"
    matching: Annotated[
        bool, key("tiles of different content that fit beside each other, count of them")
    ] = False
    origin: Annotated[Pair, key("row and column of the window's upper left corner")] = (0, 0)
    preset: Annotated[
        Literal[*PRESETS] | None,
        key("of a material: all its maps, in the files that a program expects; null: its colour"),
    ] = None
    field: Annotated[
        str | None,
        key(
            "which way the texture lies at each place, and how large it is: degrees[,octaves]; a "
            "picture, red the angle (0 to field_turn), green the size (1/2: the exemplar's); or "
            "strokes that its lines follow (.json .svg)"
        ),
    ] = None
    field_turn: Annotated[Int, key("(a picture) degrees of the range of red: 180 or 360")] = 360
    precision: SamplingPrecision = "float32"
    out: Annotated[
        str,
        key(
            "a file (.png .jpg .webp .tif .dzi), or a folder in which files are named after model "
            "and seed"
        ),
    ] = "."
    part: Annotated[
        str | None,
        key("K/N: the Kth of N parts of a very large picture alone, of which `join` makes it"),
    ] = None
    workers: Workers = 1
    device: Device = "auto"
    threads: Threads = None
    engine: Drawers = None
    local: LocalOptions = group(default_factory=LocalOptions)
    ray: RayOptions = group(default_factory=RayOptions)
    slurm: SlurmOptions = group(default_factory=SlurmOptions)


@dataclass(kw_only=True)
class Film(Options):
    USAGE: ClassVar = (
        "model=NAME|PATH [kind=interpolate|loop|pan|displace|light] | kind=morph models=a,b[,c] | "
        "models=a,b mask=FILE|right|down "
        "[seconds=4] [fps=30] [size=N|[H,W]] [preset=plain|blender|unreal|..] [map=normal|..] "
        "[out=FILE|DIR]"
    )
    EITHER: ClassVar = (("model", "models"),)
    RENAMED: ClassVar = {"weights": "descriptor"}

    model: Annotated[str | None, key(MODEL)] = None
    models: Annotated[
        Models | None,
        key(
            "two or more, each as model says: of morph from one to the next in time; with mask= "
            "where it says"
        ),
    ] = None
    mask: Annotated[
        str | None,
        key("where each of models= is seen, as `texturenet blend` reads it; it lies still"),
    ] = None
    kind: Annotated[
        Literal["interpolate", "loop", "pan", "displace", "light", "morph"],
        key(
            "interpolate, from seed to seed; loop; pan, the window moves; displace, a patch moves; "
            "light, a lamp goes round a material; morph, from net to net"
        ),
    ] = "loop"
    size: Annotated[Size, key("one side, or [height,width], in pixels")] = 512
    seconds: Annotated[Float, key("length of the film", 1e-6, LONGEST)] = 4.0
    fps: Annotated[Float, key("frames a second", 0.01, 1000)] = 30.0
    seed: Annotated[
        Int, key("which plane of noise; seed+1 is the second, where one is needed", 0, LARGEST_SEED)
    ] = 0
    seeds: Annotated[
        list[Int] | None,
        key("instead of those two: [1,7,3] interpolates among three, [1,7,3,1] comes back"),
    ] = None
    origin: Annotated[Pair, key("row and column of the window's upper left corner")] = (0, 0)
    tile: Annotated[
        Tile, key("x, y or xy: every frame repeats along those axes (not of displace)")
    ] = "none"
    redresse: Annotated[
        Literal["cdf", "variance", "none"],
        key("of interpolate: how the noise keeps its law; none fades midway"),
    ] = "cdf"
    rates: Annotated[
        list[Float] | None,
        key("of interpolate and loop: speed of each scale, coarse to fine, as [0,1,1,2,2]"),
    ] = None
    path: Annotated[
        list[Place] | None,
        key("of pan and displace: [[0,0],[0,300]] in pixels from the origin"),
    ] = None
    patch: Annotated[
        Pair | None,
        key(
            "of displace: height and width of what moves, in multiples of grain; a third of the "
            "picture if null"
        ),
    ] = None
    grain: Annotated[
        Int,
        key("of displace: pixels that the patch moves by; more blends more of its border", 1, MANY),
    ] = 1
    easing: Annotated[Literal["linear", "smooth"], key("smooth: slow at both ends")] = "linear"
    boomerang: Annotated[bool, key("there and back")] = False
    preset: Annotated[
        Literal[*PRESETS] | None,
        key(
            "of a material: every frame as all maps, in the PNG files that a program expects "
            "(NAME_0001_normal.png), in a new folder"
        ),
    ] = None
    map: Annotated[
        Literal[*MAPS] | None,
        key("of a material: a film of this map in place of its colour, normals as OpenGL's"),
    ] = None
    report: Annotated[
        bool, key("also <name>.csv and <name>_report.png: is the film as good in the middle?")
    ] = False
    exemplar: Annotated[
        str | None, key("for the report, the picture trained on, if it is not in exemplars/")
    ] = None
    descriptor: Annotated[
        str | None, key("for the report, the descriptor trained against, if it is a file")
    ] = None
    precision: SamplingPrecision = "float32"
    out: Annotated[
        str | None,
        key(
            ".mp4 .webm .gif .webp .apng, or a new folder for PNG files; <model>_<kind>.mp4 if "
            "null, of a preset the folder <model>_<kind>"
        ),
    ] = None
    device: Device = "auto"
    threads: Threads = None
    engine: Drawers = None
    local: LocalOptions = group(default_factory=LocalOptions)
    ray: RayOptions = group(default_factory=RayOptions)
    slurm: SlurmOptions = group(default_factory=SlurmOptions)


@dataclass(kw_only=True)
class Reproduce(Options):
    USAGE: ClassVar = "FILE [model=NAME|PATH] [out=FILE]"

    file: Annotated[
        str, key("a picture or film that texturenet made, of which it says what it was made of")
    ]
    model: Annotated[
        str | None, key("where its net lies, if it is not one that `texturenet models` lists")
    ] = None
    out: Annotated[str | None, key("a file for what is made anew; only compared if null")] = None
    workers: Workers = 1
    device: Device = "auto"
    threads: Threads = None


@dataclass(kw_only=True)
class Models(Options):
    """No options."""

    USAGE: ClassVar = ""
