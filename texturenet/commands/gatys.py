"""texturenet gatys: an exemplar -> one new picture of its texture, by optimising its pixels."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from .. import tasks
from ..errors import Refused, nearest
from ..exemplars import Picture, load_picture
from ..images import beside, save_picture
from ..painting import Painting
from ..sampler import TILES, load
from ..statistics import STATISTICS
from . import door, easel, options, studio, within
from .progress import say
from .ranges import MANY, check_numbers, check_weights, check_words
from .sample import say_seams, size_of
from .trace import Trace

COMBINATIONS = ("relative", "absolute")
NEW = ("noise", "random_phase")  # starts without structure


def main(arguments: Sequence[str]) -> int:
    return door.run("gatys", options.Gatys, lambda chosen: studio.paint(work(chosen)), arguments)


def painting(**overrides: object) -> Painting:
    return studio.painting("gatys", options.Gatys, work, overrides)


def work(chosen: options.Gatys) -> studio.Work:
    """Check, read, set up."""
    check(chosen)
    name, pixels, notes = _exemplar(chosen)
    descriptor = easel.network(chosen, chosen.layers)
    size = tuple(pixels.shape[-2:]) if chosen.size is None else size_of(chosen.size)
    for what, given in (("exemplar", tuple(pixels.shape[-2:])), ("size", size)):
        easel.check_size(given, descriptor.smallest, descriptor.computed[-1], what)
    easel.check_levels(_plan(chosen, descriptor, pixels, size), pixels, "exemplar")
    descriptor = easel.network(chosen, chosen.layers, [pixels])
    plan = _plan(chosen, descriptor, pixels, size)
    start = easel.start(chosen, {"exemplar": pixels}, chosen.tile, partial(plan.shrink, pixels))
    detail = chosen.seed if chosen.init in NEW else None
    levels = tasks.texture(plan, pixels, style(chosen), start, detail)
    device, _ = within.hardware(chosen)
    facts = {
        "init": easel.told(chosen),
        "exemplar": studio.fingerprint(pixels),
        "weights": descriptor.fingerprint,
    }
    return studio.Work(
        kind="gatys",
        name=f"{name}_gatys",
        told=["; ".join([f"exemplar {name}: {pixels.shape[-2]}x{pixels.shape[-1]}", *notes])],
        chosen=chosen,
        painting=Painting(levels, easel.method(chosen), device),
        facts=facts,
        finish=partial(_show, pixels, chosen.tile),
    )


def check(chosen: options.Gatys) -> None:
    easel.check(chosen)
    check_numbers(chosen, {"scales": (1, 12), "coarse_steps": (0, MANY), "picture.side": (1, MANY)})
    check_words(chosen, {"combine": COMBINATIONS, "tile": TILES})
    check_statistics(chosen.statistics)
    easel.check_scaling(chosen, "scaling")
    easel.check_layers("layer", chosen.layers, chosen.layer_weights)


def check_statistics(statistics: dict[str, float]) -> None:
    for name in statistics:
        if name not in STATISTICS:
            raise Refused(f"there is no statistic {name!r}.{nearest(name, STATISTICS)}")
    check_weights("statistics", statistics, "there is nothing to match")


def style(chosen: options.Gatys) -> tasks.Style:
    return tasks.Style(
        layers=chosen.layers,
        statistics={name: weight for name, weight in chosen.statistics.items() if weight},
        layer_weights=chosen.layer_weights or {},
        relative=chosen.combine == "relative",
        scaling=easel.scaling(chosen.scaling),
    )


def _plan(chosen: options.Gatys, descriptor, pixels: Tensor, size: tasks.Size) -> tasks.Plan:
    wraps = TILES[chosen.tile]
    for length, wrap in zip(size, wraps, strict=True):
        if wrap and length % descriptor.smallest:
            raise Refused(
                f"size is {size[0]}x{size[1]}: a side that repeats must be a multiple of "
                f"{descriptor.smallest}, the stride of layer {descriptor.computed[-1]}."
            )
    known = tasks.octaves(*size, *pixels.shape[-2:]) if chosen.init in NEW else 1
    return tasks.Plan(
        descriptor=descriptor,
        units=easel.units(chosen, descriptor),
        size=size,
        scales=chosen.scales or known,
        steps=chosen.steps,
        coarse_steps=chosen.coarse_steps,
        way=within.ways(chosen, descriptor),
        glance=within.glances(chosen, descriptor),
        plain=easel.plain(chosen),
        bounds=easel.bounds(chosen, pixels),
        wraps=wraps,
    )


def _exemplar(chosen: options.Gatys) -> tuple[str, Tensor, tuple[str, ...]]:
    """(name, pixels, what was converted); that of the net it starts from unless one is named."""
    kind, _, model = chosen.init.partition(":")
    if chosen.exemplar is not None:
        found: Picture = load_picture(
            chosen.exemplar, crop=chosen.picture.crop, side=chosen.picture.side
        )
        return found.name, found.pixels, found.notes
    if kind != "model":
        raise Refused("exemplar is wanting: say exemplar=FILE, or init=model:NAME of a learnt net.")
    card = load(model).card
    known = card.get("exemplar", {}).get("name")
    if known is None:
        raise Refused(f"{card['name']!r} does not say what it was trained on: say exemplar=FILE.")
    crop = chosen.picture.crop or card.get("recipe", {}).get("picture", {}).get("crop")
    found = load_picture(known, crop=crop, side=chosen.picture.side)
    return found.name, found.pixels, found.notes


def _show(
    exemplar: Tensor, tile: str, folder: Path, picture: Path, painting: Painting, trace: Trace
) -> None:
    made = painting.picture
    say_seams(made, tile)
    stem = picture.stem
    save_picture(folder / f"{stem}_beside.png", beside([exemplar[0], made]))
    say(f"exemplar and picture: {folder}/{stem}_beside.png")
    if tile != "none":
        rows, columns = (2 if wrap else 1 for wrap in TILES[tile])
        save_picture(folder / f"{stem}_repeated.png", made.repeat(1, rows, columns))
        say(f"repeated: {folder}/{stem}_repeated.png")
