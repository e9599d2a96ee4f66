"""`exemplars` of training: several pictures, and the one net that learns their textures."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import exp, fsum, log
from pathlib import Path

import torch

from ...analysis.advice import shrunk
from ...analysis.regularity import regularity
from ...descriptors.weights import Weights
from ...errors import Refused
from ...generator import release as net_file
from ...generator.sharing import SharedGenerators
from ...io.exemplars import Picture, open_picture
from ...io.tables import Row
from ...sampling.texture import Texture
from ...training.palette import PaletteTraining, Together
from .. import mending
from ..app import Request
from ..options.materials import MapOptions
from ..options.training import Train
from ..plan import findings_of
from ..terminal import say
from .release import card_of, score, show
from .setup import build as build_one


def check(chosen: Train) -> None:
    """Refuse what a palette cannot be, before anything is loaded."""
    if chosen.exemplars is None:
        if chosen.into is not None:
            raise Refused(f"into={chosen.into} names a palette: say exemplars=a,b as well.")
        return
    if chosen.name is not None:
        raise Refused(f"name={chosen.name}: a palette is named by into={chosen.name}.")
    if chosen.maps != MapOptions():
        raise Refused("maps.* name the files of a material; exemplars are pictures of colour.")
    if chosen.steer != "none":
        raise Refused(f"steer={chosen.steer} and exemplars exclude each other: say exemplar=FILE.")
    if waves := chosen.generator.waves:
        raise Refused(
            f"generator.waves={waves}: waves are those of one exemplar, and a palette has none. "
            "Say generator.waves=0, or train each with exemplar=FILE."
        )
    if chosen.trainer.devices * chosen.trainer.nodes > 1:
        raise Refused("exemplars are trained by one process: leave out trainer.*.")
    if chosen.advice == "followed":
        raise Refused("advice=followed is for one exemplar; say advice=told, or none.")


def check_names(pictures: Sequence[Picture], names: Sequence[str]) -> None:
    """Refuse two textures of one name, and one picture twice."""
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise Refused(f"{count} exemplars are called {name}: rename the files.")
    seen: dict[str, str] = {}
    for name, picture in zip(names, pictures, strict=True):
        if (other := seen.setdefault(picture.sha256, name)) != name:
            raise Refused(f"{other} and {name} are the same picture: say one of them.")


def read(request: Request) -> tuple[Train, list[Picture]]:
    """The options, and the exemplars, after what there is to say of each."""
    chosen = replace(request.options, generator=replace(request.options.generator, waves=0))
    pictures = []
    for exemplar in chosen.exemplars or []:
        file = open_picture(exemplar)
        reading = chosen.picture
        picture = mending.read(file, chosen.prepare, reading.crop, reading.side, chosen.size)
        if chosen.advice == "told":
            for finding in findings_of(chosen, file):
                say(f"advice for {picture.name}: {finding.text}")
        if regularity(shrunk(picture.pixels)).regular:
            say(f"{picture.name} is regular, and a palette has no waves to keep that")
        pictures.append(picture)
    return chosen, pictures


def build(
    chosen: Train,
    loaded: Weights,
    pictures: Sequence[Picture],
    names: Sequence[str],
    device: torch.device,
) -> PaletteTraining:
    """As `setup.build` of one exemplar: what is compared with each, and nets that begin alike and
    share their convolutions."""
    parts = [build_one(chosen, loaded, picture, device) for picture in pictures]
    octaves = [
        Together(dict(zip(names, each, strict=True)))
        for each in zip(*(part.octaves for part in parts), strict=True)
    ]
    generator = SharedGenerators([part.generator for part in parts])
    first = parts[0]
    exemplars = [[name, one.sha256] for name, one in zip(names, pictures, strict=True)]
    origin = {key: value for key, value in first.origin.items() if key != "exemplar"}
    return PaletteTraining(generator, octaves, first.recipe, {"exemplars": exemplars, **origin})


def release(
    module: PaletteTraining,
    pictures: Sequence[Picture],
    chosen: Train,
    folder: Path,
    facts: dict,
) -> Path:
    """Freeze, judge, write -> the released file of all; pictures of each."""
    net = net_file.rounded(module.release())
    card = card_of(module, net.architecture, chosen, facts)
    textures = {
        name: {
            "errors": {term: round(value, 6) for term, value in errors.items()},
            "exemplar": picture.facts,
        }
        for (name, errors), picture in zip(module.judge_each(net).items(), pictures, strict=True)
    }
    path = folder / f"{facts['name']}.safetensors"
    released = net_file.save(path, net, card | {"textures": textures})
    exemplars = zip(chosen.exemplars or [], pictures, strict=True)
    for (name, own), (exemplar, picture) in zip(textures.items(), exemplars, strict=True):
        file = net_file.each_of(released)[name]
        texture = Texture(*net_file.load(file))
        error = fsum(own["errors"].values()) / len(own["errors"])
        say(f"{name}: mean relative error of the frozen net {error:.4f}")
        if found := score(texture, file, picture, exemplar, chosen):
            own["score"] = found
        show(texture, picture, folder)
    net_file.save(path, net, card | {"textures": textures})
    say(f"released palette: {released} ({released.stat().st_size / 1000:.0f} kB)")
    say(f"its textures: {', '.join(map(str, net_file.each_of(released).values()))}")
    return released


def by_texture(rows: Sequence[Row], textures: Sequence[str]) -> list[Row]:
    """The log with one error for each texture: the mean of the logarithms of all of its own."""
    return [
        {"step": row["step"]}
        | {f"error/{name}": _mean([row[key] for key in _of(row, name)]) for name in textures}
        for row in rows
    ]


def _of(row: Row, texture: str) -> list[str]:
    """The columns of a texture's errors, of all octaves."""
    return [key for key in row if re.match(rf"error/(octave\d+/)?{re.escape(texture)}/", key)]


def _mean(values: Sequence[object]) -> float:
    """Of the logarithms of those that are known, as an error."""
    known = [float(str(value)) for value in values]
    known = [log(value) for value in known if value > 0]  # NaN is not
    return exp(fsum(known) / len(known)) if known else float("nan")
