"""The options of `texturenet morph`, and how several nets are named."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from .shared import Float, Options, Threads, key

MOST = 16  # nets of a row


def _listed(value: object) -> object:
    """a,b as [a,b]: names and paths, without the blanks around them."""
    return [word.strip() for word in value.split(",")] if isinstance(value, str) else value


Models = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    BeforeValidator(_listed),
    Field(min_length=2, max_length=MOST),
]


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
