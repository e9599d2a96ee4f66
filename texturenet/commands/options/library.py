"""The options of `texturenet library`; all of `train` may stand beside them."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from .engines import WithEngine
from .shared import Float, Int, key


@dataclass(kw_only=True)
class Library(WithEngine):
    USAGE: ClassVar = (
        "exemplars=FOLDER|LIST.txt|LIST.csv|LIST.yaml out=LIB [engine=local|ray|slurm] "
        "[key of train=value ...]\n       texturenet library status LIB"
    )

    action: Annotated[
        Literal["build", "status"], key("status: say how far it is, and write its catalogue")
    ] = "build"
    exemplars: Annotated[
        str | None,
        key(
            "a folder of photographs and of folders with the maps of a material; or a list of "
            "them: one a line, or with options of train for each as .csv or .yaml"
        ),
    ] = None
    out: Annotated[str, key("the folder of the library, in which an interrupted one goes on")]
    pages: Annotated[bool, key("also a page of its own for each texture, as `page` makes")] = False
    threads: Annotated[
        Int | None,
        key("of torch for each texture; if null 1, or all cores shared out (local)", 1, 1024),
    ] = None
    gpus: Annotated[
        Float | None,
        key(
            "for each texture: 1, or a share of one; if null 1 where this machine has one (local), "
            "or else none", 0, 16,
        ),
    ] = None  # fmt: skip
