"""Checked options -> a builder ready to begin: ranVGG or singleVGG on a picture."""

from collections.abc import Callable

import torch

from ...descriptors import random
from ...descriptors.vgg import Vgg, layer_names
from ...errors import Refused, nearest
from ...io.exemplars import Picture
from ...optimise import memory
from ...optimise.blocks import Compute
from ...optimise.method import Method
from ...untrained.base import VggBuilder, VggPlan
from ...untrained.layer import Targets
from ...untrained.ranvgg import RanVgg
from ...untrained.singlevgg import SingleVgg
from ..checks import set_threads
from ..optimising import budget, setup
from ..options.descriptor import Building


def check(chosen: Building) -> None:
    set_threads(chosen.threads)
    layers = [name for name in layer_names(chosen.architecture) if name[:4] in ("relu", "pool")]
    for layer in chosen.layers:
        if layer not in layers:
            raise Refused(f"layers has {layer!r}.{nearest(layer, layers)}")
    if not chosen.layers:
        raise Refused("layers is empty: name one at least.")


def builder_of(
    chosen: Building, picture: Picture, interruption: Callable[[], None] | None = None
) -> VggBuilder:
    """Set up; refused where the picture is too small or the memory not enough. interruption:
    called between convolutions, may raise."""
    size = tuple(picture.pixels.shape[-2:])
    shapes = random.shapes(chosen.architecture, chosen.width)
    whole = _outline(chosen, shapes)
    setup.check_size(size, whole.smallest, whole.computed[-1], "image")
    device, half = budget.hardware(chosen)
    plan = VggPlan(
        **{key: getattr(chosen, key) for key in ("architecture", "width", "deviation", "seed")},
        targets=Targets(
            layers=chosen.layers,
            built=chosen.targets == "built",
            normalise=chosen.normalise,
            automatic=chosen.weighting == "automatic",
            pooling=chosen.pooling,
        ),
        evaluations=chosen.evaluations,
        noise=chosen.noise,
        method=method(chosen),
        compute=Compute(half),
        check=interruption,
    )
    _check_memory(chosen, whole, size, plan.compute, device)
    if chosen.kind == "ranvgg":
        return RanVgg(plan, picture.pixels, device, n_samples=chosen.n_samples)
    numbers = {key: getattr(chosen, key) for key in ("n_epochs", "weight_steps", "learning_rate")}
    return SingleVgg(plan, picture.pixels, device, **numbers)


def method(chosen: Building) -> Method:
    """L-BFGS; the numbers of Adam are those of its paper, should it be what is left to try."""
    return Method(
        name="lbfgs",
        learning_rate=1.0,
        history=chosen.history,
        line_search=chosen.line_search,
        betas=(0.9, 0.999),
        decay=1.0,
        every=1,
        restart=None,
    )


def _outline(chosen: Building, shapes: dict[str, tuple]) -> Vgg:
    """The whole network without its values."""
    empty = {
        name: (torch.empty(shape, device="meta"), torch.empty(shape[0], device="meta"))
        for name, shape in shapes.items()
    }
    kind = {"convention": random.CONVENTION, "pooling": chosen.pooling}
    return Vgg(empty, ["pool5"], architecture=chosen.architecture, **kind)


def _check_memory(
    chosen: Building,
    whole: Vgg,
    size: tuple[int, int],
    way: Compute,
    device: torch.device,
) -> None:
    weights = sum(buffer.numel() * 4 for _, buffer in whole.named_buffers())
    needed = memory.of_features(whole, size, way) + memory.of_optimizer(size, chosen.history)
    needed += 4 * weights  # the layers done, those drawn, a copy of both
    if chosen.kind == "singlevgg":  # learns in float32, from two pictures at once
        needed += 2 * memory.of_features(whole, size, Compute())
    limit = memory.limit_of(device, chosen.max_memory and chosen.max_memory * 1e9)
    if needed > limit:
        raise Refused(
            f"{size[0]}x{size[1]} pixels need about {needed / 1e9:.1f} GB of memory beyond what is "
            f"in use, and {max(limit, 0) / 1e9:.1f} GB may be taken: say a smaller picture.side or "
            "width."
        )
