"""Checked options and an exemplar -> the module that trains, and what makes its run that run."""

from dataclasses import asdict, fields, replace

import torch

from ..adviser import usual_waves
from ..convolutions import Weights
from ..descriptor import Descriptor
from ..errors import Refused
from ..exemplars import Picture
from ..generator import PyramidGenerator
from ..losses import TextureLoss
from ..networks import network
from ..noise import LAWS
from ..octaves import Octaves
from ..pyramid import LARGEST, Architecture
from ..recipe import OPTIMIZERS, SCHEDULES, Recipe
from ..statistics import STATISTICS
from ..targets import targets_of
from ..terms import Detail, Range, Term
from ..training import TextureTraining, crops_of
from ..waves import Waves, strongest
from . import describing, options
from .ranges import MANY, check_betas, check_numbers, check_weights, check_words

# (least, most) of every number; noise is addressed with 32 bits of the seed.
RANGES = {
    "size": (1, 8192),
    "batch": (1, 4096),
    "steps": (1, MANY),
    "seed": (0, 2**32 - 1),
    "picture.side": (1, MANY),
    "picture.crops": (1, MANY),
    "generator.waves": (0, 16),
    "loss.gram": (0, 1e6),
    "loss.covariance": (0, 1e6),
    "loss.mean": (0, 1e6),
    "loss.deviation": (0, 1e6),
    "loss.range": (0, 1e6),
    "loss.detail": (0, 1e6),
    "loss.ridge": (0, 1e6),
    "loss.octaves": (1, 6),
    "optimizer.learning_rate": (1e-12, 10),
    "optimizer.matrix_rate": (1e-12, 10),
    "optimizer.momentum": (0, 0.9999),
    "optimizer.hold": (0, 1),
    "optimizer.floor": (0, 1),
    "optimizer.decay": (0, 1),
    "optimizer.every": (1, MANY),
    "freeze.at": (0, 1),
    "freeze.samples": (1, 4096),
    "freeze.average": (0, 1),
    "guard.times": (0, 1000),
    "guard.every": (1, MANY),
    "guard.worse": (1, 1e6),
    "guard.alike": (0, 1),
    "guard.patience": (0, 1),
    "log.previews": (1, MANY),
    "log.checkpoints": (1, MANY),
    "trainer.threads": (1, 1024),
}
WORDS = {
    "advice": ("told", "followed", "none"),
    "generator.law": LAWS,
    "loss.combine": TextureLoss.COMBINATIONS,
    "loss.units": TextureLoss.UNITS,
    "optimizer.kind": OPTIMIZERS,
    "optimizer.schedule": SCHEDULES,
}
# What a resumed run may change: where it writes, for how long, on what.
PASSING = {"exemplar", "name", "out", "resume", "steps", "advice", "log", "trainer"}


def check(chosen: options.Train) -> None:
    """Refuse numbers out of their range and words that do not exist, before anything is loaded."""
    check_numbers(chosen, RANGES)
    check_words(chosen, WORDS)
    check_betas("optimizer.betas", chosen.optimizer.betas)
    loss = chosen.loss
    if not any(getattr(loss, name) for name in STATISTICS):
        names = ", ".join(f"loss.{name}" for name in STATISTICS)
        raise Refused(f"{names} are all 0: nothing would be learnt.")
    shape = architecture(chosen, 2 * (chosen.generator.waves or 0))
    shape.check_period("size", chosen.size)


def settled(chosen: options.Train, picture: Picture) -> tuple[options.Train, Weights]:
    """With what is usual where nothing was asked for: layers and pooling of the weights, waves of
    the exemplar; and these weights."""
    told = chosen.descriptor
    loaded = describing.load(told)
    layers = describing.layers_of(told.layers, told.usual_layers, loaded)
    weights = dict.fromkeys(layers, 1.0) | (chosen.loss.layer_weights or {})
    if weights:  # or else the descriptor says what is wrong
        check_weights("loss.layer_weights", weights, "nothing would be learnt")
    pooling = told.pooling or loaded.pooling or told.usual_pooling
    shape = chosen.generator
    if (waves := shape.waves) is None:
        room = (LARGEST["noise_channels"] - shape.noise_channels) // 2
        waves = min(usual_waves(picture.pixels, chosen.size), room)
    return replace(
        chosen,
        descriptor=replace(told, layers=layers, pooling=pooling),
        generator=replace(shape, waves=waves),
    ), loaded


