"""Checked options -> what an optimisation is set up with: device, descriptor, method, memory."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import torch
from torch import Tensor

from .. import memory, starts
from .. import weights as descriptors
from ..descent import OPTIMIZERS, Method
from ..descriptor import POOLINGS, Vgg, layer_names, rescaled
from ..errors import Refused, nearest
from ..exemplars import load_picture
from ..files import user_path
from ..losses import Scaling
from ..objective import Plain, Units
from ..precision import has_bfloat16
from ..sampler import load
from ..tasks import Plan, Size
from ..views import Way
from . import options
from .progress import say
from .ranges import MANY, check_betas, check_numbers, check_weights, check_words
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
LESS = "ask for a smaller size, history or max_memory, optimizer=adam, or precision=bfloat16"


def check(chosen: options.Painting) -> None:
    """Refuse numbers and words that cannot be, before anything is loaded."""
    share(chosen.threads, 1)
    check_numbers(chosen, RANGES)
    check_words(chosen, WORDS)
    check_betas("betas", chosen.betas)


def hardware(chosen: options.Painting) -> tuple[torch.device, bool]:
    """(device, whether convolutions run in bfloat16), with `auto` decided."""
    usable = torch.cuda.is_available()
    if chosen.device == "gpu" and not usable:
        raise Refused("no GPU can be used here: leave device=gpu out, or say device=cpu.")
    device = torch.device("cuda" if usable and chosen.device != "cpu" else "cpu")
    if chosen.precision == "auto":
        return device, has_bfloat16(device.type)
    return device, chosen.precision == "bfloat16"


def network(chosen: options.Painting, layers: Sequence[str], pictures: Sequence[Tensor]) -> Vgg:
    """The descriptor, as deep as these layers. pictures: what filters are rescaled over."""
    loaded = descriptors.load(chosen.descriptor.weights, download=chosen.descriptor.download)
    known = layer_names(loaded.architecture)
    for layer in layers:
        if layer not in known:
            raise Refused(f"{loaded.architecture} has no layer {layer!r}.{nearest(layer, known)}")
    kind = {"architecture": loaded.architecture, "convention": loaded.convention}
    kind["pooling"] = chosen.pooling
    tensors = loaded.tensors
    if chosen.normalise:
        tensors = rescaled(tensors, pictures, **kind)
    made = Vgg(tensors, list(dict.fromkeys(layers)), fingerprint=loaded.sha256, **kind)
    return made.to(hardware(chosen)[0])


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


def ways(
    chosen: options.Painting, descriptor: Vgg, held: Sequence[str] = ()
) -> Callable[[Size], Way]:
    """size -> how its gradient is computed within the memory there is. held: layers whose features
    are kept as targets."""
    device, half = hardware(chosen)
    limit = memory.limit_of(device, chosen.max_memory and chosen.max_memory * 1e9)
    history = chosen.history if chosen.optimizer == "lbfgs" else 0

    @cache
    def way(size: Size) -> Way:
        fixed = memory.of_optimizer(size, history)
        fixed += memory.of_targets(descriptor, size, held, half)
        found = memory.way_within(limit, descriptor, size, half, fixed, LESS)
        if found.block:
            say(f"{size[0]}x{size[1]} in blocks of {found.block} pixels, to save memory")
        elif found.thrifty:
            say(f"{size[0]}x{size[1]} with features computed twice, to save memory")
        return found

    return way


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
    chosen: options.Painting, pictures: dict[str, Tensor], tile: str = "none"
) -> Callable[[Size], Tensor]:
    """init -> the picture that the first level starts from, of a size.

    pictures: those that init may name; the first of them lends its phases' spectrum.
    """
    init, seed = chosen.init, chosen.seed
    if init == "noise":
        return lambda size: starts.white(0.5, chosen.noise, size, seed, 0).clamp(0, 1)
    if init == "random_phase":
        return partial(_random_phase, next(iter(pictures.values())), seed)
    if init in pictures:
        return partial(starts.resized, pictures[init])
    kind, _, name = init.partition(":")
    if kind == "model":
        texture = load(name)
        return lambda size: texture.render(*size, seed=seed, tile=tile)[None]
    known = ["noise", "random_phase", *pictures, "model:NAME"]
    if not user_path(init).exists():
        raise Refused(f"init is {init!r}, which is no file.{nearest(init, known)}")
    return partial(starts.resized, load_picture(init).pixels)


def _random_phase(picture: Tensor, seed: int, size: Size) -> Tensor:
    noise = starts.random_phase(picture, size, seed, 0)
    return (picture.mean((2, 3), keepdim=True) + noise).clamp(0, 1)
