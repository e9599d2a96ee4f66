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
from ..io.exemplars import load_picture
from ..io.pictures import save_picture
from ..optimise import tasks
from ..optimise.painting import Painting
from ..sampling.texture import TILES, Texture
from . import app
from .card import picture_of
from .checks import size_of
from .drawing import say_seams
from .optimising import budget, run, setup
from .optimising.trace import Trace
from .options.optimising import Gatys
from .signals import Ending
from .terminal import say

NEW = ("noise", "random_phase")  # starts without structure


def main(arguments: Sequence[str]) -> int:
    return app.run("gatys", lambda request: run.paint(job(request.options)), arguments)


def painting(**overrides: object) -> Painting:
    return run.painting("gatys", job, overrides)


def job(chosen: Gatys) -> run.Job:
    """Check, read, set up."""
    check(chosen)
    hardware = budget.hardware(chosen)
    net = setup.initial_net(chosen, hardware.device)
    ending = Ending()
    name, pixels, notes = _exemplar(chosen, net)
    chosen, descriptor = setup.with_defaults(chosen, hardware.device, ending, "")
    shape = tuple(pixels.shape[-2:])
    size = shape if chosen.size is None else size_of(chosen.size)
    for what, sides in (("exemplar", shape), ("size", size)):
        setup.check_size(sides, descriptor.smallest, descriptor.computed[-1], what)
    _check_tile(chosen.tile, size, descriptor)
    new = chosen.init in NEW
    scales = chosen.scales or (tasks.octaves(*size, *shape) if new else 1)
    plan = setup.plan(
        chosen, hardware, descriptor, size, scales=scales, exemplar=pixels, tile=chosen.tile
    )
    setup.check_levels(plan, shape, "exemplar")
    setup.say_duration(plan, shape)
    plan = setup.normalised(chosen, plan, [pixels])
    spectrum = partial(plan.shrink, pixels)
    start = setup.start(chosen, {"exemplar": pixels}, net, chosen.tile, spectrum)
    levels = tasks.texture(plan, pixels, setup.style(chosen), start, chosen.seed if new else None)
    facts = {
        "init": setup.init_fingerprint(chosen, net),
        "exemplar": exemplars.fingerprint(pixels),
        "weights": descriptor.fingerprint,
    }
    return run.Job(
        kind="gatys",
        name=f"{name}_gatys",
        notes=["; ".join([f"exemplar {name}: {shape[0]}x{shape[1]}", *notes])],
        chosen=chosen,
        ending=ending,
        painting=Painting(levels, setup.method(chosen), hardware.device),
        facts=facts,
        finish=partial(_show, pixels, chosen.tile),
    )


def check(chosen: Gatys) -> None:
    setup.check(chosen)
    setup.check_statistics(chosen.statistics)


def _check_tile(tile: str, size: types.Size, descriptor: Descriptor) -> None:
    for length, wrap in zip(size, TILES[tile], strict=True):
        if wrap and length % descriptor.stride:
            raise Refused(
                f"size is {size[0]}x{size[1]}: a side that repeats must be a multiple of "
                f"{descriptor.stride}, the stride of layer {descriptor.computed[-1]}."
            )


def _exemplar(chosen: Gatys, net: Texture | None) -> tuple[str, Tensor, tuple[str, ...]]:
    """(name, pixels, what was converted); that of the net it starts from unless one is named."""
    reading = {"crop": chosen.picture.crop, "side": chosen.picture.side}
    if chosen.exemplar is not None:
        picture = load_picture(chosen.exemplar, **reading)
    elif net is not None:
        picture = picture_of(net, None, **reading)
    else:
        raise Refused("exemplar is missing: say exemplar=FILE, or init=model:NAME of a learnt net.")
    return picture.name, picture.pixels, picture.notes


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
