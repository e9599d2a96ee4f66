"""The options of `texturenet studio`."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from .shared import Options, Threads, key


def _port(value: object) -> object:
    if value != "auto" and not (type(value) is int and 1 <= value <= 65535):
        raise ValueError("it must be auto, or a number from 1 to 65535")
    return value


Port = Annotated[Any, AfterValidator(_port)]


@dataclass(kw_only=True)
class Studio(Options):
    USAGE: ClassVar = "[port=auto] [open=true] [runs=runs]"

    port: Annotated[
        Port, key("of this machine's own address 127.0.0.1; auto: one that is free")
    ] = "auto"
    open: Annotated[bool, key("open the page in the browser")] = True
    runs: Annotated[str, key("the folder that everything is written under")] = "runs"
    threads: Threads = None
