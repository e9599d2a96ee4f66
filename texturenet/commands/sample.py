"""texturenet sample: a released net -> picture files, one per seed."""

import re
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ..errors import Refused
from ..generator import release
from ..io.large import zarr
from ..io.large.pieces import check_piece
from ..sampling import provenance
from ..sampling.large import LargeMaterial, LargePicture
from . import app, by_engine, materials
from .checks import output_path, set_threads, size_of
from .drawing import check_suffix, draw, loaded, say_rounding
from .engines import chosen_engine
from .fields import followed
from .options.sampling import Sample
from .sending import with_outputs
from .terminal import say

MOST = 10**5  # files of one job that are compared with those of others


def main(arguments: Sequence[str]) -> int:
    task = partial(with_outputs, sample)
    return app.run("sample", lambda request: task(request.options), arguments, outputs)


def outputs(chosen: Sample) -> list[Path]:
    """Files that its pictures go into. Raises Refused for those that could not be."""
    if chosen.count > MOST:
        raise Refused(f"count is {chosen.count}: one of several jobs makes at most {MOST}.")
    name = release.card_of(release.find(chosen.model))["name"]
    files = [_path(chosen, name, seed) for seed in _seeds(chosen)]
    check_suffix(files[0], *size_of(chosen.size))
    return files


def _seeds(chosen: Sample) -> range:
    return range(chosen.seed, chosen.seed + chosen.count)


def sample(chosen: Sample) -> None:
    set_threads(chosen.threads)
    if chosen.seed + chosen.count > 2**64:
        raise Refused(f"count is {chosen.count} from seed {chosen.seed}: seeds lie below 2^64.")
    piece = _piece(chosen)
    _check_engine(chosen)
    texture, beside = (loaded(chosen), {}) if chosen.field is None else followed(chosen)
    if chosen.preset:
        materials.check(texture, chosen.preset, _path(chosen, texture.card["name"], chosen.seed))
    say_rounding(texture)
    for seed in _seeds(chosen):
        view = {
            "size": size_of(chosen.size),
            "seed": seed,
            "origin": tuple(chosen.origin),
            "tile": chosen.tile,
            "border": chosen.seed if chosen.matching else None,
        }
        texture.view(**view)  # refusals first
        path = _path(chosen, texture.card["name"], seed)
        record = provenance.of_picture(texture, view) | beside
        if chosen.preset:
            record = provenance.of_material(record, chosen.preset)
            picture = LargeMaterial(texture, view, record, chosen.preset)
            materials.draw(picture, path, chosen.workers)
        else:
            picture = LargePicture(texture, view, record)
            if chosen.engine:
                _draw_together(picture, path, chosen)
            else:
                draw(picture, path, chosen.workers, piece)


def _draw_together(picture: LargePicture, path: Path, chosen: Sample) -> None:
    """By the engine that is asked for."""
    gpus = float(picture.texture.device.type == "cuda")
    started = time.monotonic()
    by_engine.draw(picture, chosen.model, path, chosen_engine(chosen), chosen.device, gpus)
    height, width = picture.size
    say(f"{path}: {height}x{width}, {time.monotonic() - started:.1f} s")


def _check_engine(chosen: Sample) -> None:
    """Refuse what an engine does not draw."""
    for name, usual in (("preset", None), ("part", None), ("field", None), ("workers", 1)):
        if chosen.engine and (value := getattr(chosen, name)) != usual:
            raise Refused(
                f"engine={chosen.engine} draws pictures of colour in parts of its own, and {name} "
                f"is {value}: leave one of them out."
            )


def _piece(chosen: Sample) -> tuple[int, int] | None:
    """Which part of how many, where one is asked for."""
    if chosen.part is None:
        return None
    if not (found := re.fullmatch(r"(\d{1,9})/(\d{1,9})", chosen.part)):
        raise Refused(f"part is {chosen.part!r}: say K/N, the Kth of N parts, as part=3/16.")
    number, of = int(found[1]), int(found[2])
    check_piece(number, of)
    for name, usual in (("count", 1), ("preset", None)):
        if (value := getattr(chosen, name)) != usual:
            raise Refused(
                f"part={chosen.part} is of one picture of colour, and {name} is {value}: leave "
                f"{name} out."
            )
    return number, of


def _path(chosen: Sample, name: str, seed: int) -> Path:
    """out with a suffix names a file; else it is a folder, its files named after model and seed."""
    out = output_path("out", chosen.out)
    folder = out.is_dir() and out.suffix.lower() != zarr.SUFFIX
    if not out.suffix or folder or chosen.out.endswith("/"):
        place = "" if tuple(chosen.origin) == (0, 0) else "_at_{}_{}".format(*chosen.origin)
        return out / f"{name}_{seed}{place}.png"
    return out.with_stem(f"{out.stem}_{seed}") if chosen.count > 1 else out
