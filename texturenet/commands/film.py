"""texturenet film: a released net -> a film, and on request the proof that it does not fade."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import Refused
from ..io import video
from ..io.pictures import to_bytes
from ..materials.writing import write_frames
from ..sampling import provenance
from ..sampling.film import Film, Frame
from ..sampling.motions import USED, Motion
from ..sampling.render import Renderer
from . import app, by_engine, materials, several
from .checks import output_path, set_threads, size_of
from .drawing import say_rounding
from .engines import chosen_engine
from .film_report import Report, files_of
from .filmed import models_of, nets_of, shown
from .options import sampling
from .sending import with_outputs
from .terminal import Bar, duration, say


def main(arguments: Sequence[str]) -> int:
    task = partial(with_outputs, film)
    return app.run("film", lambda request: task(request.options), arguments, outputs)


def outputs(chosen: sampling.Film) -> list[Path]:
    """The files that a film and its report go into. Raises Refused for a film that could not be."""
    path = _path(chosen)
    motion = _motion(chosen)
    if chosen.preset is None:
        video.check_output(path, motion.size, motion.frames, chosen.fps)
    return [path, *files_of(path)] if chosen.report else [path]


def _path(chosen: sampling.Film) -> Path:
    """Of the film; of a preset its folder."""
    names = "_".join(several.names_of(models_of(chosen)))[: several.LONGEST]
    usual = "_".join([names, chosen.kind, *([chosen.map] if chosen.map else [])])
    return output_path("out", chosen.out or (usual if chosen.preset else f"{usual}.mp4"))


def film(chosen: sampling.Film) -> None:
    set_threads(chosen.threads)
    motion = _motion(chosen)
    texture, beside = shown(chosen, motion)
    path = _path(chosen)
    _check(chosen, texture, path, motion)
    made = Film(texture, motion)
    report = Report(path, texture, chosen) if chosen.report else None
    for net in nets_of(texture):
        say_rounding(net)
    size = "x".join(map(str, motion.size))
    room = f"at most {video.bytes_at_most(path, motion.size, len(made)) / 1e6:.0f} MB"
    say(
        f"{path}: {len(made)} frames of {size}, "
        f"{f'all maps for {chosen.preset}' if chosen.preset else room}, about "
        f"{duration(_seconds_per_frame(made) * len(made))}{', and the report' if report else ''}"
    )
    started = time.monotonic()
    with Bar("frames", len(made)) as bar:
        record = provenance.of_film(texture, {**asdict(made.motion), "fps": chosen.fps}) | beside
        if chosen.preset:
            frames = _frames(made, bar, report)
            record = provenance.of_material(record, chosen.preset)
            write_frames(frames, chosen.preset, path, texture.card["name"], len(made), record)
        else:
            pictures = _pictures(chosen, made, path, bar, report)
            video.write(path, pictures, chosen.fps, record)
    seconds = time.monotonic() - started
    say(f"{path}: {len(made)} frames, {chosen.fps:g} a second, {seconds:.1f} s")
    if report:
        report.write()


def _check(chosen: sampling.Film, texture: Renderer, path: Path, motion: Motion) -> None:
    """Refuse options that exclude each other, and what cannot be written."""
    kinds = [kind for kind, used in USED.items() if "maps" in used]
    listed = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    for name, value in (("preset", chosen.preset), ("map", chosen.map)):
        if value and chosen.kind not in kinds:
            raise Refused(
                f"{name}={value} is of a film of maps, and kind={chosen.kind} shows what they make "
                f"together: say kind={listed}, or leave {name} out."
            )
    if chosen.preset and chosen.map:
        raise Refused(f"preset= writes all maps, map={chosen.map} one of them: leave one out.")
    for name in ("preset", "report"):
        if chosen.engine and getattr(chosen, name):
            raise Refused(
                f"engine={chosen.engine} draws the frames of a film file, and {name} needs more: "
                "leave one of them out."
            )
    if chosen.map:
        materials.check_material(texture, f"map={chosen.map}")
    if chosen.kind == "morph" and chosen.report:
        raise Refused("report=true is of one exemplar, and a morph has several: leave it out.")
    if chosen.map and chosen.report:
        raise Refused(f"report=true is of the colour, and map={chosen.map} is not: leave one out.")
    if chosen.preset:
        materials.check_frames(texture, chosen.preset, path, motion.size, motion.frames)
    else:
        video.check_output(path, motion.size, motion.frames, chosen.fps)


def _seconds_per_frame(made: Film) -> float:
    """Of one in the middle, for which some noise is there already."""
    middle = len(made) // 2
    made.frame(max(0, middle - 1))
    started = time.monotonic()
    made.frame(middle)
    return time.monotonic() - started


def _pictures(
    chosen: sampling.Film, made: Film, path: Path, bar: Bar, report: Report | None
) -> Iterator[np.ndarray]:
    """The frames as bytes, drawn here or by an engine."""
    if chosen.engine is None:
        return map(to_bytes, _frames(made, bar, report))
    bar.start_at(0)
    textures = nets_of(made.texture)
    gpus = float(made.texture.device.type == "cuda")
    engine, models = chosen_engine(chosen), models_of(chosen)
    return by_engine.frames(made, textures, models, path, engine, chosen.device, bar, gpus)


def _frames(made: Film, bar: Bar, report: Report | None) -> Iterator[Frame]:
    bar.start_at(0)
    for frame in made:
        if report:
            report.add(frame["colour"] if made.motion.maps else frame)
        yield frame
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
        maps=chosen.preset is not None,
        map=chosen.map,
    )


def _seeds(chosen: sampling.Film) -> tuple[int, ...]:
    if chosen.seeds is not None:
        return tuple(chosen.seeds)
    return (
        (chosen.seed,)
        if chosen.kind in ("pan", "light", "morph")
        else (chosen.seed, chosen.seed + 1)
    )
