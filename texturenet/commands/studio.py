"""texturenet studio: a page of this machine alone, in which the commands are used by hand."""

import webbrowser
from collections.abc import Mapping, Sequence
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
from .terminal import say

if TYPE_CHECKING:
    from ..studio.tools import Mended, Tools

REMEDY = "the studio needs more: run `pip install 'texturenet[studio]'`."
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

    def ready(address: str) -> None:
        say(f"the studio: {address}")
        say("Ctrl-C ends it; a training that runs then saves what it has, and can be resumed")
        if chosen.open:
            webbrowser.open(address)

    try:
        serve(user_path(chosen.runs), tools(), port, chosen.threads, ready)
    except (StoppedAtOnce, KeyboardInterrupt):
        say("the studio has ended")
    return 0


def tools() -> "Tools":
    """What the studio takes from the commands."""
    from ..studio.tools import Tools

    return Tools(words, _advice, _mended, _colour, _maps)


def words(verb: str, values: Mapping[str, object]) -> list[str]:
    """Words of a command line, which is checked as if it were given. Raises Refused."""
    given = _typed(verb, values)
    chosen = app.request(verb, given).options
    if isinstance(chosen, Train):
        check(chosen)
        mending.preparation(chosen.prepare, chosen.picture.crop, chosen.picture.side)
    return [grammar.override(*item) for item in given.items()]


def _typed(verb: str, values: Mapping[str, object]) -> dict[str, object]:
    """What is text, by the type of its option."""
    schema = schema_of(verb)
    text = {key: value for key, value in values.items() if isinstance(value, str)}
    return dict(values) | dict(grammar.parsed(schema, *pair) for pair in text.items())


def _planned(values: Mapping[str, object]) -> Train:
    chosen = app.request("train", _typed("train", values)).options
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
