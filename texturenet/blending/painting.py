"""`paint()`: a picture of labels and a net for each of them -> a texture."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from ..errors import Refused
from ..sampling.texture import Texture
from ..types import Place
from .blend import SOFT, card_of, left_out, loaded, prepared
from .blended import Blend
from .labels import Labels
from .limits import MOST_LABELS, SOFTEST, WIDEST, WILDEST

SAID = 8  # labels of a list, in a sentence
COLOUR = re.compile("#[0-9a-fA-F]{6}")
WANDER = 0.125  # of the side of a cell, unless something else is said


def paint(
    labels: object,
    models: Mapping[int | str, str | Texture],
    *,
    scale: int = 1,
    spread: int | None = None,
    wander: float | None = None,
    softness: float = SOFT,
    fit: str = "once",
    origin: Place = (0, 0),
    seed: int = 0,
    invert: Collection[str] = (),
    device: str | torch.device | None = None,
    precision: str = "float32",
) -> Blend:
    """A landscape of textures, each where a picture has its label.

    Parameters
    ----------
    labels : (H,W) whole numbers from 0 to 255, or colours (H,W,3) uint8; an array, a tensor, lists
    models : {label: name, file or `Texture`}, 1 to 256. Of colours a label is "#rrggbb". Several
        labels may have one model
    scale : pixels a side that each label is enlarged to, 1 to 4096; above 1 borders are rounded
    spread : pixels over which one texture gives way to the next, 0 to 512; 32, or half of `scale`
        where that is more, but at most 512, unless given
    wander : pixels by which borders leave their lines, root mean square, 0 to 256; an eighth of
        `scale`, but at most 256, unless given, and 0 of scale 1
    softness : pixels that edges between two nets are wide, 0.5 to 64
    fit : outside of the picture: "once", its border goes on; "tile", it repeats
    origin : (row, column) of its upper left corner on the plane, in pixels
    seed : decides how borders wander
    invert : as of `blend`
    device, precision : as of `load`

    Returns
    -------
    a texture, as of `blend`: only nets that a block shows are computed there. `masks.size` is that
    of the labels in pixels; `notes` say what a user has to know

    Raises
    ------
    Refused : for labels that have no model, and as of `blend`

    Examples
    --------
    >>> land = texturenet.paint(labels, {1: "grass", 2: "gravel"}, scale=16)
    >>> land.render(512, 512, seed=3)
    """
    if not 1 <= len(models) <= MOST_LABELS:
        raise Refused(f"{len(models)} labels: a picture of labels has 1 to {MOST_LABELS}.")
    least, most = SOFTEST
    if not least <= softness <= most:  # NaN is not
        raise Refused(f"softness is {softness}: it must lie between {least} and {most:g} pixels.")
    keys = [_key(label) for label in models]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise Refused(f"label {_said(twice[0])} has two models: say one.")
    known = dict(zip(keys, models.values(), strict=True))
    different = list(dict.fromkeys(known.values()))
    numbers = {key: different.index(model) for key, model in known.items()}
    values, unused = numbered(labels, numbers)
    textures, names = loaded(different, device, precision)
    members, strength = prepared(textures, float(softness), invert)
    masks = Labels(
        tuple(names), values, scale,
        min(max(32, scale // 2), WIDEST) if spread is None else spread,
        _usual_wander(scale) if wander is None else float(wander),
        fit, origin, seed,
    )  # fmt: skip
    notes = [f"no pixel has {_listed(unused)}."] if unused else []
    notes += left_out(textures, names, "height")
    card = card_of(textures, names)
    return Blend(
        textures[0].net, card, members, masks, "height", float(softness), strength,
        notes=tuple(notes),
    )  # fmt: skip


def _usual_wander(scale: int) -> float:
    """Pixels by which borders leave their lines."""
    return min(WANDER * scale, WILDEST) if scale > 1 else 0.0


def are_colours(labels: Collection[Any]) -> bool:
    """Whether labels are colours, "#rrggbb". Raises Refused where some are and others are not."""
    colours = [str(label).startswith("#") for label in labels]
    if any(colours) and not all(colours):
        raise Refused("some labels are colours and others are numbers: say all in one way.")
    return any(colours)


def numbered(labels: object, numbers: Mapping[int, int]) -> tuple[Tensor, list[str]]:
    """A picture of labels -> the number of the net in every cell.

    Parameters
    ----------
    labels : (H,W) whole numbers, or colours (H,W,3)
    numbers : {label: number of its net}; colours as one number, as `_key` has them

    Returns
    -------
    (H,W) uint8, and the labels that no cell has, as text

    Raises
    ------
    Refused : for labels that are not in `numbers`, and what is no picture of labels
    """
    given = _tensor(labels)
    coloured = given.ndim == 3
    if coloured != any(key < 0 for key in numbers):
        raise Refused(
            "labels are colours, and models are given for numbers."
            if coloured
            else "labels are numbers, and models are given for colours."
        )
    if coloured:
        given = -1 - (given.int() @ torch.tensor([65536, 256, 1], dtype=torch.int32))  # (H,W)
    found = given.unique().tolist()
    if unknown := [label for label in found if label not in numbers]:
        raise Refused(
            f"labels without a model: {_listed([_said(one) for one in unknown])}; say one of each."
        )
    made = torch.empty(given.shape, dtype=torch.uint8)
    for label in found:
        made[given == label] = numbers[label]
    return made, [_said(label) for label in numbers if label not in found]


def _tensor(labels: object) -> Tensor:
    """(H,W) or (H,W,3) whole numbers."""
    try:
        given = torch.as_tensor(labels).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as error:
        raise Refused("labels are no picture of whole numbers.") from error
    if given.ndim not in (2, 3) or not given.numel() or (given.ndim == 3 and given.shape[2] != 3):
        raise Refused(
            f"labels have shape {tuple(given.shape)}: it must be (height, width), or of colours "
            "(height, width, 3)."
        )
    if given.is_floating_point() or given.is_complex():
        raise Refused("labels are no whole numbers: round them first.")
    given = given.long()  # torch knows no least or largest of some kinds of numbers
    low, high = int(given.min()), int(given.max())
    if low < 0 or high > 255:
        raise Refused(f"labels go from {low} to {high}: they must lie between 0 and 255.")
    return given


def _key(label: int | str) -> int:
    """A label as a number: colours are below 0."""
    text = str(label)
    if COLOUR.fullmatch(text):
        return -1 - int(text[1:], 16)
    if text.isdecimal() and int(text) <= 255:
        return int(text)
    raise Refused(f"label {label!r} is no number from 0 to 255, and no colour as '#22aa44'.")


def _said(key: int) -> str:
    return f"#{-1 - key:06x}" if key < 0 else str(key)


def _listed(labels: list[str]) -> str:
    more = f" and {len(labels) - SAID} more" if len(labels) > SAID else ""
    return ", ".join(labels[:SAID]) + more
