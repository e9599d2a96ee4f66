"""texturenet sample: a released net -> picture files, one per seed."""

import time
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from ..errors import Refused
from ..evaluation.seams import AXES, seam
from ..io.files import check_room, user_path
from ..io.large import deepzoom
from ..io.pictures import check_output, read_text, save_picture
from ..sampling import provenance
from ..sampling.large import SHEETS, LargePicture
from ..sampling.texture import Texture, load
from . import app, options
from .checks import set_threads, size_of
from .large import draw_large
from .terminal import say

MANY = 10**9
STREAMED = 2**24  # pixels from which on a picture is written as it is made
ZOOM = ".dzi"


def main(arguments: Sequence[str]) -> int:
    return app.run("sample", options.Sample, sample, arguments)


def sample(chosen: options.Sample) -> None:
    set_threads(chosen.threads, chosen.workers)
    height, width = size_of(chosen.size)
    if not 1 <= chosen.count <= MANY or chosen.seed + chosen.count > 2**64:
        raise Refused(
            f"count is {chosen.count}: it must lie between 1 and {MANY}, seeds below 2^64."
        )
    if len(chosen.origin) != 2:
        raise Refused(f"origin is {chosen.origin}: it must be [row, column].")
    texture = load(chosen.model, precision=chosen.precision)
    say_rounding(texture)
    for seed in range(chosen.seed, chosen.seed + chosen.count):
        view = {
            "size": (height, width),
            "seed": seed,
            "origin": tuple(chosen.origin),
            "tile": chosen.tile,
            "border": chosen.seed if chosen.matching else None,
        }
        texture.view(**view)  # refusals first
        canvas = LargePicture(texture, view, provenance.of_picture(texture, view))
        draw(canvas, _path(chosen, texture.card["name"], seed), chosen.workers)


def draw(canvas: LargePicture, path: Path, workers: int) -> None:
    """One picture, in memory if it is small, or else part by part."""
    height, width = canvas.size
    started = time.monotonic()
    suffix = path.suffix.lower()
    if suffix == ZOOM:
        deepzoom.check(path)
        check_room(path, 4 * height * width)  # three bytes of a pixel, and the tiles
        flat = deepzoom.flat(path)
        if not _is(flat, canvas.record):  # or else only the pyramid was interrupted
            _draw_flat(canvas, flat, workers)
        say(f"cutting tiles for {path.name}")
        deepzoom.write(path, height, width)
    elif height * width >= STREAMED:
        if suffix not in SHEETS:
            raise Refused(
                f"{path.name}: pictures of {STREAMED / 1e6:.0f} megapixels or more are written "
                f"as {', '.join(SHEETS)} or {ZOOM}."
            )
        draw_large(canvas, path, workers)
    else:
        check_output(path, height, width)
        picture = canvas.texture.render(height, width, **_rest(canvas))
        save_picture(path, picture, canvas.record)
        say_seams(picture, canvas.view["tile"])
    seed = canvas.view["seed"]
    say(f"{path}: {height}x{width}, seed {seed}, {time.monotonic() - started:.1f} s")


def say_seams(picture: Tensor, tile: str) -> None:
    """The step across the wrap, where a tile repeats, over that across lines inside."""
    for axis in AXES:
        if axis in tile and min(picture.shape[1:]) > 2:
            found = seam(picture, axis)
            say(
                f"seam along {axis}: {found.ratio:.2f} of the lines inside, which are "
                f"{found.least:.2f} to {found.most:.2f}{'' if found.hidden else ': IT SHOWS'}"
            )


def _is(path: Path, record: dict) -> bool:
    """Whether a file was made by this."""
    try:
        return provenance.parse(read_text(path), path.name) == record
    except Refused:
        return False


def _draw_flat(canvas: LargePicture, flat: Path, workers: int) -> None:
    height, width = canvas.size
    if height * width >= STREAMED:
        draw_large(canvas, flat, workers, "first all of it as")
    else:  # libvips reads no tiles that are larger than the picture
        save_picture(flat, canvas.texture.render(height, width, **_rest(canvas)), canvas.record)


def _rest(canvas: LargePicture) -> dict:
    return {key: value for key, value in canvas.view.items() if key != "size"}


def say_rounding(texture: Texture) -> None:
    """What bfloat16 costs this net, which has to be less than the step of a byte."""
    if texture.precision == "float32":
        return
    if (rounding := texture.rounding()) > 1 / 255:
        raise Refused(
            f"bfloat16 changes pictures of {texture.card['name']!r} by {rounding * 255:.1f}/255 "
            "(root mean square), more than 1/255: say precision=float32."
        )
    say(f"bfloat16 changes pictures by {rounding * 255:.2f}/255 (root mean square)")


def _path(chosen: options.Sample, name: str, seed: int) -> Path:
    """out with a suffix names a file; else it is a folder, its files named after model and seed."""
    out = user_path(chosen.out)
    if not out.suffix or out.is_dir() or chosen.out.endswith("/"):
        place = "" if chosen.origin == [0, 0] else "_at_{}_{}".format(*chosen.origin)
        return out / f"{name}_{seed}{place}.png"
    return out.with_stem(f"{out.stem}_{seed}") if chosen.count > 1 else out
