"""Checked options -> what an optimisation is set up with: device, descriptor, method, memory."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from .. import starts
from .. import weights as descriptors
from ..descriptor import POOLINGS, Vgg, layer_names
from ..errors import Refused, nearest
from ..exemplars import load_picture
from ..files import user_path
from ..losses import Scaling
from ..methods import OPTIMIZERS, Method
from ..objective import Plain, Units
from ..rescale import rescaled
from ..sampler import load
from ..tasks import Plan, Size
from ..weights import sha256_of
from . import options, within
from .ranges import MANY, at, check_betas, check_numbers, check_weights, check_words
from .sample import share

LARGEST = 2**15  # pixels a side
RANGES = {
    "seed": (0, 2**64 - 1),
    "noise": (0, 1),
    "steps": (0, MANY),
    "range_weight": (0, 1e12),
    "tv_weight": (0, 1e12),
    "tv_exponent": (0.5, 2),
    "learning_rate": (1e-12, 1e3),
    "history": (1, 1000),
    "restart": (1, MANY),
    "decay": (0, 1),
    "every": (1, MANY),
    "max_memory": (0.1, 1e6),
    "log.previews": (1, MANY),
    "log.checkpoints": (1, MANY),
}
WORDS = {
    "optimizer": OPTIMIZERS,
    "pooling": POOLINGS,
    "units": ("unit", "descriptor"),
    "device": ("auto", "cpu", "gpu"),
    "precision": ("auto", "float32", "bfloat16"),
}
POWERS = dict.fromkeys(("channels", "positions", "pixels"), (-8, 8))


def check(chosen: options.Painting) -> None:
    """Refuse numbers and words that cannot be, before anything is loaded."""
    share(chosen.threads, 1)
    check_numbers(chosen, RANGES)
    check_words(chosen, WORDS)
    check_betas("betas", chosen.betas)


def check_scaling(chosen: options.Painting, key: str) -> None:
    check_numbers(at(chosen, key), {"factor": (1e-30, 1e30)} | POWERS, f"{key}.")


def network(
    chosen: options.Painting, layers: Sequence[str], pictures: Sequence[Tensor] = ()
) -> Vgg:
    """The descriptor, as deep as these layers. pictures: what filters are rescaled over."""
    loaded = descriptors.load(chosen.descriptor.weights, download=chosen.descriptor.download)
    known = layer_names(loaded.architecture)
    for layer in layers:
        if layer not in known:
            raise Refused(f"{loaded.architecture} has no layer {layer!r}.{nearest(layer, known)}")
    kind = {"architecture": loaded.architecture, "convention": loaded.convention}
    kind["pooling"] = chosen.pooling
    tensors = loaded.tensors
    if chosen.normalise and len(pictures):
        deepest = max(layers, key=known.index)
        largest = max((tuple(p.shape[-2:]) for p in pictures), key=math.prod)
        plainly = Vgg(tensors, layers, **kind)
        tensors = rescaled(
            tensors, deepest, pictures, within.glances(chosen, plainly)(largest), **kind
        )
    made = Vgg(tensors, list(dict.fromkeys(layers)), fingerprint=loaded.sha256, **kind)
    return made.to(within.hardware(chosen)[0])


def method(chosen: options.Painting) -> Method:
    return Method(
        name=chosen.optimizer,
        learning_rate=chosen.learning_rate,
        history=chosen.history,
        line_search=chosen.line_search,
        betas=tuple(chosen.betas),
        decay=chosen.decay,
        every=chosen.every,
        restart=chosen.restart,
    )


def plain(chosen: options.Painting) -> Plain:
    return Plain(chosen.range_weight, chosen.tv_weight, chosen.tv_exponent)


def scaling(chosen: options.Scaling) -> Scaling:
    return Scaling(chosen.factor, chosen.channels, chosen.positions, chosen.pixels)


def units(chosen: options.Painting, descriptor: Vgg) -> Units:
    return Units(descriptor if chosen.units == "descriptor" else None)


def bounds(chosen: options.Painting, picture: Tensor | None = None) -> tuple | None:
    """The colours that a picture ends at."""
    known = ["unit", "none"] + ["exemplar"] * (picture is not None)
    if chosen.bounds not in known:
        raise Refused(f"bounds is {chosen.bounds!r}.{nearest(chosen.bounds, known)}")
    if chosen.bounds == "exemplar":
        colours = picture[0].flatten(1)  # (3,N)
        return colours.amin(1).view(3, 1, 1), colours.amax(1).view(3, 1, 1)
    return (torch.zeros(3, 1, 1), torch.ones(3, 1, 1)) if chosen.bounds == "unit" else None


def check_size(size: Size, smallest: int, layer: str, what: str = "size") -> None:
    for length in size:
        if not smallest <= length <= LARGEST:
            raise Refused(
                f"{what} is {size[0]}x{size[1]}: both sides must lie between {smallest}, which "
                f"layer {layer} needs, and {LARGEST}."
            )


def check_levels(plan: Plan, shown: Tensor, what: str) -> None:
    """Refuse more scales than the picture, or what it is held against, has pixels for; and a
    picture that there is no memory for, before anything starts."""
    plan.way(plan.size)
    deepest, smallest = plan.descriptor.computed[-1], plan.descriptor.smallest
    for size in plan.sizes():
        for name, sides in ((what, plan.shrink(shown, size).shape[-2:]), ("picture", size)):
            if min(sides) < smallest:
                raise Refused(
                    f"scales={plan.scales} brings the {name} down to {sides[0]}x{sides[1]} pixels, "
                    f"and layer {deepest} needs {smallest}: say fewer."
                )


def check_layers(key: str, layers: Sequence[str], given: dict[str, float] | None) -> None:
    """Layers and the weights of some of them: none foreign, and one at least that counts."""
    if not layers:
        raise Refused(f"{key}s is empty: name one at least.")
    for layer in given or ():
        if layer not in layers:
            raise Refused(f"{key}_weights: {layer!r} is not among {key}s.{nearest(layer, layers)}")
    weights = dict.fromkeys(layers, 1.0) | (given or {})
    check_weights(f"{key}_weights", weights, "nothing would be matched")


def start(
    chosen: options.Painting,
    pictures: dict[str, Tensor],
    tile: str = "none",
    spectrum: Callable[[Size], Tensor] | None = None,
) -> Callable[[Size], Tensor]:
    """init -> the picture that the first level starts from, of a size.

    pictures: those that init may name. spectrum: what random phases are to look like, at a size.
    """
    init, seed = chosen.init, chosen.seed
    if init == "noise":
        return lambda size: starts.white(0.5, chosen.noise, size, seed, 0).clamp(0, 1)
    if init == "random_phase" and spectrum:
        return partial(_random_phase, spectrum, seed)
    if init in pictures:
        return partial(starts.resized, pictures[init])
    kind, _, name = init.partition(":")
    if kind == "model":
        texture = load(name)
        return lambda size: texture.render(*size, seed=seed, tile=tile)[None]
    known = ["noise", *["random_phase"] * bool(spectrum), *pictures, "model:NAME"]
    if not user_path(init).exists():
        raise Refused(f"init is {init!r}, which is no file.{nearest(init, known)}")
    return partial(starts.resized, load_picture(init).pixels)


def told(chosen: options.Painting) -> str:
    """What init is, wherever its file lies."""
    kind, _, name = chosen.init.partition(":")
    if kind == "model":
        return f"{kind}:{load(name).fingerprint}"
    if (path := user_path(chosen.init)).is_file():
        return f"picture:{sha256_of(path)}"
    return chosen.init


def _random_phase(spectrum: Callable[[Size], Tensor], seed: int, size: Size) -> Tensor:
    picture = spectrum(size)
    noise = starts.random_phase(picture, size, seed, 0)
    return (picture.mean((2, 3), keepdim=True) + noise).clamp(0, 1)
