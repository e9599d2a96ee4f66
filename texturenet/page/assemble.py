"""Nets -> the text of a page: the template web/page.html with its style, script and nets inside."""

import base64
import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from torch import Tensor

from .. import __version__
from ..errors import Refused
from ..io.files import own_folder, write_whole
from ..io.pictures import save_picture
from ..materials.kinds import KINDS
from .bundle import bundle
from .facts import card_rows, summary
from .measures import measures, text_of
from .nets import LARGEST, STEPS, Net, between, opened
from .packing import packed, packed_net

__all__ = ["LARGEST", "measures_of", "page_of", "write_page"]

PLAIN = "./src/plain.js"  # of the module in js/: the engine as text in base64
WEB = Path(__file__).parent / "web"
# What a page does with its nets, and the module of web/ that takes the place of extra.js for it.
USES = {"explore": "extra.js", "paint": "paint.js", "morph": "morph.js"}


def write_page(
    models: Sequence[str],
    out: Path,
    weights: str = "exact",
    use: str = "explore",
    masks: Sequence[str] = (),
) -> Path:
    """Write the page of one net, or of several.

    Parameters
    ----------
    models : names of released nets, or .safetensors files
    out : the HTML file
    weights : "exact", the files unchanged; "half", rounded to float16: pages of half the size
    use : "explore", every net by itself, of several a gallery; "paint", two to four in one picture,
        by height, with a brush; "morph", from each to the next with a slider, two or three
    masks : of use "paint", what is painted already, as `mask_files` gives it

    Returns
    -------
    the path

    Raises
    ------
    Refused : for what is no net, is too large for a page or called as another, for nets that
        cannot be blended or mixed, and where the file cannot be written
    """
    return write_whole(Path(out), page_of(models, weights, use, masks))


def page_of(
    models: Sequence[str], weights: str = "exact", use: str = "explore", masks: Sequence[str] = ()
) -> str:
    """The text of that page. Raises Refused."""
    if not models:
        raise Refused("a page needs one net at least: say model=NAME.")
    nets = (between if use == "morph" else _all)(models, weights)
    ends = nets[::STEPS] if use == "morph" else nets
    names = [net.name for net in ends]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refused(f"two of these nets are called {twice!r}: a page names each once.")
    pages = Environment(
        loader=PackageLoader(__package__, "web"), autoescape=True, undefined=StrictUndefined
    )
    start, script = (_script(name, use) for name in ("start.js", "main.js"))
    facts = {"version": __version__, "nets": [_facts(net) for net in nets]}
    return pages.get_template("page.html").render(
        title=_title(names, use),
        description=_description(names, use),
        policy=policy(start, script),
        style=without_comments(_style(use)),
        start=start,
        packed=packed(script.encode(), 1),
        facts=inside(json.dumps(facts | _more(use, nets, names, masks))),
        engine=packed(build(), 1),
        nets=[_shown(net) for net in nets],
        still=_jpeg(nets[0].tile),
        use=use,
    )


def measures_of(models: Sequence[str], weights: str = "exact") -> str:
    """What `blend` of the module in js/ must know of nets, as JSON. Raises Refused."""
    return text_of(measures([net.texture for net in _all(models, weights)]))


def _all(models: Sequence[str], weights: str) -> list[Net]:
    return [opened(model, weights) for model in models]


def _script(name: str, use: str) -> str:
    """A module of web/ and all that it imports, as it may stand in <script>."""
    return inside(without_comments(bundle(WEB / name, _modules(use))))


def _modules(use: str) -> dict[str, Path]:
    """Which module an import is that is no path, or another for this use."""
    return {
        "texturenet": engine(),
        "texturenet/blend": engine("./blend"),
        PLAIN: WEB / "build.js",
        "./extra.js": WEB / USES[use],
    }


def _style(use: str) -> str:
    names = ["page.css"] if use == "explore" else ["page.css", "extra.css"]
    return "".join((WEB / name).read_text(encoding="utf-8") for name in names)


def _more(
    use: str, nets: Sequence[Net], names: Sequence[str], masks: Sequence[str]
) -> dict[str, object]:
    """What the script is told beyond its nets."""
    if use == "paint":
        return {"paint": measures([net.texture for net in nets]), "masks": list(masks)}
    return {"morph": {"names": names, "steps": STEPS}} if use == "morph" else {}


def build() -> bytes:
    """The engine's WebAssembly, of the module in js/. Raises Refused."""
    try:
        text = (engine().parent / PLAIN).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(
            f"the engine is not in {engine().parent}: install texturenet again."
        ) from error
    return base64.b64decode(text.split("'")[1])


def engine(entry: str = ".") -> Path:
    """An entry of the module in js/, as its package.json names it. Raises Refused."""
    folder = own_folder("js")
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"the engine is not in {folder}: install texturenet again.") from error
    return folder / package["exports"][entry]["default"]


def policy(*scripts: str) -> str:
    """What the browser lets a page do: run these scripts, the engine and its workers, and show its
    own pictures. Nothing may be fetched from anywhere."""
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    named = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join([*named, "'wasm-unsafe-eval'"]),
        "worker-src": "blob:",
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{what} {where}" for what, where in allowed.items())


def without_comments(text: str) -> str:
    """Code or style without lines of comment, empty lines and indentation: fewer bytes."""
    text = re.sub(r"^[ \t]*/\*.*?\*/[ \t]*\n", "", text, flags=re.M | re.S)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def inside(text: str) -> str:
    """Text as it may stand in <script>: nothing in it ends the element."""
    return re.sub(r"<(?=/script|!--|script)", r"\\u003c", text, flags=re.I)


def _jpeg(picture: Tensor) -> str:
    """(3,H,W) -> the address of a JPEG that holds itself."""
    with tempfile.TemporaryDirectory() as folder:
        data = save_picture(Path(folder) / "still.jpg", picture).read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _mean(picture: Tensor) -> str:
    """The mean colour (3,H,W) -> #rrggbb."""
    return "#" + "".join(f"{round(255 * value):02x}" for value in picture.mean((1, 2)).tolist())


def _title(names: Sequence[str], use: str) -> str:
    if use == "morph":
        return " to ".join(names)
    if use == "paint":
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return names[0] if len(names) == 1 else "Endless textures"


def _description(names: Sequence[str], use: str) -> str:
    if use == "paint":
        return f"{_title(names, use)}: learnt textures in one picture, painted where they are seen."
    if use == "morph":
        return f"{_title(names, use)}: a learnt texture that becomes another."
    if len(names) == 1:
        return f"{names[0]}, a learnt texture without end, drawn where it is looked at."
    return f"{len(names)} learnt textures without end, drawn where they are looked at."


def _shown(net: Net) -> dict[str, str]:
    """What the template says of a net."""
    return {"name": net.name, "mean": _mean(net.tile), "bytes": packed_net(net.data)}


def _facts(net: Net) -> dict[str, object]:
    """What the script is told of a net."""
    layout = net.texture.layout
    drawn = {*layout.kinds, *layout.constants} if layout else set()
    return {
        "name": net.name,
        "fingerprint": net.texture.fingerprint,
        "mean": _mean(net.tile),
        "kinds": [kind for kind in KINDS if kind in drawn],
        "says": summary(net.texture),
        "card": card_rows(net.texture, len(net.data), net.weights),
    }
