"""A net and the weights at hand -> what judges its pictures, by which layers; what they cost."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..descriptors import family, network, random
from ..descriptors.filters import ALL
from ..descriptors.weights import FILTERS, Weights
from ..errors import Refused
from ..evaluation import portilla, seams
from ..evaluation.maps import map_figures
from ..evaluation.scorecard import Card, Judge, Scorecard, merit
from ..materials.kinds import Maps
from ..sampling.texture import Texture
from . import weights
from .card import descriptor_of
from .terminal import say
from .weights import SHALLOW

UNSEEN = 2**33  # the first of the seeds that are judged
SMALLEST = 64  # pixels a side, below which figures mean little
PICTURES = 4  # that a net is judged by when it is released
MAPPED = 512  # pixels a side of the maps that are judged, at the most
TIMED = 1024  # pixels a side of the picture that costs are measured on
BETWEEN = ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"]


def judges(name: str, net: Texture | None) -> list[Judge]:
    """What the net was trained against, weights of that name or file, unseen random filters: as far
    as they are at hand."""
    bank = network(random.filters(random.JUDGE), [ALL], "avg")
    judges = [Judge(bank, {"unseen filters": [ALL]})]
    card = net.card.get("descriptor") if net else None
    given = weights.at_hand(name, random.JUDGE)
    if given:
        judges = [*_by_weights(given, card or {}), *judges]
    if card and (given is None or card.get("sha256") != given.sha256):
        try:
            own = descriptor_of(net)
            judges.insert(0, Judge(own, {"trained layers": list(own.layers)}))
        except Refused as refusal:
            say(f"without what it was trained on: {refusal}")
    return judges


def _by_weights(given: Weights, card: dict) -> list[Judge]:
    """Layers that a net was trained on, if these weights were what it was trained against (card: of
    its card), or that nets usually are; and others that it was not."""
    own = card.get("layers", []) if card.get("sha256") == given.sha256 else []
    if family(given) == FILTERS:
        figures = {"trained layers": own} if own else {"given weights": [ALL]}
    else:
        figures = {"trained layers": own} if own else {"given weights": SHALLOW}
        if between := [layer for layer in BETWEEN if layer not in own]:
            figures["untrained layers"] = between
    layers = [layer for some in figures.values() for layer in some]
    pooling = given.pooling or (card.get("pooling", "avg") if own else "avg")
    return [Judge(network(given, layers, pooling), figures)]


def distances() -> dict[str, Callable]:
    """What an extra brings."""
    try:
        portilla.check()
    except Refused as refusal:
        say(f"without Portilla-Simoncelli statistics: {refusal}")
        return {}
    return {"portilla": portilla.portilla_simoncelli}


def judged_on(
    device: torch.device, exemplar: Tensor, judges: Sequence[Judge], pictures: Sequence[Tensor]
) -> Card:
    """exemplar (1,3,h,w), networks and pictures (3,H,W) from anywhere -> figures computed there."""
    judges = [replace(judge, descriptor=judge.descriptor.to(device)) for judge in judges]
    scorecard = Scorecard(exemplar.to(device), judges, distances())
    return scorecard([picture.to(device) for picture in pictures])


def recorded(net: Texture, path: str, exemplar: Tensor, weights: str) -> dict[str, float]:
    """The card that a net is released with, all of it computed on the net's device. exemplar:
    (1,3,h,w); path: of its file."""
    seeds = range(UNSEEN, UNSEEN + PICTURES)
    pictures = [net.render(*exemplar.shape[-2:], seed) for seed in seeds]
    card = judged_on(net.device, exemplar, judges(weights, net), pictures)
    return {name: round(value, 5) for name, value in figures_of(card, net, path).items()}


def recorded_maps(net: Texture, exemplar: Maps) -> dict[str, float]:
    """Figures of a material's maps, for the card; exemplar: as they were learnt."""
    height, width = (min(MAPPED, side) for side in exemplar["colour"].shape[-2:])
    seeds = range(UNSEEN, UNSEEN + PICTURES)
    drawn = [net.maps(height, width, seed) for seed in seeds]
    figures = map_figures(drawn, exemplar)
    return {name: round(value, 5) for name, value in figures.items()}


def figures_of(card: Card, net: Texture | None, path: str | None) -> dict[str, float]:
    """With what a net costs, if there is one, and the merit, where it can be taken."""
    figures = card.figures | (costs(net, path) if net else {})
    together = merit(card.figures)
    return figures if together is None else {**figures, "merit": together}


def costs(net: Texture, path: str) -> dict[str, float]:
    """The worse of both seams of a tile; seconds and megabytes of a megapixel."""
    side = max(1, 256 // net.coarsest) * net.coarsest
    tile = net.render(side, side, tile="xy").cpu()
    measured = [seams.seam(tile, axis) for axis in seams.AXES]
    worst = max(seam.ratio / seam.most if seam.most > 0 else 0.0 for seam in measured)
    net.render(256, 256)  # warm
    started = time.perf_counter()
    net.render(TIMED, TIMED)
    seconds = time.perf_counter() - started
    megapixels = TIMED**2 / 1e6
    figures = {"seam": worst, "seconds": seconds / megapixels}
    megabytes = _megabytes_of_gpu(net) if net.device.type == "cuda" else _megabytes(path)
    if megabytes is not None:
        figures["megabytes"] = megabytes / megapixels
    return figures


# A process of its own, whose peak nothing else has raised before. (Linux counts into `ru_maxrss`
# what the parent had; its VmHWM begins anew.)
_RENDER = """
import sys
sys.path[:] = sys.argv[3:]
from texturenet import load
def peak():
    try:
        lines = open("/proc/self/status").read().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
net = load(sys.argv[1], device="cpu")
net.render(64, 64)
before = peak()
net.render(int(sys.argv[2]), int(sys.argv[2]))
print((peak() - before) / 1e6)
"""


def _megabytes(path: str) -> float | None:
    """What sampling adds to the memory of a process; None where that cannot be measured."""
    command = [sys.executable, "-c", _RENDER, path, str(TIMED), *sys.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def _megabytes_of_gpu(net: Texture) -> float:
    """What sampling adds to the memory of a GPU."""
    before = torch.cuda.memory_allocated(net.device)
    torch.cuda.reset_peak_memory_stats(net.device)
    net.render(TIMED, TIMED)
    return (torch.cuda.max_memory_allocated(net.device) - before) / 1e6
