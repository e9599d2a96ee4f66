"""texturenet reconstruct: a picture -> what each layer of a descriptor still knows of it."""

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from .. import tasks
from ..exemplars import load_picture
from ..files import write_whole
from ..images import to_bytes
from ..losses import MEAN
from ..painting import Painting
from . import door, easel, options, studio, within
from .progress import say
from .ranges import MANY, check_numbers
from .trace import Trace

TOGETHER = "together"


def main(arguments: Sequence[str]) -> int:
    return door.run(
        "reconstruct", options.Reconstruct, lambda chosen: studio.paint(work(chosen)), arguments
    )


def painting(**overrides: object) -> Painting:
    return studio.painting("reconstruct", options.Reconstruct, work, overrides)


def work(chosen: options.Reconstruct) -> studio.Work:
    """Check, read, set up."""
    easel.check(chosen)
    check_numbers(chosen, {"picture.side": (1, MANY)})
    given = load_picture(chosen.image, crop=chosen.picture.crop, side=chosen.picture.side)
    pixels = given.pixels
    size = tuple(pixels.shape[-2:])
    chosen, descriptor = easel.settled(chosen, "")
    easel.check_size(size, descriptor.smallest, descriptor.computed[-1], "image")
    plan = easel.plan(chosen, descriptor, size, held=chosen.layers)
    plan = easel.normalised(chosen, plan, [pixels])
    start = easel.start(chosen, {"image": pixels})
    levels = tasks.reconstruct(plan, pixels, contents(chosen), start)
    return studio.Work(
        kind="reconstruct",
        name=f"{given.name}_reconstruct",
        told=["; ".join([f"image {given.name}: {size[0]}x{size[1]}", *given.notes])],
        chosen=chosen,
        painting=Painting(levels, easel.method(chosen), within.hardware(chosen)[0]),
        facts={
            "init": easel.told(chosen),
            "image": studio.fingerprint(pixels),
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
    write_whole(folder / "figure.png", figure(image[0], painting.pictures, curves))
    say(f"the original, the pictures and their loss: {folder}/figure.png")


def figure(
    original: Tensor, made: dict[str, Tensor], curves: dict[str, list[tuple[int, float]]]
) -> bytes:
    """The original, one reconstruction a layer, and below them the loss of each, as PNG."""
    from matplotlib.figure import Figure

    shown = {"original": original, **made}
    drawn = Figure(figsize=(2.2 * len(shown), 5.2), layout="constrained")
    above, below = drawn.subfigures(2, 1, height_ratios=[1, 1])
    for axes, (name, picture) in zip(
        above.subplots(1, len(shown), squeeze=False)[0], shown.items(), strict=True
    ):
        axes.imshow(to_bytes(picture))
        axes.set_title(name, fontsize=9)
        axes.axis("off")
    axes = below.subplots()
    for part, points in curves.items():
        points = [(step, loss) for step, loss in points if loss > 0]
        if points:
            axes.plot(*zip(*points, strict=True), lw=1, label=part)
    axes.set(yscale="log", xlabel="step", ylabel="mean squared error of the features")
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=8)
    data = io.BytesIO()
    drawn.savefig(data, format="png", dpi=110)
    return data.getvalue()
