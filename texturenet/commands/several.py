"""What verbs that draw a picture of several nets share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..blending.blended import Blend
from ..blending.limits import MOST
from ..errors import Refused
from ..generator import release
from ..sampling import provenance
from ..sampling.large import LargeMaterial, LargePicture
from ..sampling.texture import Texture
from ..types import Size
from . import drawing, materials
from .checks import output_path
from .options import sampling

LONGEST = 100  # characters of a name made of several


def loaded(chosen: Any, models: Sequence[str]) -> tuple[list[Texture], list[str]]:
    """Nets on the device and in the precision that the options say, and their names."""
    shared = {"device": chosen.device, "precision": chosen.precision}
    textures = [drawing.loaded(sampling.Sample(model=one, **shared)) for one in models]
    return textures, [str(one.card["name"]) for one in textures]


def check_window(chosen: Any, textures: Sequence[Texture], size: Size) -> None:
    """Refuse a size, seed, origin or tile that cannot be, before nets are measured."""
    for one in textures:
        one.plane(size, one.check(size, chosen.seed, chosen.origin), chosen.tile)


def inverted(chosen: Any, names: Mapping[str, str]) -> list[str]:
    """The nets whose heights are turned round. names: {what a user calls a net: its name}."""
    return [names.get(one, one) for one in chosen.invert or []]


def names_of(models: Sequence[str]) -> list[str]:
    """By their files alone."""
    return [release.card_of(release.find(one))["name"] for one in models]


def path(chosen: Any, models: Sequence[str]) -> Path:
    """out with a suffix names a file; else it is a folder, its file named after models and seed."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        return out / f"{'_'.join(names_of(models))[:LONGEST]}_{chosen.seed}.png"
    return out


def draw(texture: Blend, chosen: Any, size: Size, path: Path, record: provenance.Record) -> None:
    """The picture, or all maps with preset=. record: what its file says beside the view."""
    view = {
        "size": size,
        "seed": chosen.seed,
        "origin": tuple(chosen.origin),
        "tile": chosen.tile,
        "border": None,
    }
    if chosen.preset:
        materials.check(texture, chosen.preset, path)
        if (count := len(texture.textures)) > MOST:
            raise Refused(
                f"preset= draws all maps of up to {MOST} nets at once, not of "
                f"{count}: leave it out, or paint with fewer."
            )
    drawing.say_rounding(texture)
    texture.view(**view)  # refusals first
    record = provenance.of_picture(texture, view) | record
    if chosen.preset:
        record |= {"preset": chosen.preset}
        picture = LargeMaterial(texture, view, record, chosen.preset)
        materials.draw(picture, path, chosen.workers)
    else:
        drawing.draw(LargePicture(texture, view, record), path, chosen.workers)
