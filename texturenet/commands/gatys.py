"""texturenet gatys: an exemplar -> one new picture of its texture, by optimising its pixels."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from .. import tasks
from ..descriptor import Descriptor
from ..errors import Refused
from ..exemplars import Picture, load_picture
from ..images import beside, save_picture
from ..painting import Painting
from ..sampler import TILES, load
from . import door, easel, options, studio, within
from .progress import say
from .ranges import MANY, check_numbers, check_words
from .report import picture_of
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
    chosen, descriptor = easel.settled(chosen, "")
    shape = tuple(pixels.shape[-2:])
    size = shape if chosen.size is None else size_of(chosen.size)
    for what, sides in (("exemplar", shape), ("size", size)):
        easel.check_size(sides, descriptor.smallest, descriptor.computed[-1], what)
    _check_tile(chosen.tile, size, descriptor)
    known = tasks.octaves(*size, *shape) if chosen.init in NEW else 1
    plan = easel.plan(
        chosen, descriptor, size,
        scales=chosen.scales or known, exemplar=pixels, tile=chosen.tile,
    )  # fmt: skip
    easel.check_levels(plan, shape, "exemplar")
    plan = easel.normalised(chosen, plan, [pixels])
    start = easel.start(chosen, {"exemplar": pixels}, chosen.tile, partial(plan.shrink, pixels))
    detail = chosen.seed if chosen.init in NEW else None
    levels = tasks.texture(plan, pixels, easel.style(chosen), start, detail)
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
    easel.check_statistics(chosen.statistics)
    easel.check_scaling(chosen, "scaling")


def _check_tile(tile: str, size: tasks.Size, descriptor: Descriptor) -> None:
    for length, wrap in zip(size, TILES[tile], strict=True):
        if wrap and length % descriptor.stride:
            raise Refused(
                f"size is {size[0]}x{size[1]}: a side that repeats must be a multiple of "
                f"{descriptor.stride}, the stride of layer {descriptor.computed[-1]}."
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
    found = picture_of(load(model), None, crop=chosen.picture.crop, side=chosen.picture.side)
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
