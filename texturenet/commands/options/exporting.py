"""The options of `texturenet export`."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from .sampling import MODEL
from .shared import Options, Threads, key


@dataclass(kw_only=True)
class Export(Options):
    USAGE: ClassVar = "model=NAME|PATH [format=onnx|torchscript|npz] [out=FILE|DIR]"

    model: Annotated[str, key(MODEL)]
    format: Annotated[
        Literal["onnx", "torchscript", "npz"],
        key("onnx and torchscript: the net with its noise as inputs; npz: its weights"),
    ] = "onnx"
    out: Annotated[
        str,
        key("a file (.onnx, .pt, .npz), or a folder in which the file is named after the model"),
    ] = "."
    notes: Annotated[
        str | None,
        key("also a .json file of what the file says of itself, for programs that cannot ask it"),
    ] = None
    threads: Threads = None
