"""texturenet transfer: the content of one picture with the style of another."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from torch import Tensor

from .. import colours, starts, tasks
from ..errors import Refused
from ..exemplars import load_picture
from ..images import beside, save_picture
from ..painting import Painting
from ..tasks import Size
from . import door, easel, options, studio, within
from .gatys import COMBINATIONS
from .progress import say
from .ranges import MANY, check_numbers, check_weights, check_words
from .trace import Trace

NOTHING = "the picture would stay as it is"


def main(arguments: Sequence[str]) -> int:
    return door.run(
        "transfer", options.Transfer, lambda chosen: studio.paint(work(chosen)), arguments
    )


def painting(**overrides: object) -> Painting:
    return studio.painting("transfer", options.Transfer, work, overrides)


def work(chosen: options.Transfer) -> studio.Work:
    """Check, read, set up."""
    check(chosen)
    given = {name: load_picture(getattr(chosen, name)) for name in ("content", "style")}
    pictures = {name: picture.pixels for name, picture in given.items()}
    size = size_of(chosen.size, tuple(pictures["content"].shape[-2:]))
    chosen, descriptor = easel.settled(chosen, "content_", "style_")
    sides = style_size(chosen, tuple(pictures["style"].shape[-2:]), size)
    for name, given_size in (("size", size), ("style", sides)):
        easel.check_size(given_size, descriptor.smallest, descriptor.computed[-1], name)
    scales = chosen.scales or tasks.octaves(*size, *sides)
    plan = easel.plan(chosen, descriptor, size, scales=scales, held=chosen.content_layers)
    plan.glance(sides)
    easel.check_levels(plan, sides, "style")
    seen = seen_of(chosen, pictures, size, sides)
    plan = easel.normalised(chosen, plan, list(seen.values()))
    levels = tasks.transfer(
        plan, seen["content"], seen["style"],
        easel.style(chosen, "style_", chosen.style_weight), content(chosen),
        easel.start(chosen, seen),
    )  # fmt: skip
    told = []
    for name, picture in given.items():
        height, width = picture.pixels.shape[-2:]
        told.append("; ".join([f"{name} {picture.name}: {height}x{width}", *picture.notes]))
    look = _look(chosen, starts.resized(pictures["content"], size))
    return studio.Work(
        kind="transfer",
        name=f"{given['content'].name}_{given['style'].name}",
        told=told,
        chosen=chosen,
        painting=Painting(levels, easel.method(chosen), within.hardware(chosen)[0], look),
        facts={
            "init": easel.told(chosen),
            **{name: studio.fingerprint(picture) for name, picture in pictures.items()},
            "weights": descriptor.fingerprint,
        },
        finish=partial(_show, pictures, sides, levels[0].start, chosen.difference),
    )


def check(chosen: options.Transfer) -> None:
    easel.check(chosen)
    weights = dict.fromkeys(("content_weight", "style_weight"), (0, 1e12))
    numbers = {"scales": (1, 12), "coarse_steps": (0, MANY), "style_scale": (0.01, 100)}
    check_numbers(chosen, weights | numbers)
    words = dict.fromkeys(("content_combine", "style_combine"), COMBINATIONS)
    check_words(chosen, words | {"colours": colours.KEPT})
    easel.check_statistics(chosen.statistics)
    check_weights("content_weight and style_weight", {
        "content_weight": chosen.content_weight, "style_weight": chosen.style_weight,
    }, NOTHING)  # fmt: skip
    for key in ("content", "style"):
        easel.check_scaling(chosen, f"{key}_scaling")


def content(chosen: options.Transfer) -> tasks.Content:
    return tasks.Content(
        layer_weights=dict.fromkeys(chosen.content_layers, 1.0)
        | (chosen.content_layer_weights or {}),
        relative=chosen.content_combine == "relative",
        scaling=easel.scaling(chosen.content_scaling),
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
    whole = [side for side in pair if type(side) is int and 1 <= side <= easel.LARGEST]
    if len(pair) != 2 or not whole or any(s is not None and s not in whole for s in pair):
        raise Refused(
            f"size is {size}: it must be one whole number, or [height,width], of which one may be "
            f"null, from 1 to {easel.LARGEST}."
        )
    if pair[0] is None:
        return max(1, round(height * pair[1] / width)), pair[1]
    return pair[0], pair[1] if pair[1] is not None else max(1, round(width * pair[0] / height))


def style_size(chosen: options.Transfer, style: Size, size: Size) -> Size:
    """How large the style is to be seen."""
    if chosen.stretch:
        return size
    ratio = chosen.style_scale * max(size) / max(style)
    height, width = (max(1, math.floor(ratio * length + 0.5)) for length in style)
    return height, width


def seen_of(
    chosen: options.Transfer, pictures: dict[str, Tensor], size: Size, sides: Size
) -> dict[str, Tensor]:
    """Both pictures as large, and in the colours, as they are held against the result."""
    content, style = pictures["content"], pictures["style"]
    content, style = starts.resized(content, size), starts.resized(style, sides)
    if chosen.colours == "match":
        style = colours.matched(style, content)
    elif chosen.colours == "luminance":
        content, style = colours.in_grey(content, style)
    return {"content": content, "style": style}


def _look(chosen: options.Transfer, content: Tensor) -> Callable[[Tensor], Tensor]:
    if chosen.colours == "luminance":
        return partial(colours.recoloured, content=content)
    return lambda picture: picture


def _show(
    pictures: dict[str, Tensor], sides: Size, start: Callable, difference: bool,
    folder: Path, picture: Path, painting: Painting, trace: Trace,
) -> None:  # fmt: skip
    made, stem = painting.picture, picture.stem
    content = starts.resized(pictures["content"], tuple(made.shape[-2:]))
    sheet = beside([content[0], starts.resized(pictures["style"], sides)[0], made])
    save_picture(folder / f"{stem}_beside.png", sheet)
    say(f"content, style and picture: {folder}/{stem}_beside.png")
    if difference:
        began = starts.resized(start(None), tuple(made.shape[-2:]))[0]
        save_picture(folder / f"{stem}_difference.png", (made - began).abs())
        say(f"what changed since the start: {folder}/{stem}_difference.png")