def build(
    chosen: options.Train, loaded: Weights, picture: Picture, device: torch.device
) -> TextureTraining:
    """Generator, descriptor and targets, ready to be trained. `chosen` has passed `check` and
    `settled`."""
    descriptor = network(loaded, chosen.descriptor.layers, chosen.descriptor.pooling).to(device)
    crops = crops_of(picture.pixels, chosen.size, chosen.picture.crops)
    terms = chosen.loss
    if terms.octaves > 1:
        _check_octaves(chosen, descriptor)
        descriptor = Octaves(descriptor, terms.octaves)
    loss = TextureLoss(
        targets_of((crop.to(device) for crop in crops), descriptor, pooled=terms.pooled),
        {name: getattr(terms, name) for name in STATISTICS},
        terms.layer_weights,
        combine=terms.combine,
        unit_gradient=terms.unit_gradient,
        pooled=terms.pooled,
        units=terms.units,
        ridge=terms.ridge,
    )
    count = chosen.generator.waves
    waves = strongest(picture.pixels, chosen.size, count) if count else None
    # The first weights come from the seed and from nothing that ran before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(chosen.seed)
        generator = PyramidGenerator(architecture(chosen, waves.channels if waves else 0))
    origin = _origin(chosen, picture, loaded.sha256, waves)
    others = _terms(chosen, picture)
    return TextureTraining(generator, descriptor, loss, others, _recipe(chosen), waves, origin)


def _terms(chosen: options.Train, picture: Picture) -> dict[str, Term]:
    """Those that have a weight."""
    told = chosen.loss
    found = {"range": Range(told.range), "detail": Detail(told.detail, picture.pixels)}
    return {name: term for name, term in found.items() if term.weight}


def _check_octaves(chosen: options.Train, descriptor: Descriptor) -> None:
    octaves, least = chosen.loss.octaves, descriptor.smallest
    if (seen := chosen.size >> (octaves - 1)) < least:
        raise Refused(
            f"size {chosen.size} is {seen} in the last of {octaves} octaves, and "
            f"{descriptor.computed[-1]} needs {least}: say a larger size, or loss.octaves=1."
        )


def architecture(chosen: options.Train, behind: int) -> Architecture:
    """behind: channels beside those of the noise."""
    shape = chosen.generator
    return Architecture(shape.scales, shape.step, shape.noise_channels + behind)


def _recipe(chosen: options.Train) -> Recipe:
    """The numbers of training, out of their groups."""
    known = {
        **asdict(chosen.optimizer),
        "betas": tuple(chosen.optimizer.betas),
        "law": chosen.generator.law,
        "freeze_at": chosen.freeze.at,
        "freeze_samples": chosen.freeze.samples,
        "average": chosen.freeze.average,
    }
    names = [field.name for field in fields(Recipe)]
    return Recipe(**{n: known[n] if n in known else getattr(chosen, n) for n in names})


def _origin(chosen: options.Train, picture: Picture, fingerprint: str, waves: Waves | None) -> dict:
    """Dotted key -> value of everything that a resumed run has to share."""
    facts = {"exemplar": picture.sha256, "descriptor weights": fingerprint}
    for key, value in asdict(chosen).items():
        if key not in PASSING:
            group = value if isinstance(value, dict) else {"": value}
            facts |= {f"{key}.{name}".rstrip("."): item for name, item in group.items()}
    for key in (
        "weights",
        "download",
        "filters",
        "usual_layers",
        "usual_pooling",
    ):  # the fingerprint, and layers
        del facts[f"descriptor.{key}"]
    return facts | {"waves": [list(vector) for vector in waves.vectors] if waves else []}
