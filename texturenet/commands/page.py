"""texturenet page: released nets -> one HTML file that draws them in a browser."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import Refused
from ..generator import release
from ..page import write_page
from . import app
from .checks import output_path, set_threads
from .options.page import Page
from .terminal import say

SUFFIXES = ".html", ".htm"
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
    write_page(models, path, chosen.weights)
    nets = f"{len(models)} nets" if len(models) > 1 else "1 net"
    say(f"{path}: {path.stat().st_size / 1000:.0f} kB, {nets}; open it in a browser")


def _models(text: str) -> list[str]:
    """a,b,c -> each of them; a file whose name has a comma is one."""
    if Path(text).exists():
        return [text]
    models = [part.strip() for part in text.split(",")]
    if not all(models):
        raise Refused(f"model is {text!r}: a name is missing beside a comma.")
    return models


def _path(chosen: Page) -> Path:
    """out with a suffix names a file; else it is a folder, its file named after the model."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        names = [release.card_of(release.find(model))["name"] for model in _models(chosen.model)]
        out = out / f"{names[0] if len(names) == 1 else SEVERAL}.html"
    if out.suffix.lower() not in SUFFIXES:
        raise Refused(f"{out.name} is no page: say out=NAME.html.")
    return out
