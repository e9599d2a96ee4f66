"""texturenet join: parts of a large picture -> the picture."""

import shlex
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import Refused
from ..io import remote
from ..io.files import user_path
from ..io.large import deepzoom, zarr
from ..io.large.pieces import KINDS, NAME, Piece
from ..io.large.tiff import TiffSheet
from ..io.stored import Place, stored
from ..sampling.joining import Joining, Unfit, complete, found_in, none_in
from ..sampling.shards import check_parts, finish
from . import app, grammar
from .checks import output_path
from .drawing import ZOOM, draw_all
from .options.joining import Join
from .sending import with_outputs
from .terminal import Bar, say


def main(arguments: Sequence[str]) -> int:
    """Arguments without `=` are files and folders."""
    plain = [text for text in arguments if "=" not in text and not text.startswith("-")]
    rest = [text for text in arguments if text not in plain]
    if plain:
        rest = [grammar.override("parts", [f'"{text}"' for text in plain]), *rest]
    task = partial(with_outputs, join)
    return app.run("join", lambda request: task(request.options), rest)


def join(chosen: Join) -> None:
    try:
        if chosen.parts[0].rstrip("/").endswith(zarr.SUFFIX):
            return _finish(chosen)
        if chosen.out is None and any(map(remote.is_url, chosen.parts)):
            raise Refused("the parts come from a store: say out=FILE, or out=URL, as well.")
        with TemporaryDirectory() as folder:
            places = _places(chosen.parts, Path(folder))
            pieces = complete(found_in(places), places)
            _join(pieces, _path(chosen, pieces[0]))
    except Unfit as unfit:
        for line in unfit.lines:
            say(line)
        raise


def _finish(chosen: Join) -> None:
    """The coarser levels of an OME-Zarr whose parts are there, where it lies."""
    place = chosen.parts[0].rstrip("/")
    if len(chosen.parts) > 1 or chosen.out is not None:
        raise Refused(
            f"parts of {remote.name_of(place)} are joined where they lie: say "
            f"`texturenet join {shlex.quote(place)}` alone."
        )
    if remote.is_url(place):
        with remote.asking(f"cannot join {place}", "the same call tries again"):
            _make_coarser(stored(place))
    else:
        _make_coarser(user_path(place))


def _make_coarser(path: Place) -> None:
    say(f"{path}: reading every shard")
    levels = check_parts(path)
    total = sum(len(levels.shards(level)) for level in range(1, len(levels.sizes)))
    say(f"{path}: every shard as it was drawn; {len(levels.sizes) - 1} coarser levels")
    with Bar("shards", max(1, total)) as bar:
        bar.start_at(0)
        for _ in finish(path, levels):
            bar.advance()


def _places(parts: Sequence[str], folder: Path) -> dict[Path, str]:
    """{file or folder: where it comes from}; what a URL names is brought here first. Raises
    Refused."""
    places: dict[Path, str] = {}
    for number, part in enumerate(parts):
        if not remote.is_url(part):
            places[user_path(part)] = part
            continue
        say(f"reading {part}")
        (inside := folder / str(number)).mkdir()
        brought = remote.fetch(part, inside, lambda name: NAME.fullmatch(name) is not None)
        if not brought:
            raise none_in(part)
        places |= brought
    return places


def _join(pieces: Sequence[Piece], path: Path) -> None:
    started = time.monotonic()
    height, width = pieces[0].shape[:2]
    if path.suffix.lower() == ZOOM:
        deepzoom.check(path)
        _written(pieces, deepzoom.flat(path))
        say(f"cutting tiles for {path.name}")
        deepzoom.write(path, height, width)
    else:
        _written(pieces, path)
    seconds = time.monotonic() - started
    say(f"{path}: {height}x{width}, of {len(pieces)} parts, every block as it was, {seconds:.1f} s")


def _written(pieces: Sequence[Piece], path: Path) -> None:
    drawing = Joining(path, pieces)
    drawing.check_room()
    if done := drawing.resume():
        say(f"going on after {done} of {drawing.count} blocks")
    pixels = drawing.pixels_done()
    say(f"{path}: {len(pieces)} parts, up to {drawing.bytes_at_most() / 1e9:.2f} GB")
    draw_all(drawing, pixels, 1, "joining", "blocks")


def _path(chosen: Join, piece: Piece) -> Path:
    """out, or the picture's name out of that of a part."""
    if chosen.out is None:
        if not (named := NAME.fullmatch(piece.path.name)):
            raise Refused(
                f"{piece.path.name} does not say what the picture is called: say out=FILE."
            )
        return piece.path.with_name(named[1])
    path = output_path("out", chosen.out)
    kind = KINDS[piece.kind]
    allowed = [*kind.SUFFIXES, *([ZOOM] if kind is TiffSheet else [])]
    if path.suffix.lower() not in allowed:
        raise Refused(
            f"out is {path.name}, and these are parts of a {piece.kind}: say "
            f"{' or '.join(allowed)}, or draw parts of another format."
        )
    return path
