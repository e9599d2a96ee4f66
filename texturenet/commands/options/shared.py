"""What options are declared with, and the groups of keys that several verbs have.

An option is one annotated field of a dataclass: its type, range or words, default and help stand
there and nowhere else. A field without a default is required, unless a recipe of conf/ sets it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

MANY = 10**9
LARGEST_SEED = 2**64 - 1
LARGEST_SIDE = 255  # of filters


def key(help: str, least: float | None = None, most: float | None = None) -> object:
    """What is known of an option beside its type: its help and the ends of its range."""
    return Field(description=help, ge=least, le=most)


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("it must be a number")
    return value


def _size(value: object) -> object:
    pair = value if isinstance(value, list) else [value, value]
    if len(pair) != 2 or not all(type(side) is int for side in pair):
        raise ValueError("it must be one whole number, or [height, width]")
    return value


def _free_size(value: object) -> object:
    pair = value if isinstance(value, list) else [value]
    if len(pair) not in (1, 2) or not all(side is None or type(side) is int for side in pair):
        raise ValueError("it must be one whole number, or [height,width], of which one may be null")
    return value


def _odd(side: int) -> int:
    if not 1 <= side <= LARGEST_SIDE or side % 2 == 0:
        raise ValueError(f"sides must be odd, from 1 to {LARGEST_SIDE}")
    return side


def _distinct(sides: list[int]) -> list[int]:
    if not sides or len(set(sides)) < len(sides):
        raise ValueError("name one side at least, and none twice")
    return sides


Int = Annotated[int, BeforeValidator(_no_bool)]
Float = Annotated[float, BeforeValidator(_no_bool)]
Size = Annotated[Any, AfterValidator(_size)]  # one side, or [height, width]
FreeSize = Annotated[Any, AfterValidator(_free_size)]  # one of the two may be None
Pair = Annotated[list[Int], Field(min_length=2, max_length=2)]
Crop = Annotated[list[Int], Field(min_length=4, max_length=4)]
Betas = Annotated[list[Annotated[Float, Field(ge=0, lt=1)]], Field(min_length=2, max_length=2)]
Widths = Annotated[list[Annotated[Int, Field(ge=1, le=3072)]], Field(min_length=1, max_length=12)]
Weights = dict[str, Annotated[Float, Field(ge=0, le=1e12)]]
Sides = Annotated[list[Annotated[Int, AfterValidator(_odd)]], AfterValidator(_distinct)]

Tile = Literal["none", "x", "y", "xy"]
Device = Annotated[Literal["auto", "cpu", "gpu"], key("a GPU if one can be used; or cpu, gpu")]
Seed = Annotated[Int, key("which plane of noise", 0, LARGEST_SEED)]
Workers = Annotated[Int, key("processes that share a very large picture", 1, 1024)]
Threads = Annotated[Int | None, key("of torch, in all; its own choice if null", 1, 1024)]
Precision = Literal["auto", "float32", "bfloat16"]
SamplingPrecision = Annotated[
    Precision,
    key("bfloat16 is faster on some hardware, less than 1/255 off; auto: where it surely is"),
]
Memory = Annotated[
    Float | None,
    key("GB; what is free if null. Less memory: blocks of the picture one by one", 0.1, 1e6),
]
OptionalCrop = Annotated[Crop | None, key("[top,left,height,width] of the upright file")]
OptionalSide = Annotated[
    Int | None, key("the shorter side is brought down to this; null keeps the file's", 1, MANY)
]


class Options:
    """A dataclass of options. RENAMED: {word of earlier versions: the word of today}. EITHER: keys
    of which one counts and the others are null: the one that is given, if one is."""

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)
    RENAMED: ClassVar[dict[str, str]] = {}
    EITHER: ClassVar[tuple[tuple[str, ...], ...]] = ()


@dataclass(kw_only=True)
class Reading(Options):
    crop: OptionalCrop
    side: OptionalSide


@dataclass(kw_only=True)
class Filters(Options):
    sides: Annotated[Sides, key("of the filters, odd")]
    maps: Annotated[Int, key("filters of each side", 1, 4096)]
    seed: Annotated[Int, key("of their values", 0, LARGEST_SEED)]
    centred: Annotated[Float, key("share of the filters whose weights sum to 0", 0, 1)]


@dataclass(kw_only=True)
class Network(Options):
    weights: Annotated[str, key("a name, a .pth, .npy or .safetensors file, or a folder with one")]
    download: Annotated[bool, key("allow torchvision's weights to be fetched once")] = False
    filters: Annotated[Filters | None, key("of descriptor=random_filters")] = None


@dataclass(kw_only=True)
class Scaling(Options):
    """f C^a N^b S^c, with C channels, N positions of a layer and S pixels of the picture."""

    factor: Annotated[Float, key("f", 1e-30, 1e30)]
    channels: Annotated[Float, key("a", -8, 8)]
    positions: Annotated[Float, key("b", -8, 8)]
    pixels: Annotated[Float, key("c", -8, 8)]
