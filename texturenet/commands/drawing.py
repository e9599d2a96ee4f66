"""One picture of a net -> its file: small ones in memory, large ones as they are made."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from ..errors import Refused, StoppedAtOnce
from ..evaluation.seams import AXES, seam
from ..hardware import device_of, has_bfloat16
from ..io.files import check_room
from ..io.large import deepzoom, zarr
from ..io.large.sheet import Part
from ..io.pictures import check_output, read_text, save_picture
from ..sampling import provenance
from ..sampling.drawing import Drawing
from ..sampling.joining import Joining
from ..sampling.large import SHEETS, LargePicture
from ..sampling.shards import ShardDrawing
from ..sampling.texture import Texture, load
from .options import sampling
from .terminal import Bar, duration, say

STREAMED = 2**24  # pixels from which on a picture is written as it is made
ZOOM = ".dzi"
PIECE = 256  # pixels a side that are timed for the estimate
UNIT = 2**20  # pixels that the bar counts in
NOTHING: Mapping[str, Callable[[Path], object]] = MappingProxyType({})


def loaded(chosen: sampling.Sample | sampling.Film) -> Texture:
    """The net, on the device and in the precision that the options say."""
    device, precision = computing(chosen)
    return load(chosen.model, device=str(device), precision=precision)


def computing(chosen: sampling.Sample | sampling.Film) -> tuple[torch.device, str]:
    """The device, and float32 or bfloat16, that the options say."""
    device = device_of(chosen.device)
    precision = chosen.precision
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16(device.type) else "float32"
    return device, precision


def draw(
    picture: LargePicture, path: Path, workers: int, piece: tuple[int, int] | None = None
) -> None:
    """One picture, in memory if it is small, or else part by part; or the piece of it that is the
    first number of so many."""
    height, width = picture.size
    started = time.monotonic()
    suffix = path.suffix.lower()
    if suffix == zarr.SUFFIX:
        _run(ShardDrawing(path, picture, piece), seconds_per_pixel(picture), workers, "")
    elif piece:
        path = _draw_piece(picture, path, workers, piece)
    elif suffix == ZOOM:
        _draw_zoom(picture, path, workers)
    elif height * width >= STREAMED:
        if suffix not in SHEETS:
            raise Refused(
                f"{path.name}: pictures of {STREAMED / 1e6:.0f} megapixels or more are written "
                f"as {', '.join(SHEETS)} or {ZOOM}."
            )
        draw_large(picture, path, workers)
    else:
        check_output(path, height, width)
        pixels = picture.texture.render(height, width, **_rest(picture))
        save_picture(path, pixels, picture.record)
        say_seams(pixels, picture.view["tile"])
    seed = picture.view["seed"]
    say(f"{path}: {height}x{width}, seed {seed}, {time.monotonic() - started:.1f} s")


def _draw_piece(picture: LargePicture, path: Path, workers: int, piece: tuple[int, int]) -> Path:
    if path.suffix.lower() not in SHEETS:
        suffixes = ", ".join([*SHEETS, zarr.SUFFIX])
        raise Refused(
            f"{path.name}: parts are of {suffixes}; `texturenet join` makes a {ZOOM} of those of "
            "a .tif."
        )
    return draw_large(picture, path, workers, piece=piece)[0]


def check_suffix(path: Path, height: int, width: int) -> None:
    """Refuse a file whose suffix is unknown or whose format cannot hold a picture of that size."""
    if path.suffix.lower() not in (ZOOM, zarr.SUFFIX):
        check_output(path, height, width)


def _draw_zoom(picture: LargePicture, path: Path, workers: int) -> None:
    """First all of it as one TIFF, then the pyramid of tiles."""
    height, width = picture.size
    deepzoom.check(path)
    check_room(path, 4 * height * width)  # three bytes of a pixel, and the tiles
    flat = deepzoom.flat(path)
    if not _is_of(flat, picture.record):  # or else only the pyramid was interrupted
        if height * width >= STREAMED:
            draw_large(picture, flat, workers, "first all of it as")
        else:  # libvips reads no tiles that are larger than the picture
            save_picture(
                flat, picture.texture.render(height, width, **_rest(picture)), picture.record
            )
    say(f"cutting tiles for {path.name}")
    deepzoom.write(path, height, width)


def draw_large(
    picture: LargePicture,
    path: Path,
    workers: int,
    what: str = "",
    attached: Mapping[str, Callable[[Path], object]] = NOTHING,
    piece: tuple[int, int] | None = None,
) -> list[Path]:
    """A very large picture: what it will take, how far it is, how to go on -> its files.

    path, attached, piece : as of `Drawing`
    what : stands before the path in what is said
    """
    drawing = Drawing(path, picture, attached, piece)
    _run(drawing, seconds_per_pixel(picture), workers, what)
    return drawing.paths


def _run(drawing: Drawing | ShardDrawing, pace: float, workers: int, what: str) -> None:
    """Say what it will take, draw, and say how to go on; pace: seconds of a pixel."""
    title = f"{what} {_title(drawing, pace)}".strip()
    try:
        drawing.check_room()
    except Refused:
        say(f"{title} {duration(pace * drawing.pixels)}")
        raise
    done = drawing.resume()
    before = drawing.pixels_done()
    say(f"{title} {duration(pace * (drawing.pixels - before))}")
    if done:
        say(f"going on after {done} of {drawing.count} parts")
    draw_all(drawing, before, workers, "drawing", "parts")


def draw_all(
    drawing: Drawing | ShardDrawing | Joining, pixels: int, workers: int, doing: str, parts: str
) -> None:
    """Draw what is missing, under a bar; say how to go on where that is interrupted.

    pixels : that are there already
    doing : what the bar says
    parts : what the drawing is made of, as users know it
    """
    try:
        with (
            Bar(doing, drawing.pixels // UNIT + 1) as bar,
            closing(drawing.draw(workers)) as steps,
        ):
            bar.start_at(pixels // UNIT)
            for more in steps:
                pixels += more
                bar.reach(pixels // UNIT, "megapixels")
    except StoppedAtOnce:
        done = f"{drawing.done} of {drawing.count} {parts}"
        say(f"interrupted: the same command goes on after {done}")
        raise


def _title(drawing: Drawing | ShardDrawing, pace: float) -> str:
    """What is drawn, and what it takes."""
    height, width = drawing.picture.size
    size = drawing.bytes_at_most() / 1e9
    if drawing.piece:
        number, of = drawing.piece
        whole = duration(pace * height * width)
        return (
            f"{drawing.path}: part {number} of {of} of {height}x{width}, which are about {whole} "
            f"in all; of this part {drawing.count} blocks, up to {size:.2f} GB, about"
        )
    several = isinstance(drawing, Drawing) and len(drawing.paths) > 1
    files = f"{len(drawing.paths)} files, " if several else ""
    return f"{drawing.path}: {height}x{width}, {files}up to {size:.2f} GB, about"


def seconds_per_pixel(picture: LargePicture) -> float:
    """Of a first piece, the second time."""
    height = min(PIECE, picture.size[0])
    width = min(PIECE**2 // height, picture.size[1])
    for _ in range(2):
        started = time.monotonic()
        picture.pixels(Part(0, 0, height, width))
    return (time.monotonic() - started) / (height * width)


def say_seams(picture: Tensor, tile: str) -> None:
    """The step across the wrap, where a tile repeats, over that across lines inside."""
    for axis in AXES:
        if axis in tile and min(picture.shape[1:]) > 2:
            measured = seam(picture, axis)
            say(
                f"seam along {axis}: {measured.ratio:.2f} of the lines inside, which are "
                f"{measured.least:.2f} to {measured.most:.2f}"
                f"{'' if measured.hidden else ': IT SHOWS'}"
            )


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


def _is_of(path: Path, record: dict) -> bool:
    """Whether a file was made by this."""
    try:
        return provenance.parse(read_text(path), path.name) == record
    except Refused:
        return False


def _rest(picture: LargePicture) -> dict:
    return {key: value for key, value in picture.view.items() if key != "size"}
