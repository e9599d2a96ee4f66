"""The page of a library: index.html, with its data beside it and pictures that are loaded as they
come into sight.

The data are a script that sets one variable, because browsers read no JSON beside a page that is
opened from a disk.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from .. import __version__
from ..io.files import write_whole
from .catalogue import RELEASED, Row

FILE, DATA = "index.html", "textures.js"
WEB = Path(__file__).parent / "web"
SHOWN = (
    "name", "state", "reason", "exemplar", "licence", "height", "width", "maps", "steps", "seconds",
    "error", "merit", "parameters", "bytes", "fingerprint", "advice", "options", "files",
)  # fmt: skip


def write(rows: Sequence[Row], folder: Path) -> Path:
    """The page and its data in the folder of a library -> the page. Raises Refused."""
    write_whole(folder / DATA, data_of(rows))
    pages = Environment(
        loader=PackageLoader(__package__, "web"), autoescape=True, undefined=StrictUndefined
    )
    text = pages.get_template("library.html").render(
        title=folder.resolve().name,
        version=__version__,
        style=(WEB / "library.css").read_text(encoding="utf-8"),
        script=(WEB / "library.js").read_text(encoding="utf-8"),
        data=DATA,
    )
    return write_whole(folder / FILE, text)


def data_of(rows: Sequence[Row]) -> str:
    """Columns once, then a list for each texture."""
    lists = [[_short(key, row.get(key)) for key in SHOWN] for row in rows]
    counts = {"released": sum(row["state"] == RELEASED for row in rows), "all": len(rows)}
    return "".join(
        (
            f"const COUNTS = {json.dumps(counts)};\n",
            f"const COLUMNS = {json.dumps(SHOWN)};\n",
            f"const TEXTURES = {json.dumps(lists, ensure_ascii=False, separators=(',', ':'))};\n",
        )
    )


def _short(key: str, value: object) -> object:
    """Numbers to what is shown of them; files without the folder that all of a texture have."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if key == "files":
        return [path.split("/", 3)[-1] for path in value]
    return value
