"""texturenet sample: a released net -> picture files, one per seed."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import Refused
from ..sampling import provenance
from ..sampling.large import LargePicture
from ..sampling.texture import load
from . import app
from .checks import output_path, set_threads, size_of
from .drawing import draw, loaded, say_rounding
from .options.sampling import Sample


def main(arguments: Sequence[str]) -> int:
    return app.run("sample", lambda request: sample(request.options), arguments, outputs)


def outputs(chosen: Sample) -> list[Path]:
    """Files that its pictures go into: of the first seed and of the last."""
    name = load(chosen.model, device="cpu").card["name"]
    seeds = {chosen.seed, chosen.seed + chosen.count - 1}
    return [_path(chosen, name, seed) for seed in sorted(seeds)]


def sample(chosen: Sample) -> None:
    set_threads(chosen.threads)
    if chosen.seed + chosen.count > 2**64:
        raise Refused(f"count is {chosen.count} from seed {chosen.seed}: seeds lie below 2^64.")
    texture = loaded(chosen)
    say_rounding(texture)
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        view = {
            "size": size_of(chosen.size),
            "seed": seed,
            "origin": tuple(chosen.origin),
            "tile": chosen.tile,
            "border": chosen.seed if chosen.matching else None,
        }
        texture.view(**view)  # refusals first
        picture = LargePicture(texture, view, provenance.of_picture(texture, view))
        draw(picture, _path(chosen, texture.card["name"], seed), chosen.workers)


def _path(chosen: Sample, name: str, seed: int) -> Path:
    """out with a suffix names a file; else it is a folder, its files named after model and seed."""
    out = output_path("out", chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        place = "" if tuple(chosen.origin) == (0, 0) else "_at_{}_{}".format(*chosen.origin)
        return out / f"{name}_{seed}{place}.png"
    return out.with_stem(f"{out.stem}_{seed}") if chosen.count > 1 else out
