"""texturenet studio: a page of this machine alone, in which the commands are used by hand."""

import os
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import is_dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Refused, StoppedAtOnce
from ..imaging import resized
from ..io.exemplars import PictureFile
from ..io.files import user_path
from ..io.pictures import save_picture
from . import app, grammar, mending
from .checks import set_threads
from .material_files import files_of, material_files
from .options import schema_of
from .options.studio import Studio
from .options.training import Train
from .plan import check, findings_of
from .schema import bare, lookup
from .terminal import say

if TYPE_CHECKING:
    from ..studio.tools import Mended, Tools

REMEDY = "the studio needs more: run `pip install 'texturenet[studio]'`."
OPEN = "open.html"
LEADS = """<!doctype html><html lang="en"><meta charset="utf-8"><title>texturenet studio</title>
<meta http-equiv="refresh" content="0; url={address}">
<p><a href="{address}">texturenet studio</a></p></html>
"""
SHOWN = 640  # pixels of the longer side of a mended exemplar on the page


def main(arguments: Sequence[str]) -> int:
    return app.run("studio", lambda request: studio(request.options), arguments)


def studio(chosen: Studio) -> int:
    """Serve until Ctrl-C, which is how it ends."""
    try:
        from ..studio.server import serve
    except ModuleNotFoundError as missing:
        raise Refused(REMEDY) from missing
    set_threads(1)  # a look at a photograph leaves the processor to the job and the browser
    port = None if chosen.port == "auto" else chosen.port
    runs = user_path(chosen.runs)
    with ExitStack() as ended:

        def ready(address: str) -> None:
            say(f"the studio: {address}")
            say("Ctrl-C ends it; a training that runs then saves what it has, and can be resumed")
            if chosen.open:
                _open(address, runs / "studio" / OPEN, ended)

        try:
            serve(runs, tools(), port, chosen.threads, ready)
        except (StoppedAtOnce, KeyboardInterrupt):
            say("the studio has ended")
    return 0


def _open(address: str, path: Path, ended: ExitStack) -> None:
    """The page in the user's browser, by a file that is there until `ended` is closed."""
    try:
        webbrowser.open(ended.enter_context(opening(path, address)).absolute().as_uri())
    except OSError as error:
        say(f"{path} cannot be written ({error.strerror or error}): open the address yourself")


@contextmanager
def opening(path: Path, address: str) -> Iterator[Path]:
    """A file that only its owner can read and that leads a browser to an address.

    A browser is given the file: its command line, which all users of the machine can see, then has
    no word of the address. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(LEADS.format(address=escape(address)))
        yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def tools() -> "Tools":
    """What the studio takes from the commands."""
    from ..studio.tools import Tools

    return Tools(typed, grammar.override, words, _advice, _mended, _colour, _maps)


def words(verb: str, values: Mapping[str, object]) -> list[str]:
    """Words of a command line, which is checked as if it were given. Raises Refused, also for what
    could be read as something else than it is here."""
    given = typed(verb, values)
    chosen = app.request(verb, given).options
    if isinstance(chosen, Train):
        check(chosen)
        mending.preparation(chosen.prepare, chosen.picture.crop, chosen.picture.side)
    made = _overrides(given)
    read = _overrides(typed(verb, dict(map(grammar.pair, made))))
    if other := [word for word in made if word not in read]:
        raise Refused(f"{other[0][:200]!r} would be read as another value: leave quotes out.")
    return made


def typed(verb: str, values: Mapping[str, object]) -> dict[str, object]:
    """{key: value} by the types of options: what is text is read as of a command line, and of the
    mapping of a group every key stands alone, dotted."""
    schema = schema_of(verb)
    return dict(pair for item in values.items() for pair in _spread(schema, *item))


def _spread(schema: type, key: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, str):
        key, value = grammar.parsed(schema, key, value)
    if isinstance(value, dict) and is_dataclass(bare(lookup(schema, key))):
        for name, item in value.items():
            yield from _spread(schema, f"{key}.{name}", item)
    else:
        yield key, value


def _overrides(values: Mapping[str, object]) -> list[str]:
    return [grammar.override(*item) for item in values.items()]


def _planned(values: Mapping[str, object]) -> Train:
    chosen = app.request("train", typed("train", values)).options
    check(chosen)
    return chosen


def _advice(values: Mapping[str, object]) -> list[tuple[str, dict[str, object]]]:
    chosen = _planned(values)
    findings = findings_of(chosen, files_of(chosen).opened())
    return [(finding.text, dict(finding.changes)) for finding in findings]


def _mended(values: Mapping[str, object], path: Path) -> "Mended":
    from ..studio.tools import Mended

    chosen = _planned(values)
    reading = chosen.picture
    picture = mending.read(
        files_of(chosen).opened(), chosen.prepare, reading.crop, reading.side, chosen.size
    )
    height, width = picture.pixels.shape[-2:]
    ratio = min(1.0, SHOWN / max(height, width))
    small = resized(picture.pixels, (max(1, round(height * ratio)), max(1, round(width * ratio))))
    save_picture(path, small)
    return Mended((height, width), picture.notes)


def _colour(values: Mapping[str, object]) -> PictureFile:
    return files_of(_planned(values)).opened()


def _maps(folder: str) -> dict[str, str]:
    found = material_files(folder).maps
    return {kind: Path(part.file).name for kind, part in found.parts.items()} if found else {}
