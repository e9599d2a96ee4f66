"""The options of `texturenet page`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from .shared import Options, Threads, key


@dataclass(kw_only=True)
class Page(Options):
    USAGE: ClassVar = "model=NAME|PATH[,NAME|PATH..] [use=paint|morph] [mask=FILE] [out=FILE|DIR]"

    model: Annotated[
        str,
        key("a name that `texturenet models` lists, or a .safetensors file; several: a gallery"),
    ]
    use: Annotated[
        Literal["explore", "paint", "morph"],
        key(
            "explore: each net by itself; paint: 2 to 4 in one picture, with a brush; morph: from "
            "each to the next, 2 or 3 nets of one start"
        ),
    ] = "explore"
    mask: Annotated[
        str | None,
        key("of use=paint: what is painted already, pictures as `texturenet blend` reads them"),
    ] = None
    out: Annotated[
        str,
        key(
            "an .html file, or a folder in which the page is named after the model; with use=paint "
            "also a .json file: what a blend in JavaScript needs"
        ),
    ] = "."
    weights: Annotated[
        Literal["exact", "half"],
        key("the net unchanged, or rounded to 16 bits: a page of about half the size"),
    ] = "exact"
    threads: Threads = None
