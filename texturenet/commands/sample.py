"""texturenet sample: a released net -> picture files, one per seed."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import Refused
from ..generator import release
from ..sampling import provenance
from ..sampling.large import LargeMaterial, LargePicture
from . import app, materials
from .checks import output_path, set_threads, size_of
from .drawing import check_suffix, draw, loaded, say_rounding
from .options.sampling import Sample

MOST = 10**5  # files of one job that are compared with those of others


def main(arguments: Sequence[str]) -> int:
    return app.run("sample", lambda request: sample(request.options), arguments, outputs)


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
    texture = loaded(chosen)
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
        record = provenance.of_picture(texture, view)
        if chosen.preset:
            record |= {"kind": "material", "preset": chosen.preset}
            picture = LargeMaterial(texture, view, record, chosen.preset)
            materials.draw(picture, path, chosen.workers)
        else:
            draw(LargePicture(texture, view, record), path, chosen.workers)


def _path(chosen: Sample, name: str, seed: int) -> Path:
    """out with a suffix names a file; else it is a folder, its files named after model and seed."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        place = "" if tuple(chosen.origin) == (0, 0) else "_at_{}_{}".format(*chosen.origin)
        return out / f"{name}_{seed}{place}.png"
    return out.with_stem(f"{out.stem}_{seed}") if chosen.count > 1 else out
