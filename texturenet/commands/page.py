"""texturenet page: released nets -> one HTML file that draws them in a browser."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import Refused
from ..generator import release
from ..io.files import user_path, write_whole
from ..page import mask_files, measures_of, write_page
from ..sampling.between import row
from . import app
from .checks import output_path, set_threads
from .kinship import say_strangers
from .masked import parts
from .options.models import listed
from .options.page import Page
from .several import names_of
from .terminal import say

SUFFIXES = ".html", ".htm"
MEASURES = ".json"
SEVERAL = "textures"  # the name of a page of several


def main(arguments: Sequence[str]) -> int:
    return app.run("page", lambda request: page(request.options), arguments, outputs)


def outputs(chosen: Page) -> list[Path]:
    """The file. Raises Refused for one that could not be."""
    return [_path(chosen)]


def page(chosen: Page) -> None:
    """Write the page, and say how large it is."""
    set_threads(chosen.threads)
    models, path = _models(chosen.model), _path(chosen)
    if path.suffix.lower() == MEASURES:
        write_whole(path, measures_of(models, chosen.weights))
        say(f"{path}: what a blend of {len(models)} nets in JavaScript needs")
        return
    if chosen.use == "morph" and len(models) > 1:
        say_strangers(row(models, "cpu"))
    write_page(models, path, chosen.weights, chosen.use, _masks(chosen, models))
    nets = f"{len(models)} nets" if len(models) > 1 else "1 net"
    say(f"{path}: {path.stat().st_size / 1000:.0f} kB, {nets}; open it in a browser")


def _masks(chosen: Page, models: list[str]) -> list[str]:
    """What is painted already. Says what was changed of it."""
    if chosen.mask is None:
        return []
    if chosen.use != "paint":
        raise Refused(f"mask= is of use=paint, not of use={chosen.use}.")
    names = names_of(models)
    masks, notes = mask_files([user_path(part) for part in parts(chosen.mask, "mask")], names)
    for note in notes:
        say(note)
    return masks


def _models(text: str) -> list[str]:
    """a,b,c -> each of them; a file whose name has a comma is one."""
    try:
        return listed(text)
    except ValueError as error:
        raise Refused(f"model is {text!r}: {error}.") from error


def _path(chosen: Page) -> Path:
    """out with a suffix names a file; else it is a folder, its file named after the model."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        names = [release.card_of(release.find(model))["name"] for model in _models(chosen.model)]
        several = SEVERAL if chosen.use == "explore" else "_".join(names)[:100]
        out = out / f"{names[0] if len(names) == 1 else several}.html"
    suffixes = (*SUFFIXES, MEASURES) if chosen.use == "paint" else SUFFIXES
    if out.suffix.lower() not in suffixes:
        raise Refused(f"{out.name} is no page: say out=NAME.html.")
    return out
