"""texturenet transfer: the content of one picture with the style of another."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from .. import imaging
from ..descriptors.base import Descriptor
from ..errors import Refused
from ..imaging import beside
from ..io import exemplars
from ..io.exemplars import Picture, load_picture
from ..io.pictures import save_picture
from ..optimise import colours, tasks
from ..optimise.painting import Painting
from ..types import Size
from . import app
from .checks import check_weights
from .optimising import budget, run, setup
from .optimising.trace import Trace
from .options.optimising import Transfer
from .signals import Ending
from .terminal import say

NOTHING = "the picture would stay as it is"


def main(arguments: Sequence[str]) -> int:
    return app.run("transfer", lambda request: run.paint(job(request.options)), arguments)


def painting(**overrides: object) -> Painting:
    return run.painting("transfer", job, overrides)


def job(chosen: Transfer) -> run.Job:
    """Check, read, set up."""
    check(chosen)
    hardware = budget.hardware(chosen)
    net = setup.initial_net(chosen, hardware.device)
    ending = Ending()
    given = {name: load_picture(getattr(chosen, name)) for name in ("content", "style")}
    pictures = {name: picture.pixels for name, picture in given.items()}
    size = size_of(chosen.size, tuple(pictures["content"].shape[-2:]))
    chosen, descriptor = setup.with_defaults(chosen, hardware.device, ending, "content_", "style_")
    sides = style_size(chosen, tuple(pictures["style"].shape[-2:]), size)
    for name, given_size in (("size", size), ("style", sides)):
        setup.check_size(given_size, descriptor.smallest, descriptor.computed[-1], name)
    plan = _plan(chosen, hardware, descriptor, size, sides)
    seen = seen_of(chosen, pictures, size, sides)
    plan = setup.normalised(chosen, plan, list(seen.values()))
    levels = tasks.transfer(
        plan,
        seen["content"],
        seen["style"],
        setup.style(chosen, "style_", chosen.style_weight),
        content(chosen),
        setup.start(chosen, seen, net),
    )
    look = _look(chosen, imaging.resized(pictures["content"], size))
    return run.Job(
        kind="transfer",
        name=f"{given['content'].name}_{given['style'].name}",
        notes=[_note(name, picture) for name, picture in given.items()],
        chosen=chosen,
        ending=ending,
        painting=Painting(levels, setup.method(chosen), hardware.device, look),
        facts={
            "init": setup.init_fingerprint(chosen, net),
            **{name: exemplars.fingerprint(picture) for name, picture in pictures.items()},
            "weights": descriptor.fingerprint,
        },
        finish=partial(_show, pictures, sides, levels[0].start, chosen.difference),
    )


def _plan(
    chosen: Transfer, hardware: budget.Hardware, descriptor: Descriptor, size: Size, sides: Size
) -> tasks.PaintingPlan:
    """sides: of the style as it is seen."""
    scales = chosen.scales or tasks.octaves(*size, *sides)
    plan = setup.plan(
        chosen, hardware, descriptor, size, scales=scales, targets=chosen.content_layers
    )
    plan.compute_targets(sides)  # refused where there is no memory for it
    setup.say_duration(plan, sides)
    setup.check_levels(plan, sides, "style")
    return plan


def _note(name: str, picture: Picture) -> str:
    height, width = picture.pixels.shape[-2:]
    return "; ".join([f"{name} {picture.name}: {height}x{width}", *picture.notes])


def check(chosen: Transfer) -> None:
    setup.check(chosen)
    setup.check_statistics(chosen.statistics)
    check_weights("content_weight and style_weight", {
        "content_weight": chosen.content_weight, "style_weight": chosen.style_weight,
    }, NOTHING)  # fmt: skip


def content(chosen: Transfer) -> tasks.Content:
    return tasks.Content(
        layer_weights=dict.fromkeys(chosen.content_layers, 1.0)
        | (chosen.content_layer_weights or {}),
        relative=chosen.content_combine == "relative",
        scaling=setup.scaling(chosen.content_scaling),
        weight=chosen.content_weight,
    )


def size_of(size: object, content: Size) -> Size:
    """The longer side, [height, width], or one of these beside a null, that keeps the aspect."""
    height, width = content
    if size is None:
        return content
    if type(size) is int:
        pair = [size, None] if height >= width else [None, size]
    else:
        pair = list(size) if isinstance(size, (list, tuple)) else []
    whole = [side for side in pair if type(side) is int and 1 <= side <= setup.LARGEST]
    if len(pair) != 2 or not whole or any(s is not None and s not in whole for s in pair):
        raise Refused(
            f"size is {size}: it must be one whole number, or [height,width], of which one may be "
            f"null, from 1 to {setup.LARGEST}."
        )
    if pair[0] is None:
        return max(1, round(height * pair[1] / width)), pair[1]
    return pair[0], pair[1] if pair[1] is not None else max(1, round(width * pair[0] / height))


def style_size(chosen: Transfer, style: Size, size: Size) -> Size:
    """How large the style is to be seen."""
    if chosen.stretch:
        return size
    ratio = chosen.style_scale * max(size) / max(style)
    height, width = (max(1, math.floor(ratio * length + 0.5)) for length in style)
    return height, width


def seen_of(
    chosen: Transfer, pictures: dict[str, Tensor], size: Size, sides: Size
) -> dict[str, Tensor]:
    """Both pictures as large, and in the colours, as they are held against the result."""
    content, style = pictures["content"], pictures["style"]
    content, style = imaging.resized(content, size), imaging.resized(style, sides)
    if chosen.colours == "match":
        style = colours.matched(style, content)
    elif chosen.colours == "luminance":
        content, style = colours.in_grey(content, style)
    return {"content": content, "style": style}


def _look(chosen: Transfer, content: Tensor) -> Callable[[Tensor], Tensor]:
    if chosen.colours == "luminance":
        return partial(colours.recoloured, content=content)
    return lambda picture: picture


def _show(
    pictures: dict[str, Tensor], sides: Size, start: Callable, difference: bool,
    folder: Path, picture: Path, painting: Painting, trace: Trace,
) -> None:  # fmt: skip
    made, stem = painting.picture, picture.stem
    content = imaging.resized(pictures["content"], tuple(made.shape[-2:]))
    sheet = beside([content[0], imaging.resized(pictures["style"], sides)[0], made])
    save_picture(folder / f"{stem}_beside.png", sheet)
    say(f"content, style and picture: {folder}/{stem}_beside.png")
    if difference:
        began = imaging.resized(start(None), tuple(made.shape[-2:]))[0]
        save_picture(folder / f"{stem}_difference.png", (made - began).abs())
        say(f"what changed since the start: {folder}/{stem}_difference.png")
