"""texturenet blend: several nets and a mask -> one picture file."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..blending.blend import Blend, blend
from ..blending.limits import MOST
from ..blending.masks import Constant, Gradient, Mask, Raster
from ..blending.painted import digests, read_masks
from ..errors import Refused
from ..generator import release
from ..io.files import user_path
from ..sampling import provenance
from ..sampling.large import LargeMaterial, LargePicture
from . import app, materials
from .checks import output_path, set_threads, size_of
from .drawing import check_suffix, draw, loaded, say_rounding
from .options import blending, sampling
from .terminal import say

DIRECTIONS = ("right", "down")
Masks = list[Mask | None]


def main(arguments: Sequence[str]) -> int:
    return app.run("blend", lambda request: blended(request.options), arguments, outputs)


def outputs(chosen: blending.Blend) -> list[Path]:
    """The file. Raises Refused for one that could not be."""
    path = _path(chosen, [release.card_of(release.find(one))["name"] for one in _models(chosen)])
    check_suffix(path, *size_of(chosen.size))
    return [path]


def blended(chosen: blending.Blend) -> None:
    """Draw the picture, or the maps, and say what was changed of the masks."""
    set_threads(chosen.threads)
    (path,), size = outputs(chosen), size_of(chosen.size)
    texture, record = _texture(chosen, size)
    view = {
        "size": size,
        "seed": chosen.seed,
        "origin": tuple(chosen.origin),
        "tile": chosen.tile,
        "border": None,
    }
    if chosen.preset:
        materials.check(texture, chosen.preset, path)
    say_rounding(texture)
    texture.view(**view)  # refusals first
    record = provenance.of_picture(texture, view) | record
    if chosen.preset:
        record |= {"preset": chosen.preset}
        materials.draw(LargeMaterial(texture, view, record, chosen.preset), path, chosen.workers)
    else:
        draw(LargePicture(texture, view, record), path, chosen.workers)


def _texture(chosen: blending.Blend, size: tuple[int, int]) -> tuple[Blend, provenance.Record]:
    """The blend, and what its file says of it beside the view."""
    models = _models(chosen)
    origin = chosen.origin[0], chosen.origin[1]
    shared = {"device": chosen.device, "precision": chosen.precision}
    textures = [loaded(sampling.Sample(model=one, **shared)) for one in models]
    names = [str(one.card["name"]) for one in textures]
    masks, files = _masks(chosen, names, size)
    texture = blend(
        dict(zip(textures, masks, strict=True)),
        way=chosen.way,
        softness=chosen.softness,
        spread=chosen.spread,
    )
    for note in texture.notes:
        say(note)
    record = {
        "kind": "blend",
        "models": {name: one.fingerprint for name, one in zip(names, textures, strict=True)},
        "mask": files or chosen.mask,
        "fit": chosen.fit,
        "way": chosen.way,
        "softness": chosen.softness,
        "spread": chosen.spread,
    }
    return texture, record | {"laid": [*size, *origin]}


def _masks(chosen: blending.Blend, names: list[str], size: tuple[int, int]) -> tuple[Masks, dict]:
    """A mask of each net, and {file: its SHA-256}."""
    top, left = chosen.origin
    if chosen.mask in DIRECTIONS:
        return _directed(chosen.mask == "down", len(names), (top, left), size), {}
    files = [user_path(part.strip()) for part in _parts(chosen.mask, "mask")]
    masks, notes = read_masks(files, names, fit=chosen.fit, origin=(top, left), size=size)
    for note in notes:
        say(note)
    _say_hard(masks, chosen.spread)
    hashes = digests(files)
    return masks, {file.name: one for file, one in zip(files, hashes, strict=True)}


def _directed(down: bool, count: int, origin: tuple[int, int], size: tuple[int, int]) -> Masks:
    """From the first of two nets to the second, the outer quarters of each alone."""
    if count != 2:
        raise Refused(f"{count} models: say mask=a.png,b.png,.., a picture for each.")
    lengths = [side / 2 if axis == (not down) else 0.0 for axis, side in enumerate(size)]
    start = [
        place + length / 2 for place, length in zip(origin, lengths, strict=True)
    ]  # of a step that is half as long as the picture
    end = [place + length for place, length in zip(start, lengths, strict=True)]
    if not any(lengths):
        return [Constant(1.0), None]
    return [Gradient((end[0], end[1]), (start[0], start[1])), None]


def _say_hard(masks: Masks, spread: int) -> None:
    """A mask of 0 and 1 that nothing softens."""
    values = [one.values for one in masks if isinstance(one, Raster)]
    if spread < 2 and values and all(bool(((one == 0) | (one == 1)).all()) for one in values):
        say("masks are 0 or 1 everywhere: edges cut through stones; spread=32 lets them follow.")


def _models(chosen: blending.Blend) -> list[str]:
    models = [part.strip() for part in _parts(chosen.models, "models")]
    if not 2 <= len(models) <= MOST:
        raise Refused(f"{len(models)} models: a blend has 2 to {MOST}, say models=a,b.")
    return models


def _parts(text: str, key: str) -> list[str]:
    """a,b,c -> each of them; a file whose name has a comma is one."""
    with suppress(Refused):  # a list can be longer than any path
        if user_path(text).exists():
            return [text]
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise Refused(f"{key} is {text!r}: a name is missing beside a comma.")
    return parts


def _path(chosen: blending.Blend, names: list[str]) -> Path:
    """out with a suffix names a file; else it is a folder, its file named after models and seed."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        return out / f"{'_'.join(names)[:100]}_{chosen.seed}.png"
    return out
