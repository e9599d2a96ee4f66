"""Nets -> the text of a page: the template web/page.html with its style, script and nets inside."""

import base64
import hashlib
import json
import math
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from torch import Tensor

from .. import __version__
from ..errors import Refused
from ..generator import release
from ..io.files import own_folder, write_whole
from ..io.pictures import save_picture
from ..materials.kinds import KINDS
from ..sampling.texture import Texture
from .bundle import bundle
from .facts import card_rows, summary
from .packing import WIDTHS, file_of, packed

LARGEST = 64e6  # bytes of a net in a page, beyond which browsers fail to read it
STILL = 128  # pixels a side, at least, of the picture that is shown without JavaScript
PLAIN = "./src/plain.js"  # of the module in js/: the engine as text in base64
WEB = Path(__file__).parent / "web"


@dataclass(frozen=True)
class Net:
    """A released net as a page holds it.

    data : its .safetensors file, as it stands in the page
    weights : "exact", the released file; "half", weights rounded to float16
    texture : the same, loaded
    tile : (3,H,W) in [0,1], a small seamless picture of it
    """

    data: bytes
    weights: str
    texture: Texture
    tile: Tensor

    @property
    def name(self) -> str:
        return self.texture.card["name"]


def write_page(models: Sequence[str], out: Path, weights: str = "exact") -> Path:
    """Write the page of one net, or of several.

    Parameters
    ----------
    models : names of released nets, or .safetensors files
    out : the HTML file
    weights : "exact", the files unchanged; "half", rounded to float16: pages of half the size

    Returns
    -------
    the path

    Raises
    ------
    Refused : for what is no net, is too large for a page or called as another, and where the file
        cannot be written
    """
    return write_whole(Path(out), page_of(models, weights))


def page_of(models: Sequence[str], weights: str = "exact") -> str:
    """The text of that page. Raises Refused."""
    nets = [_opened(model, weights) for model in models]
    names = [net.name for net in nets]
    if not names:
        raise Refused("a page needs one net at least: say model=NAME.")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refused(f"two of these nets are called {twice!r}: a page names each once.")
    pages = Environment(
        loader=PackageLoader(__package__, "web"), autoescape=True, undefined=StrictUndefined
    )
    modules = {"texturenet": engine(), PLAIN: WEB / "build.js"}
    script = inside(without_comments(bundle(WEB / "main.js", modules)))
    facts = {"version": __version__, "nets": [_facts(net) for net in nets]}
    return pages.get_template("page.html").render(
        title=names[0] if len(names) == 1 else "Endless textures",
        description=_description(names),
        policy=policy(script),
        style=without_comments((WEB / "page.css").read_text(encoding="utf-8")),
        script=script,
        facts=inside(json.dumps(facts)),
        engine=packed(build(), 1),
        nets=[_shown(net) for net in nets],
        still=_jpeg(nets[0].tile),
    )


def build() -> bytes:
    """The engine's WebAssembly, of the module in js/. Raises Refused."""
    try:
        text = (engine().parent / PLAIN).read_text(encoding="utf-8")
    except OSError as error:
        raise Refused(
            f"the engine is not in {engine().parent}: install texturenet again."
        ) from error
    return base64.b64decode(text.split("'")[1])


def engine() -> Path:
    """The entry of the module in js/, as its package.json names it. Raises Refused."""
    folder = own_folder("js")
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"the engine is not in {folder}: install texturenet again.") from error
    return folder / package["exports"]["."]["default"]


def policy(script: str) -> str:
    """What the browser lets a page do: run this script, the engine and its workers, and show its
    own pictures. Nothing may be fetched from anywhere."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}' 'wasm-unsafe-eval'",
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


def _opened(model: str, weights: str) -> Net:
    path = release.find(model)
    if path.suffix != ".safetensors":
        raise Refused(f"{path} is of an older format: a page needs a .safetensors file.")
    if (size := path.stat().st_size) > LARGEST:
        raise Refused(
            f"{path.name} has {size / 1e6:.0f} MB; a page holds nets of {LARGEST / 1e6:.0f} MB."
        )
    data = file_of(model, weights)
    texture = _loaded(data)
    return Net(data, weights, texture, _tile(texture))


def _loaded(data: bytes) -> Texture:
    """The net of a file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.safetensors"
        path.write_bytes(data)
        return Texture(*release.load(path))


def _tile(texture: Texture) -> Tensor:
    """A small seamless picture (3,H,W)."""
    side = texture.coarsest * math.ceil(STILL / texture.coarsest)
    return texture.render(side, side, tile="xy")


def _jpeg(picture: Tensor) -> str:
    """(3,H,W) -> the address of a JPEG that holds itself."""
    with tempfile.TemporaryDirectory() as folder:
        data = save_picture(Path(folder) / "still.jpg", picture).read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def _mean(picture: Tensor) -> str:
    """The mean colour (3,H,W) -> #rrggbb."""
    return "#" + "".join(f"{round(255 * value):02x}" for value in picture.mean((1, 2)).tolist())


def _description(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]}, a learnt texture without end, drawn where it is looked at."
    return f"{len(names)} learnt textures without end, drawn where they are looked at."


def _shown(net: Net) -> dict[str, str]:
    """What the template says of a net."""
    data = packed(net.data, WIDTHS[net.weights])
    return {"name": net.name, "mean": _mean(net.tile), "bytes": data}


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
