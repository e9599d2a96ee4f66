"""texturenet film: a released net -> a film, and on request the proof that it does not fade."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ..generator import release
from ..io import video
from ..io.pictures import to_bytes
from ..sampling import provenance
from ..sampling.film import Film
from ..sampling.motions import Motion
from . import app
from .checks import output_path, set_threads, size_of
from .drawing import loaded, say_rounding
from .film_report import Report, files_of
from .options import sampling
from .terminal import Bar, duration, say


def main(arguments: Sequence[str]) -> int:
    return app.run("film", lambda request: film(request.options), arguments, outputs)


def outputs(chosen: sampling.Film) -> list[Path]:
    """The files that a film and its report go into. Raises Refused for a film that could not be."""
    path = _path(chosen, release.card_of(release.find(chosen.model))["name"])
    motion = _motion(chosen)
    video.check_output(path, motion.size, motion.frames, chosen.fps)
    return [path, *files_of(path)] if chosen.report else [path]


def _path(chosen: sampling.Film, name: str) -> Path:
    return output_path("out", chosen.out or f"{name}_{chosen.kind}.mp4")


def film(chosen: sampling.Film) -> None:
    set_threads(chosen.threads)
    motion = _motion(chosen)
    texture = loaded(chosen)
    made = Film(texture, motion)
    path = _path(chosen, texture.card["name"])
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


def _motion(chosen: sampling.Film) -> Motion:
    return Motion(
        kind=chosen.kind,
        frames=max(1, round(chosen.seconds * chosen.fps)),
        size=size_of(chosen.size),
        seeds=_seeds(chosen),
        origin=tuple(chosen.origin),
        tile=chosen.tile,
        redresse=chosen.redresse,
        rates=None if chosen.rates is None else tuple(chosen.rates),
        path=None if chosen.path is None else tuple(map(tuple, chosen.path)),
        patch=None if chosen.patch is None else tuple(chosen.patch),
        grain=chosen.grain,
        easing=chosen.easing,
        boomerang=chosen.boomerang,
    )


def _seeds(chosen: sampling.Film) -> tuple[int, ...]:
    if chosen.seeds is not None:
        return tuple(chosen.seeds)
    return (chosen.seed,) if chosen.kind in ("pan", "light") else (chosen.seed, chosen.seed + 1)
