"""Models -> the nets of a page: as they are released, and those between two of them."""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ..errors import Refused
from ..generator import release
from ..sampling.between import row
from ..sampling.texture import Texture
from .packing import file_of

LARGEST = 64e6  # bytes of a net in a page, beyond which browsers fail to read it
STILL = 128  # pixels a side, at least, of the picture that is shown without JavaScript
STEPS = 4  # from one net of a morph to the next, with three between; pixels fade from each to each
MOST_MORPHED = 3  # nets that a page goes through


@dataclass(frozen=True)
class Net:
    """A released net as a page holds it.

    data : its .safetensors file, as it stands in the page
    weights : "exact", the released file; "half", weights that were rounded to float16
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


def opened(model: str, weights: str) -> Net:
    """A net by its name or file. Raises Refused for what is none, or too large."""
    path = release.find(model)
    if (file := release.file_of(path)).suffix != ".safetensors":
        raise Refused(f"{path} is of an older format: a page needs a .safetensors file.")
    if (size := file.stat().st_size) > LARGEST:
        raise Refused(
            f"{path.name} has {size / 1e6:.0f} MB; a page holds nets of {LARGEST / 1e6:.0f} MB."
        )
    data = file_of(model, weights)
    rounded = weights == "half" and data != file_of(model, "exact")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "net.safetensors"
        copy.write_bytes(data)
        texture = Texture(*release.load(copy))
    return Net(data, "half" if rounded else "exact", texture, _tile(texture))


def between(models: Sequence[str], weights: str) -> list[Net]:
    """Nets on the way through two or three, these among them, `STEPS` from each to the next.

    Raises Refused for other numbers of nets, and for nets that cannot be mixed.
    """
    if not 2 <= len(models) <= MOST_MORPHED:
        raise Refused(f"a page morphs 2 or {MOST_MORPHED} nets, not {len(models)}.")
    way, last = row(models, "cpu"), len(models) - 1
    nets = []
    for step in range(STEPS * last + 1):
        if step % STEPS == 0:
            nets.append(opened(models[step // STEPS], weights))
            continue
        made = way.mixture(step / STEPS)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.safetensors"
            release.save(path, release.rounded(made.net), made.card)
            nets.append(opened(str(path), weights))
    return nets


def _tile(texture: Texture) -> Tensor:
    """A small seamless picture (3,H,W)."""
    side = texture.coarsest * math.ceil(STILL / texture.coarsest)
    return texture.render(side, side, tile="xy")
