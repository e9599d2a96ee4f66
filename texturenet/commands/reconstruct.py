"""texturenet reconstruct: a picture -> what each layer of a descriptor still knows of it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from ..evaluation.distances import decibels
from ..io import exemplars
from ..io.exemplars import load_picture
from ..io.files import write_whole
from ..losses.content import MEAN
from ..optimise import tasks
from ..optimise.painting import Painting
from . import app
from .figures import reconstruct_figure
from .optimising import budget, run, setup
from .optimising.trace import Trace
from .options.optimising import Reconstruct
from .signals import Ending
from .terminal import say

TOGETHER = "together"


def main(arguments: Sequence[str]) -> int:
    return app.run("reconstruct", lambda request: run.paint(job(request.options)), arguments)


def painting(**overrides: object) -> Painting:
    return run.painting("reconstruct", job, overrides)


def job(chosen: Reconstruct) -> run.Job:
    """Check, read, set up."""
    setup.check(chosen)
    hardware = budget.hardware(chosen)
    net = setup.initial_net(chosen, hardware.device)
    ending = Ending()
    given = load_picture(chosen.image, crop=chosen.picture.crop, side=chosen.picture.side)
    pixels = given.pixels
    size = tuple(pixels.shape[-2:])
    chosen, descriptor = setup.with_defaults(chosen, hardware.device, ending, "")
    setup.check_size(size, descriptor.smallest, descriptor.computed[-1], "image")
    plan = setup.plan(chosen, hardware, descriptor, size, targets=chosen.layers)
    plan = setup.normalised(chosen, plan, [pixels])
    start = setup.start(chosen, {"image": pixels}, net)
    levels = tasks.reconstruct(plan, pixels, contents(chosen), start)
    return run.Job(
        kind="reconstruct",
        name=f"{given.name}_reconstruct",
        notes=["; ".join([f"image {given.name}: {size[0]}x{size[1]}", *given.notes])],
        chosen=chosen,
        ending=ending,
        painting=Painting(levels, setup.method(chosen), hardware.device),
        facts={
            "init": setup.init_fingerprint(chosen, net),
            "image": exemplars.fingerprint(pixels),
            "weights": descriptor.fingerprint,
        },
        finish=partial(_show, pixels),
    )


def contents(chosen: Reconstruct) -> dict[str, tasks.Content]:
    """Each layer alone, or all of them, by the name of the picture that comes of it."""
    parts = {TOGETHER: chosen.layers} if chosen.together else {n: [n] for n in chosen.layers}
    return {
        part: tasks.Content(dict.fromkeys(layers, 1.0), relative=False, scaling=MEAN)
        for part, layers in parts.items()
    }


def _show(image: Tensor, folder: Path, picture: Path, painting: Painting, trace: Trace) -> None:
    near = {part: decibels(made, image[0]) for part, made in painting.pictures.items()}
    say("how near: " + ", ".join(f"{part} {ratio:.1f} dB" for part, ratio in near.items()))
    curves = {part: trace.losses(part) for part in painting.pictures}
    write_whole(folder / "figure.png", reconstruct_figure(image[0], painting.pictures, curves))
    say(f"the original, the pictures and their loss: {folder}/figure.png")
