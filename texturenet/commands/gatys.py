"""texturenet gatys: an exemplar -> one new picture of its texture, by optimising its pixels."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from .. import types
from ..descriptors.base import Descriptor
from ..errors import Refused
from ..imaging import beside
from ..io import exemplars
from ..io.exemplars import Picture, load_picture
from ..io.pictures import save_picture
from ..optimise import tasks
from ..optimise.painting import Painting
from ..sampling.texture import TILES, load
from . import app, options
from .card import picture_of
from .checks import MANY, check_numbers, check_words, size_of
from .optimising import budget, run, setup
from .optimising.trace import Trace
from .sample import say_seams
from .terminal import say

COMBINATIONS = ("relative", "absolute")
NEW = ("noise", "random_phase")  # starts without structure


def main(arguments: Sequence[str]) -> int:
    return app.run("gatys", options.Gatys, lambda chosen: run.paint(work(chosen)), arguments)


def painting(**overrides: object) -> Painting:
    return run.painting("gatys", options.Gatys, work, overrides)


def work(chosen: options.Gatys) -> run.Job:
    """Check, read, set up."""
    check(chosen)
    name, pixels, notes = _exemplar(chosen)
    chosen, descriptor = setup.with_defaults(chosen, "")
    shape = tuple(pixels.shape[-2:])
    size = shape if chosen.size is None else size_of(chosen.size)
    for what, sides in (("exemplar", shape), ("size", size)):
        setup.check_size(sides, descriptor.smallest, descriptor.computed[-1], what)
    _check_tile(chosen.tile, size, descriptor)
    known = tasks.octaves(*size, *shape) if chosen.init in NEW else 1
    plan = setup.plan(
        chosen, descriptor, size,
        scales=chosen.scales or known, exemplar=pixels, tile=chosen.tile,
    )  # fmt: skip
    setup.check_levels(plan, shape, "exemplar")
    plan = setup.normalised(chosen, plan, [pixels])
    start = setup.start(chosen, {"exemplar": pixels}, chosen.tile, partial(plan.shrink, pixels))
    detail = chosen.seed if chosen.init in NEW else None
    levels = tasks.texture(plan, pixels, setup.style(chosen), start, detail)
    device, _ = budget.hardware(chosen)
    facts = {
        "init": setup.init_fingerprint(chosen),
        "exemplar": exemplars.fingerprint(pixels),
        "weights": descriptor.fingerprint,
    }
    return run.Job(
        kind="gatys",
        name=f"{name}_gatys",
        told=["; ".join([f"exemplar {name}: {pixels.shape[-2]}x{pixels.shape[-1]}", *notes])],
        chosen=chosen,
        painting=Painting(levels, setup.method(chosen), device),
        facts=facts,
        finish=partial(_show, pixels, chosen.tile),
    )


def check(chosen: options.Gatys) -> None:
    setup.check(chosen)
    check_numbers(chosen, {"scales": (1, 12), "coarse_steps": (0, MANY), "picture.side": (1, MANY)})
    check_words(chosen, {"combine": COMBINATIONS, "tile": TILES})
    setup.check_statistics(chosen.statistics)
    setup.check_scaling(chosen, "scaling")


def _check_tile(tile: str, size: types.Size, descriptor: Descriptor) -> None:
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
