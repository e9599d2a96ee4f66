"""texturenet film: a released net -> a film, and on request the proof that it does not fade."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from ..errors import Refused
from ..io import video
from ..io.files import user_path
from ..io.pictures import to_bytes
from ..sampling import provenance
from ..sampling.film import Film
from ..sampling.motions import Motion
from ..sampling.texture import load
from . import app, options
from .checks import set_threads, size_of
from .film_report import Report
from .sample import say_rounding
from .terminal import Bar, duration, say

LONGEST = 24 * 3600  # seconds
SLOWEST = 0.01  # frames a second


def main(arguments: Sequence[str]) -> int:
    return app.run("film", options.Film, film, arguments)


def film(chosen: options.Film) -> None:
    set_threads(chosen.threads, 1)
    motion = _motion(chosen)
    texture = load(chosen.model, precision=chosen.precision)
    made = Film(texture, motion)
    name = chosen.out or f"{texture.card['name']}_{chosen.kind}.mp4"
    path = user_path(name)
    video.check_output(path, motion.size, motion.frames, chosen.fps)
    report = Report(path, texture, chosen) if chosen.report else None
    say_rounding(texture)
    size = "x".join(map(str, motion.size))
    megabytes = video.bytes_at_most(path, motion.size, len(made)) / 1e6
    say(
        f"{path}: {len(made)} frames of {size}, at most {megabytes:.0f} MB, about "
        f"{duration(_seconds_per_frame(made) * len(made))}{', and the report' if report else ''}"
    )
    record = provenance.of_film(texture, {**asdict(made.motion), "fps": chosen.fps})
    started = time.monotonic()
    with Bar("frames", len(made)) as bar:
        video.write(path, _frames(made, bar, report), chosen.fps, record)
    seconds = time.monotonic() - started
    say(f"{path}: {len(made)} frames, {chosen.fps:g} a second, {seconds:.1f} s")
    if report:
        report.write()


def _seconds_per_frame(made: Film) -> float:
    """Of the second, for which some noise is there already."""
    made.frame(0)
    started = time.monotonic()
    made.frame(len(made) - 1)
    return time.monotonic() - started


def _frames(made: Film, bar: Bar, report: Report | None) -> Iterator[np.ndarray]:
    bar.start_at(0)
    for frame in made:
        if report:
            report.add(frame)
        yield to_bytes(frame)
        bar.advance()


def _motion(chosen: options.Film) -> Motion:
    for name, least, value, most in (
        ("seconds", 0, chosen.seconds, LONGEST),
        ("fps", SLOWEST, chosen.fps, 1000),
    ):
        if not least <= value <= most or not value:  # NaN is not
            raise Refused(f"{name} is {value}: it must lie above {least}, up to {most}.")
    return Motion(
        kind=chosen.kind,
        frames=max(1, round(chosen.seconds * chosen.fps)),
        size=size_of(chosen.size),
        seeds=_seeds(chosen),
        origin=_pair("origin", chosen.origin),
        tile=chosen.tile,
        redresse=chosen.redresse,
        rates=None if chosen.rates is None else tuple(chosen.rates),
        path=None if chosen.path is None else tuple(_place(place) for place in chosen.path),
        patch=None if chosen.patch is None else _pair("patch", chosen.patch),
        grain=chosen.grain,
        easing=chosen.easing,
        boomerang=chosen.boomerang,
    )


def _seeds(chosen: options.Film) -> tuple[int, ...]:
    if chosen.seeds is not None:
        return tuple(chosen.seeds)
    return (chosen.seed,) if chosen.kind == "pan" else (chosen.seed, chosen.seed + 1)


def _pair(name: str, given: list[int]) -> tuple[int, int]:
    if len(given) != 2:
        raise Refused(f"{name} is {given}: it must be two whole numbers, rows and columns.")
    return given[0], given[1]


def _place(place: object) -> tuple[float, ...]:
    numbers = isinstance(place, (list, tuple)) and len(place) == 2
    if not numbers or not all(type(value) in (int, float) for value in place):
        raise Refused(f"path has {place}: its places are [row,column].")
    return tuple(float(value) for value in place)
