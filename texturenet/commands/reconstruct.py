"""texturenet reconstruct: a picture -> what each layer of a descriptor still knows of it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from ..io import exemplars
from ..io.exemplars import load_picture
from ..io.files import write_whole
from ..losses.content import MEAN
from ..optimise import tasks
from ..optimise.painting import Painting
from . import app, options
from .checks import MANY, check_numbers
from .figures import reconstruct_figure
from .optimising import budget, run, setup
from .optimising.trace import Trace
from .terminal import say

TOGETHER = "together"


def main(arguments: Sequence[str]) -> int:
    return app.run(
        "reconstruct", options.Reconstruct, lambda chosen: run.paint(work(chosen)), arguments
    )


def painting(**overrides: object) -> Painting:
    return run.painting("reconstruct", options.Reconstruct, work, overrides)


def work(chosen: options.Reconstruct) -> run.Job:
    """Check, read, set up."""
    setup.check(chosen)
    check_numbers(chosen, {"picture.side": (1, MANY)})
    given = load_picture(chosen.image, crop=chosen.picture.crop, side=chosen.picture.side)
    pixels = given.pixels
    size = tuple(pixels.shape[-2:])
    chosen, descriptor = setup.with_defaults(chosen, "")
    setup.check_size(size, descriptor.smallest, descriptor.computed[-1], "image")
    plan = setup.plan(chosen, descriptor, size, held=chosen.layers)
    plan = setup.normalised(chosen, plan, [pixels])
    start = setup.start(chosen, {"image": pixels})
    levels = tasks.reconstruct(plan, pixels, contents(chosen), start)
    return run.Job(
        kind="reconstruct",
        name=f"{given.name}_reconstruct",
        told=["; ".join([f"image {given.name}: {size[0]}x{size[1]}", *given.notes])],
        chosen=chosen,
        painting=Painting(levels, setup.method(chosen), budget.hardware(chosen)[0]),
        facts={
            "init": setup.init_fingerprint(chosen),
            "image": exemplars.fingerprint(pixels),
            "weights": descriptor.fingerprint,
        },
        finish=partial(_show, pixels),
    )


def contents(chosen: options.Reconstruct) -> dict[str, tasks.Content]:
    """Each layer alone, or all of them, by the name of the picture that comes of it."""
    parts = {TOGETHER: chosen.layers} if chosen.together else {n: [n] for n in chosen.layers}
    return {
        part: tasks.Content(dict.fromkeys(layers, 1.0), relative=False, scaling=MEAN)
        for part, layers in parts.items()
    }


def decibels(made: Tensor, original: Tensor) -> float:
    """How near a picture in [0,1] is: peak signal to noise ratio, -10 log10 of the mean squared
    error."""
    return -10 * (made - original).square().mean().clamp(min=1e-12).log10().item()


def _show(image: Tensor, folder: Path, picture: Path, painting: Painting, trace: Trace) -> None:
    near = {part: decibels(made, image[0]) for part, made in painting.pictures.items()}
    say("how near: " + ", ".join(f"{part} {ratio:.1f} dB" for part, ratio in near.items()))
    curves = {part: trace.losses(part) for part in painting.pictures}
    write_whole(folder / "figure.png", reconstruct_figure(image[0], painting.pictures, curves))
    say(f"the original, the pictures and their loss: {folder}/figure.png")
