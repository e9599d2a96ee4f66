"""texturenet score: a learnt net, or any picture, against its exemplar -> figures and a sheet."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.table import Table
from torch import Tensor

from .. import portilla, random_features, seams, weights
from ..checkpoint import fingerprint
from ..errors import Refused
from ..exemplars import Picture, load_picture
from ..files import user_path, write_whole
from ..networks import network
from ..sampler import Texture, load
from ..scorecard import Card, Judge, Scorecard
from . import door, options
from .places import LONGEST, free_folder
from .progress import console, say
from .ranges import MANY, check_numbers
from .report import picture_of
from .sample import share, size_of
from .showing import score_figure

UNSEEN = 2**33  # the first of the seeds that are judged
SHALLOW = [f"relu{block}_1" for block in range(1, 6)]  # what nets are trained on unless told
BETWEEN = ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"]
SMALLEST = 64  # pixels a side that figures make sense of
TIMED = 1024  # pixels a side of the picture that speed is measured on
TOLD = {
    "trained layers": "Gram matrices, at the layers trained on",
    "vgg": "Gram matrices of a trained VGG, relu1_1 to relu5_1",
    "untrained layers": "Gram matrices of a trained VGG, at layers not trained on",
    "unseen filters": "Gram matrices of random filters of another seed",
    "patches": "sliced Wasserstein distance of 7x7 patches, three octaves",
    "spectrum": "logarithm of the power spectrum, over rings and sectors",
    "portilla": "statistics of Portilla and Simoncelli, mean over their kinds",
    "colours": "sliced Wasserstein distance of colours",
    "spot": "share of the picture that its largest place unlike the exemplar takes",
    "copied": "share of the picture that is verbatim exemplar",
    "diversity": "between seeds, over that between crops of the exemplar (1 is as much)",
    "seam": "step across the wrap of a tile, over the largest inside (above 1 it shows)",
    "seconds": "to sample a megapixel",
}


def main(arguments: Sequence[str]) -> int:
    return door.run("score", options.Score, score, arguments)


@dataclass(frozen=True)
class Judged:
    """What is judged: pictures, by name, of a net if there is one."""

    name: str
    pictures: dict[str, Tensor]
    exemplar: Picture
    net: Texture | None


def score(chosen: options.Score) -> None:
    check(chosen)
    judged = _of_model(chosen) if chosen.model else _of_image(chosen)
    height, width = judged.exemplar.pixels.shape[-2:]
    if min(height, width) < SMALLEST:
        raise Refused(f"the exemplar is {height}x{width}: its sides must be {SMALLEST} or more.")
    folder = user_path(chosen.out) if chosen.out else free_folder(f"{judged.name[:LONGEST]}_score")
    say(f"{judged.name} against {judged.exemplar.name} -> {folder}/")
    scorecard = Scorecard(judged.exemplar.pixels, judges(chosen, judged.net), _more())
    card = scorecard(list(judged.pictures.values()))
    figures = card.figures | (_of_net(judged.net) if judged.net else {})
    _tell(figures)
    _write(folder, judged, card, figures)


def check(chosen: options.Score) -> None:
    share(chosen.threads, 1)
    check_numbers(chosen, {"seeds": (1, 1000), "side": (SMALLEST, MANY)})
    if (chosen.model is None) == (chosen.image is None):
        raise Refused("say either model=NAME, or image=FILE with exemplar=FILE.")
    if chosen.image is not None and chosen.exemplar is None:
        raise Refused("exemplar is wanting: say exemplar=FILE, what image is to be a texture of.")


def _of_model(chosen: options.Score) -> Judged:
    net = load(chosen.model)
    size = _sound_size(size_of(chosen.size))
    exemplar = picture_of(net, chosen.exemplar, crop=chosen.crop, side=chosen.side)
    seeds = range(UNSEEN, UNSEEN + chosen.seeds)
    pictures = {f"seed {seed - UNSEEN}": net.render(*size, seed).cpu() for seed in seeds}
    return Judged(net.card["name"], pictures, exemplar, net)


def _of_image(chosen: options.Score) -> Judged:
    found = load_picture(chosen.image, smallest=SMALLEST)
    side = chosen.side if chosen.side is not None else 256
    exemplar = load_picture(chosen.exemplar, crop=chosen.crop, side=side)
    return Judged(found.name, {found.name: found.pixels[0]}, exemplar, None)


def _sound_size(size: tuple[int, int]) -> tuple[int, int]:
    if not all(SMALLEST <= side <= 4096 for side in size):
        raise Refused(f"size is {size[0]}x{size[1]}: sides must lie between {SMALLEST} and 4096.")
    return size


def judges(chosen: options.Score, net: Texture | None) -> list[Judge]:
    """Unseen random filters, and a trained network where its weights are at hand."""
    bank = network(random_features.filters(random_features.JUDGE), ["relu_all"], "avg")
    found = [Judge(bank, {"unseen filters": ["relu_all"]})]
    try:
        trained = weights.load(chosen.weights)
    except Refused as refusal:
        if chosen.weights not in weights.NAMES:
            raise
        say(f"without a trained network: {refusal}")
        return found
    told = net.card.get("descriptor", {}) if net else {}
    own = told.get("layers", []) if told.get("sha256") == trained.sha256 else []
    figures = {"trained layers": own} if own else {"vgg": SHALLOW}
    figures["untrained layers"] = [layer for layer in BETWEEN if layer not in own]
    layers = [layer for some in figures.values() for layer in some]
    judge = network(trained, layers, told.get("pooling", "avg") if own else "avg")
    return [Judge(judge, figures), *found]


def _more() -> dict[str, Callable]:
    """What an extra brings."""
    try:
        portilla.check()
    except Refused as refusal:
        say(f"without Portilla-Simoncelli statistics: {refusal}")
        return {}
    return {"portilla": portilla.portilla_simoncelli}


def _of_net(net: Texture) -> dict[str, float]:
    """The worse of both seams of a tile, and how long a megapixel takes."""
    side = max(1, 256 // net.coarsest) * net.coarsest
    tile = net.render(side, side, tile="xy").cpu()
    found = [seams.seam(tile, axis) for axis in seams.AXES]
    worst = max(seam.ratio / seam.most for seam in found)
    net.render(256, 256)  # warm
    started = time.perf_counter()
    net.render(TIMED, TIMED)
    seconds = (time.perf_counter() - started) / (TIMED**2 / 1e6)
    return {"seam": worst, "seconds": seconds}


def _tell(figures: dict[str, float]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading, side in (("figure", "left"), ("value", "right"), ("what it is", "left")):
        table.add_column(heading, justify=side, overflow="fold")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}", TOLD[name])
    console.print(table)


def _write(folder: Path, judged: Judged, card: Card, figures: dict[str, float]) -> None:
    facts = {
        "name": judged.name,
        "exemplar": judged.exemplar.facts,
        "net": fingerprint(judged.net.net) if judged.net else None,
        "device": str(judged.net.device) if judged.net else None,
        "threads": torch.get_num_threads(),
        "figures": figures,
        "each": dict(zip(judged.pictures, card.each, strict=True)),
        "worst": list(judged.pictures)[card.worst],
    }
    write_whole(folder / "score.json", json.dumps(facts, indent=1))
    sheet = score_figure(judged.exemplar.pixels[0], judged.pictures, card)
    write_whole(folder / "sheet.png", sheet)
    say(f"every figure: {folder}/score.json; exemplar, pictures and copies: {folder}/sheet.png")
