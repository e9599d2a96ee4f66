"""texturenet score: a learnt net, or any picture, against its exemplar -> figures and a sheet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.table import Table
from torch import Tensor

from .. import __version__
from ..errors import Refused
from ..evaluation.maps import map_figures
from ..evaluation.scorecard import Card, Judge
from ..generator.release import fingerprint
from ..hardware import device_of
from ..io.exemplars import Picture, load_picture
from ..io.files import user_path, write_whole
from ..materials.kinds import Maps
from ..sampling.texture import Texture, load
from . import app
from .card import picture_of
from .checks import set_threads, size_of
from .judging import SMALLEST, UNSEEN, figures_of, judged_on, judges, recorded_maps
from .material_files import as_read, is_material, material_files
from .options.materials import MapOptions
from .options.score import Score
from .runs import LONGEST, check_input, free_folder, reserved
from .score_sheet import Compared, score_figure
from .terminal import console, say

WRITTEN = ("score.json", "sheet.png")
MAPS = {"values": "distance of values", "patches": "distance of patches"}
LARGEST = 1024  # pixels a side, above which figures take long
MEANING = {
    "trained layers": "Gram matrices, at the layers trained on",
    "given weights": "Gram matrices by descriptor=, at the layers that nets are usually trained on",
    "untrained layers": "Gram matrices by descriptor=, at layers not trained on",
    "unseen filters": "Gram matrices of random filters of another seed",
    "patches": "sliced Wasserstein distance of 7x7 patches, three octaves",
    "spectrum": "logarithm of the power spectrum, over rings and sectors",
    "portilla": "statistics of Portilla and Simoncelli",
    "colours": "sliced Wasserstein distance of colours",
    "spot": "share of the picture that its largest place unlike the exemplar takes",
    "blocks": "steps at borders of squares of 2 to 16 pixels, against all others (1 at most)",
    "glints": "pixels of a million that are specks brighter or darker than the exemplar has",
    "copied": "share of the picture that is verbatim exemplar",
    "diversity": "between seeds, over that between crops of the exemplar (1 is as much)",
    "seam": "step across the wrap of a tile, over the largest inside (above 1 it shows)",
    "regularity": "at the exemplar's period, as a share of its own (1 is as regular)",
    "seconds": "to sample a megapixel",
    "megabytes": "of memory to sample a megapixel",
    "slopes": "of normals and height, their correlation over the exemplar's own (1 is as much)",
    "curl": "of the normals' slopes, over the exemplar's own (1 is as little)",
    "inward": "share of normals that look into the surface",
    "cross": "largest difference of a correlation of two maps from the exemplar's",
    "merit": "geometric mean of untrained layers, patches, spectrum and portilla",
}


def meaning(name: str) -> str:
    """What a figure is."""
    kind, _, what = name.partition(" ")
    return MEANING[name] if name in MEANING else f"of the {kind} map, as of colours: {MAPS[what]}"


def main(arguments: Sequence[str]) -> int:
    return app.run("score", lambda request: score(request.options), arguments)


@dataclass(frozen=True)
class Judged:
    """What is judged: pictures, by name, of a net if there is one. maps: those of its exemplar."""

    name: str
    pictures: dict[str, Tensor]
    exemplar: Picture
    net: Texture | None
    facts: dict
    maps: Maps | None = None


def score(chosen: Score) -> None:
    check(chosen)
    judged = _of_model(chosen) if chosen.model else _of_image(chosen)
    folder = user_path(chosen.out) if chosen.out else free_folder(f"{judged.name[:LONGEST]}_score")
    for given in (chosen.image, chosen.exemplar):
        check_input(given, *(folder / name for name in WRITTEN))
    with reserved(folder):
        _say_sizes(judged)
        say(f"{judged.name} against {judged.exemplar.name} -> {folder}/")
        by = judges(chosen.descriptor, judged.net)
        device = judged.net.device if judged.net else device_of(chosen.device)
        pictures = list(judged.pictures.values())
        card = judged_on(device, judged.exemplar.pixels, by, pictures)
        figures = figures_of(card, judged.net, chosen.model)
        if judged.net and judged.maps:
            figures |= recorded_maps(judged.net, judged.maps)
        _say_figures(figures)
        _write(folder, judged, by, card, figures)


def check(chosen: Score) -> None:
    set_threads(chosen.threads)
    if (chosen.model is None) == (chosen.image is None):
        raise Refused("say either model=NAME, or image=FILE with exemplar=FILE.")
    if chosen.image is not None and chosen.exemplar is None:
        raise Refused("exemplar is missing: say exemplar=FILE, what image is to be a texture of.")
    if chosen.image is not None and chosen.maps != MapOptions():
        raise Refused("maps.* name the files of a material, and image= is none: leave them out.")


def _of_model(chosen: Score) -> Judged:
    net = load(chosen.model, device=str(device_of(chosen.device)))
    exemplar, maps = _exemplar_of(net, chosen)
    shape = _sound("exemplar", tuple(exemplar.pixels.shape[-2:]))
    size = _sound("size", shape if chosen.size is None else size_of(chosen.size))
    seeds = range(UNSEEN, UNSEEN + chosen.seeds)
    pictures = {f"seed {seed}": net.render(*size, seed) for seed in seeds}
    return Judged(net.card["name"], pictures, exemplar, net, {"seeds": [*seeds]}, maps)


def _exemplar_of(net: Texture, chosen: Score) -> tuple[Picture, Maps | None]:
    """What a net learnt from: of a material the colour, and all its maps."""
    reading = {"crop": chosen.crop, "side": chosen.side}
    name = chosen.exemplar or net.card.get("exemplar", {}).get("material")
    if net.layout is None or name is None or not is_material(name):
        if chosen.maps != MapOptions():
            raise Refused(
                "maps.* name the files of a material: say the model of one, and exemplar=FOLDER."
            )
        return picture_of(net, chosen.exemplar, **reading), None
    how = as_read(net.card, chosen.maps)
    files = material_files(name, how)
    file = files.opened()
    picture = picture_of(net, file, **reading)
    crop = chosen.crop or net.card.get("recipe", {}).get("picture", {}).get("crop")
    material = files.material(file, picture, crop, how)
    return picture, material.maps if material else None


def _of_image(chosen: Score) -> Judged:
    if chosen.size is not None:
        raise Refused("size is of a model's pictures: an image has its own.")
    image = load_picture(chosen.image)
    exemplar = load_picture(chosen.exemplar, crop=chosen.crop, side=chosen.side)
    for what, picture in (("image", image), ("exemplar", exemplar)):
        _sound(what, tuple(picture.pixels.shape[-2:]))
    facts = {"image": image.sha256}
    return Judged(image.name, {image.name: image.pixels[0]}, exemplar, None, facts)


def _sound(what: str, size: tuple[int, int]) -> tuple[int, int]:
    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise Refused(
            f"{what} is {size[0]}x{size[1]}: sides must lie between {SMALLEST} and {LARGEST}."
        )
    return size


def _say_sizes(judged: Judged) -> None:
    """What was converted, and whether figures compare."""
    ours = tuple(next(iter(judged.pictures.values())).shape[-2:])
    theirs = tuple(judged.exemplar.pixels.shape[-2:])
    line = f"exemplar {judged.exemplar.name}: {theirs[0]}x{theirs[1]}"
    say("; ".join([line, *judged.exemplar.notes]))
    if ours != theirs:
        say(
            f"pictures are {ours[0]}x{ours[1]}: of another size than the exemplar, even its own "
            "parts have errors above 0"
        )


def _say_figures(figures: dict[str, float]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading, side in (("figure", "left"), ("value", "right"), ("what it is", "left")):
        table.add_column(heading, justify=side, overflow="fold")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}", meaning(name))
    console.print(table)


def _write(
    folder: Path, judged: Judged, by: list[Judge], card: Card, figures: dict[str, float]
) -> None:
    facts = {
        "texturenet": __version__,
        "name": judged.name,
        **judged.facts,
        "size": list(next(iter(judged.pictures.values())).shape[-2:]),
        "judges": [judge.descriptor.fingerprint for judge in by],
        "exemplar": judged.exemplar.facts,
        "net": fingerprint(judged.net.net) if judged.net else None,
        "device": str(judged.net.device) if judged.net else None,
        "threads": torch.get_num_threads(),
        "figures": figures,
        "each": dict(zip(judged.pictures, card.each, strict=True)),
        "worst": list(judged.pictures)[card.worst],
    }
    write_whole(folder / WRITTEN[0], json.dumps(facts, indent=1))
    sheet = score_figure(
        judged.exemplar.pixels[0], judged.pictures, card, _compared(judged, figures)
    )
    write_whole(folder / WRITTEN[1], sheet)
    say(f"every figure: {folder}/score.json")
    say(f"exemplar, pictures, copies and glints: {folder}/sheet.png")


def _compared(judged: Judged, figures: dict[str, float]) -> Compared | None:
    """Of a material: its maps, and those of the first picture."""
    if not (judged.net and judged.maps):
        return None
    height, width = next(iter(judged.maps.values())).shape[-2:]
    drawn = judged.net.maps(height, width, UNSEEN)
    own = map_figures([drawn], judged.maps)
    return Compared(judged.maps, drawn, {name: figures[name] for name in own if name in figures})
