"""The options of `texturenet morph`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ...blending.limits import MOST
from .models import Models
from .shared import Float, Options, Threads, key


@dataclass(kw_only=True)
class Morph(Options):
    USAGE: ClassVar = "models=a,b [at=0.5] [out=FILE]"

    models: Annotated[
        Models,
        key("two nets or more: names that `texturenet models` lists, .safetensors files, folders"),
    ]
    at: Annotated[
        Float,
        key(
            "where the new net lies: 0: the first, 1: the second, 1.5: halfway to the next",
            0,
            MOST - 1,
        ),
    ] = 0.5
    out: Annotated[
        str | None,
        key("a new .safetensors file, after which the net is called; <a>_<b>_<at> here if null"),
    ] = None
    threads: Threads = None
