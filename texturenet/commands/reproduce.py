"""texturenet reproduce: a file of texturenet's -> the same again, and how far it is from it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from .. import types
from ..errors import Refused, reason
from ..hardware import device_of
from ..io import video
from ..io.files import user_path
from ..io.large.sheet import Part
from ..io.pictures import SUFFIXES, read_bytes, read_size, read_text, to_bytes
from ..sampling import provenance
from ..sampling.film import Film
from ..sampling.large import SHEETS, LargePicture
from ..sampling.morphing import Row
from ..sampling.motions import Motion
from ..sampling.render import Renderer
from ..sampling.texture import Texture, load
from . import app
from .checks import set_threads
from .drawing import STREAMED, draw
from .options import sampling
from .terminal import Bar, say

DIFFERENT = 1  # the exit status of what cannot be made again
LOSSY = 16 / 255  # root mean square that compression may change


def main(arguments: Sequence[str]) -> int:
    """A first argument without `=` is the file."""
    if arguments and "=" not in arguments[0] and not arguments[0].startswith("-"):
        arguments = [f"file={arguments[0]}", *arguments[1:]]
    return app.run("reproduce", lambda request: reproduce(request.options), arguments, outputs)


def outputs(chosen: sampling.Reproduce) -> list[Path]:
    return [user_path(chosen.out)] if chosen.out else []


def reproduce(chosen: sampling.Reproduce) -> int:
    set_threads(chosen.threads)
    path = user_path(chosen.file)
    if not path.is_file() and not path.is_dir():
        raise Refused(f"there is no file {path}.")
    if chosen.out and user_path(chosen.out).exists() and path.samefile(user_path(chosen.out)):
        raise Refused(f"out is {path} itself, which is to be compared: say another name.")
    film = path.is_dir() or path.suffix.lower() in (*video.VIDEOS, *video.LOOPS)
    record = provenance.parse(video.record_text(path) if film else read_text(path), path.name)
    texture = _texture(record, chosen)
    by = "".join(c for c in record["texturenet"] if c.isprintable())[:40]
    say(f"{path}: {record['kind']} of {texture.card['name']}, made by texturenet {by}")
    try:
        difference = _again(path, texture, record, chosen)
    except (Refused, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(
            f"{path.name} is damaged, or says wrongly how it was made ({reason(error)})."
        ) from error
    say(difference.summary())
    exact = path.is_dir() or path.suffix.lower() in EXACT
    return DIFFERENT if difference.away > (0 if exact else LOSSY) else 0


def _again(path: Path, texture: Texture, record: dict, chosen: sampling.Reproduce) -> "Difference":
    if record["kind"] == "picture":
        return _picture(path, texture, record, chosen)
    made, fps = _film(_row(texture, record, chosen), record, path.name)
    if path.is_dir() or "frame" not in record:
        return _whole_film(path, made, fps, record, chosen)
    difference = Difference()
    difference.add(read_bytes(path), to_bytes(made.frame(record["frame"] % len(made))))
    return difference


EXACT = {suffix for suffix, kind in SUFFIXES.items() if kind.exact} | {".apng"}


@dataclass
class Difference:
    """Between pairs of arrays of bytes."""

    squares: float = 0.0
    largest: int = 0
    changed: int = 0
    values: int = 0

    def add(self, one: np.ndarray, two: np.ndarray) -> None:
        if one.shape != two.shape:
            sizes = f"{_by(one.shape[:2])} pixels, what it says makes {_by(two.shape[:2])}"
            raise Refused(f"the file has {sizes}.")
        apart = np.abs(one.astype(np.int16) - two)
        self.squares += float(np.square(apart, dtype=np.int64).sum())
        self.largest = max(self.largest, int(apart.max()))
        self.changed += int(np.count_nonzero(apart))
        self.values += apart.size

    @property
    def away(self) -> float:
        """Root mean square, as a part of the range."""
        return math.sqrt(self.squares / self.values) / 255

    def summary(self) -> str:
        if not self.largest:
            return "made again: equal, every byte of every pixel"
        return (
            f"made again: {self.away * 255:.3f}/255 away (root mean square), at most "
            f"{self.largest}/255, {100 * self.changed / self.values:.3g} % of the values differ"
        )


def _texture(record: dict, chosen: sampling.Reproduce) -> Texture:
    """The net that made a file, by its weights."""
    name, weights = record["model"], record["weights"]
    device, precision = str(device_of(chosen.device)), record["precision"]
    texture = load(chosen.model or name, device=device, precision=precision)
    if texture.fingerprint != weights:
        raise Refused(
            f"{texture.card['name']} is not the net that made this file, one called {name} with "
            f"weights {weights[:12]}...: say model=FILE."
        )
    return texture


def _row(first: Texture, record: dict, chosen: sampling.Reproduce) -> Renderer:
    """The nets of a morph, the others of which are looked for by name; or the only one."""
    if "others" not in record:
        return first
    found = [first]
    for other in record["others"]:
        one = dict(record, model=other["model"], weights=other["weights"])
        found.append(_texture(one, replace(chosen, model=None)))
    return Row.of(found)


def _picture(path: Path, texture: Texture, record: dict, chosen: sampling.Reproduce) -> Difference:
    view = {key: record[key] for key in ("seed", "tile", "border")}
    view |= {key: tuple(record[key]) for key in ("size", "origin")}
    texture.view(**view)  # refusals first
    if (size := read_size(path)) != view["size"]:
        raise Refused(f"{path.name} has {_by(size)} pixels and says it has {_by(view['size'])}.")
    canvas = LargePicture(texture, view, record)
    if chosen.out:
        draw(canvas, user_path(chosen.out), chosen.workers)
    difference = Difference()
    with Bar("comparing rows", canvas.size[0]) as bar:
        bar.start_at(0)
        for part, pixels in _parts(path, canvas.size):
            (again,) = canvas.pixels(part)
            difference.add(pixels, again)
            bar.reach(part.row + part.height)
    if difference.values != 3 * size[0] * size[1]:
        raise Refused(f"{path.name} holds fewer pixels than it says.")
    return difference


def _by(size: types.Size) -> str:
    return f"{size[0]}x{size[1]}"


def _parts(path: Path, size: types.Size) -> Iterator[tuple[Part, np.ndarray]]:
    if size[0] * size[1] >= STREAMED:
        if path.suffix.lower() not in SHEETS:
            raise Refused(f"{path.name}: pictures of this size are read as {', '.join(SHEETS)}.")
        return SHEETS[path.suffix.lower()].read(path)
    return iter([(Part(0, 0, *size), read_bytes(path))])


def _film(texture: Renderer, record: dict, name: str) -> tuple[Film, float]:
    settings = dict(record["film"])
    fps = settings.pop("fps")
    if not (isinstance(fps, (int, float)) and 0 < fps < math.inf):
        raise Refused(f"{name} says it has {fps} frames a second.")
    return Film(texture, Motion(**settings)), fps


def _whole_film(
    path: Path, made: Film, fps: float, record: dict, chosen: sampling.Reproduce
) -> Difference:
    difference = Difference()
    with Bar("frames", len(made)) as bar:
        bar.start_at(0)
        old = video.read(path, made.motion.size, fps, len(made))
        frames = _compared(old, made, difference, bar)
        if chosen.out:
            out = user_path(chosen.out)
            video.check_output(out, made.motion.size, len(made), fps)
            video.write(out, frames, fps, record)
        else:
            for _ in frames:
                pass
    return difference


def _compared(
    old: Iterator[np.ndarray], made: Film, difference: Difference, bar: Bar
) -> Iterator[np.ndarray]:
    """The frames made again, each compared with the file's on its way."""
    for frame in made:
        pixels = to_bytes(frame)
        before = next(old, None)
        if before is None:
            raise Refused(f"the film ends before frame {bar.done} of {len(made)}.")
        difference.add(before, pixels)
        yield pixels
        bar.advance()
    if next(old, None) is not None:
        raise Refused(f"the film goes on after its {len(made)} frames.")
