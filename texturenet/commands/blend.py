"""texturenet blend: several nets and a mask -> one picture file."""

from collections.abc import Sequence
from pathlib import Path

from . import app, several
from .checks import set_threads, size_of
from .drawing import check_suffix
from .masked import texture_of
from .options import blending


def main(arguments: Sequence[str]) -> int:
    return app.run("blend", lambda request: blended(request.options), arguments, outputs)


def outputs(chosen: blending.Blend) -> list[Path]:
    """The file. Raises Refused for one that could not be."""
    path = several.path(chosen, chosen.models)
    check_suffix(path, *size_of(chosen.size))
    return [path]


def blended(chosen: blending.Blend) -> None:
    """Draw the picture, or the maps, and say what was changed of the masks."""
    set_threads(chosen.threads)
    (path,), size = outputs(chosen), size_of(chosen.size)
    texture, record = texture_of(chosen, size)
    several.draw(texture, chosen, size, path, record)
