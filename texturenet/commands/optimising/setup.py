"""Checked options -> what an optimisation is set up with: device, descriptor, method, memory."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from ... import imaging
from ...descriptors import network
from ...descriptors.base import Descriptor
from ...descriptors.sources import sha256_of
from ...errors import Refused, nearest
from ...io.exemplars import load_picture
from ...io.files import user_path
from ...losses.content import Scaling
from ...losses.statistics import STATISTICS
from ...optimise import starts
from ...optimise.cost import seconds_to_paint, seconds_to_prepare
from ...optimise.method import Method
from ...optimise.objective import PixelUnits, Priors
from ...optimise.rescale import rescaled
from ...optimise.tasks import PaintingPlan, Style
from ...sampling.texture import TILES, Texture, load
from ...types import Size
from .. import weights
from ..checks import check_weights, set_threads
from ..options.optimising import Painting
from ..options.shared import Scaling as ScalingOptions
from ..signals import Ending
from ..terminal import duration, say
from . import budget

LARGEST = 2**15  # pixels a side
LARGE = 2**21  # pixels from which on the duration is estimated
DAY = 24 * 3600  # seconds


def check(chosen: Painting) -> None:
    """Refuse weights that count for nothing, and set the threads, before anything is loaded."""
    set_threads(chosen.threads)
    if chosen.bounds == "exemplar" and not hasattr(chosen, "exemplar"):
        raise Refused("bounds is 'exemplar', of which only gatys has one: say unit or none.")


def with_defaults(
    chosen: Painting, device: torch.device, ending: Ending, *parts: str
) -> tuple[Painting, Descriptor]:
    """With the layers usual for the descriptor, where none are given, and the descriptor, as
    deep as these. parts: what stands before the keys, as `style_`."""
    loaded, layers = weights.load(chosen.descriptor), {}
    for part in parts:
        given, usual = (getattr(chosen, f"{key}layers") for key in (part, f"usual_{part}"))
        layers[f"{part}layers"] = weights.layers_of(given, usual, loaded, f"{part}layers")
    chosen = replace(chosen, **layers)
    for part in parts:
        given = getattr(chosen, f"{part}layer_weights", None)
        check_layers(f"{part}layer", layers[f"{part}layers"], given)
    needed = [layer for some in layers.values() for layer in some]
    made = network(loaded, needed, chosen.pooling)
    return chosen, made.to(device).interruptible(ending.check)


def plan(
    chosen: Painting,
    hardware: budget.Hardware,
    descriptor: Descriptor,
    size: Size,
    *,
    scales: int = 1,
    targets: Sequence[str] = (),
    exemplar: Tensor | None = None,
    tile: str = "none",
) -> PaintingPlan:
    """What the levels share. targets: layers whose features are kept. Refused, before anything is
    as large, where there is no memory for the size."""
    made = PaintingPlan(
        descriptor=descriptor,
        units=PixelUnits(descriptor if chosen.units == "descriptor" else None),
        size=size,
        scales=scales,
        steps=chosen.steps,
        coarse_steps=getattr(chosen, "coarse_steps", 0),
        compute=budget.ways(chosen, hardware, descriptor, targets),
        compute_targets=budget.glances(chosen, hardware, descriptor),
        priors=Priors(chosen.range_weight, chosen.tv_weight, chosen.tv_exponent),
        bounds=bounds(chosen, exemplar),
        wraps=TILES[tile],
    )
    made.compute(size)
    return made


def say_duration(plan: PaintingPlan, sides: Size) -> None:
    """How long large pictures will take; refused where that is more than a day. sides: of the
    exemplar or style."""
    if max(math.prod(plan.size), math.prod(sides)) < LARGE:
        return
    seconds = seconds_to_prepare(plan, sides) + seconds_to_paint(plan)
    what = f"{plan.size[0]}x{plan.size[1]} pixels after {sides[0]}x{sides[1]}"
    if seconds > DAY:
        raise Refused(f"{what} would take about {duration(seconds)}: ask for smaller sizes.")
    say(f"{what}: about {duration(seconds)}, half or twice as long")


def normalised(chosen: Painting, made: PaintingPlan, pictures: Sequence[Tensor]) -> PaintingPlan:
    """With filters rescaled over these pictures, if the options say so."""
    if not chosen.normalise:
        return made
    largest = max((tuple(picture.shape[-2:]) for picture in pictures), key=math.prod)
    return replace(
        made, descriptor=rescaled(made.descriptor, pictures, made.compute_targets(largest))
    )


def style(chosen: Painting, prefix: str = "", weight: float = 1.0) -> Style:
    """The options of a texture loss, whose names begin with the prefix."""
    of = {key: getattr(chosen, f"{prefix}{key}") for key in ("layers", "layer_weights", "combine")}
    return Style(
        layers=of["layers"],
        statistics={name: weight for name, weight in chosen.statistics.items() if weight},
        layer_weights=of["layer_weights"] or {},
        relative=of["combine"] == "relative",
        scaling=scaling(getattr(chosen, f"{prefix}scaling")),
        weight=weight,
    )


def method(chosen: Painting) -> Method:
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


def scaling(chosen: ScalingOptions) -> Scaling:
    return Scaling(chosen.factor, chosen.channels, chosen.positions, chosen.pixels)


def bounds(chosen: Painting, picture: Tensor | None = None) -> tuple | None:
    """The colours that a picture ends at."""
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


def check_levels(made: PaintingPlan, shown: Size, what: str) -> None:
    """Refuse more scales than the picture, or what it is compared with, has pixels for."""
    deepest, smallest = made.descriptor.computed[-1], made.descriptor.smallest
    for size in made.sizes():
        for name, sides in ((what, made.shrunk(shown, size)), ("picture", size)):
            if min(sides) < smallest:
                raise Refused(
                    f"scales={made.scales} brings the {name} down to {sides[0]}x{sides[1]} pixels, "
                    f"and layer {deepest} needs {smallest}: say fewer."
                )


def check_statistics(statistics: dict[str, float]) -> None:
    for name in statistics:
        if name not in STATISTICS:
            raise Refused(f"there is no statistic {name!r}.{nearest(name, STATISTICS)}")
    check_weights("statistics", statistics, "there is nothing to match")


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
    chosen: Painting,
    pictures: dict[str, Tensor],
    net: Texture | None,
    tile: str = "none",
    spectrum: Callable[[Size], Tensor] | None = None,
) -> Callable[[Size], Tensor]:
    """init -> the picture that the first level starts from, of a size.

    pictures: those that init may name. net: of init=model:NAME. spectrum: what random phases
    are to look like, at a size.
    """
    init, seed = chosen.init, chosen.seed
    if init == "noise":
        return lambda size: starts.white(0.5, chosen.noise, size, seed, 0).clamp(0, 1)
    if init == "random_phase" and spectrum:
        return partial(_random_phase, spectrum, seed)
    if init in pictures:
        return partial(imaging.resized, pictures[init])
    if net is not None:
        return lambda size: net.render(*size, seed=seed, tile=tile)[None]
    words = ["noise", "random_phase"] if spectrum else ["noise"]
    words += [*pictures, "model:NAME"]
    if not user_path(init).exists():
        raise Refused(f"init is {init!r}, which is no file.{nearest(init, words)}")
    return partial(imaging.resized, load_picture(init).pixels)


def initial_net(chosen: Painting, device: torch.device) -> Texture | None:
    """The net of init=model:NAME."""
    kind, _, name = chosen.init.partition(":")
    return load(name, device=str(device)) if kind == "model" else None


def init_fingerprint(chosen: Painting, net: Texture | None) -> str:
    """What init is, wherever its file lies."""
    if net is not None:
        return f"model:{net.fingerprint}"
    if (path := user_path(chosen.init)).is_file():
        return f"picture:{sha256_of(path)}"
    return chosen.init


def _random_phase(spectrum: Callable[[Size], Tensor], seed: int, size: Size) -> Tensor:
    picture = spectrum(size)
    noise = starts.random_phase(picture, size, seed, 0)
    return (picture.mean((2, 3), keepdim=True) + noise).clamp(0, 1)
