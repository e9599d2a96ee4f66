"""The options of `texturenet join`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from .shared import Options, key


@dataclass(kw_only=True)
class Join(Options):
    USAGE: ClassVar = "FOLDER|FILE ... [out=FILE]"

    parts: Annotated[
        list[str],
        key("what `texturenet sample part=K/N` made: files, or folders with them; a big.zarr"),
    ]
    out: Annotated[
        str | None,
        key(
            "of .tif parts a .tif or .dzi, of .png parts a .png; if null beside them, named as they"
        ),
    ] = None
