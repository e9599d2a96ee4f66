"""The options of `texturenet page`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from .shared import Options, Threads, key


@dataclass(kw_only=True)
class Page(Options):
    USAGE: ClassVar = "model=NAME|PATH[,NAME|PATH..] [out=FILE|DIR]"

    model: Annotated[
        str,
        key("a name that `texturenet models` lists, or a .safetensors file; several: a gallery"),
    ]
    out: Annotated[
        str, key("an .html file, or a folder in which the page is named after the model")
    ] = "."
    weights: Annotated[
        Literal["exact", "half"],
        key("the net unchanged, or rounded to 16 bits: a page of about half the size"),
    ] = "exact"
    threads: Threads = None
