"""Checked options and an exemplar -> the module that trains, and what makes its run that run."""

from dataclasses import asdict, fields, replace

import torch

from ...analysis.advice import usual_waves
from ...analysis.waves import strongest
from ...descriptors import network
from ...descriptors.base import Descriptor
from ...descriptors.octaves import Octaves
from ...descriptors.weights import Weights
from ...errors import Refused
from ...generator.architecture import MAX_SIZES
from ...generator.trainable import PyramidGenerator
from ...io.exemplars import Picture
from ...losses.priors import Detail, Glints, Range, Term
from ...losses.statistics import STATISTICS
from ...losses.targets import targets_of
from ...losses.texture import TextureLoss
from ...noise.waves import Waves
from ...training.batches import crops_of
from ...training.module import TextureTraining
from ...training.recipe import Recipe
from .. import weights
from ..checks import check_weights
from ..options.training import Train
from ..plan import architecture

# What a resumed run may change: where it writes, for how long, on what.
PASSING = {
    "exemplar",
    "name",
    "out",
    "resume",
    "steps",
    "advice",
    "log",
    "device",
    "precision",
    "threads",
}


def with_defaults(chosen: Train, picture: Picture) -> tuple[Train, Weights]:
    """With what is usual where nothing is given: layers and pooling of the weights, waves of
    the exemplar; and these weights."""
    network = chosen.descriptor
    loaded = weights.load(network)
    layers = weights.layers_of(network.layers, network.usual_layers, loaded)
    layer_weights = dict.fromkeys(layers, 1.0) | (chosen.loss.layer_weights or {})
    if layer_weights:  # or else the descriptor says what is wrong
        check_weights("loss.layer_weights", layer_weights, "nothing would be learnt")
    pooling = network.pooling or loaded.pooling or network.usual_pooling
    shape = chosen.generator
    if (waves := shape.waves) is None:
        room = (MAX_SIZES["noise_channels"] - shape.noise_channels) // 2
        waves = min(usual_waves(picture.pixels, chosen.size), room)
    return replace(
        chosen,
        descriptor=replace(network, layers=layers, pooling=pooling),
        generator=replace(shape, waves=waves),
    ), loaded


def build(
    chosen: Train, loaded: Weights, picture: Picture, device: torch.device
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


def _terms(chosen: Train, picture: Picture) -> dict[str, Term]:
    """Those that have a weight."""
    loss = chosen.loss
    terms = {
        "range": Range(loss.range),
        "detail": Detail(loss.detail, picture.pixels),
        "glints": Glints(loss.glints, picture.pixels),
    }
    return {name: term for name, term in terms.items() if term.weight}


def _check_octaves(chosen: Train, descriptor: Descriptor) -> None:
    octaves, least = chosen.loss.octaves, descriptor.smallest
    if (seen := chosen.size >> (octaves - 1)) < least:
        raise Refused(
            f"size {chosen.size} is {seen} in the last of {octaves} octaves, and "
            f"{descriptor.computed[-1]} needs {least}: say a larger size, or loss.octaves=1."
        )


def _recipe(chosen: Train) -> Recipe:
    """The numbers of training, out of their groups."""
    numbers = {
        **asdict(chosen.optimizer),
        "betas": tuple(chosen.optimizer.betas),
        "law": chosen.generator.law,
        "freeze_at": chosen.freeze.at,
        "freeze_samples": chosen.freeze.samples,
        "average": chosen.freeze.average,
    }
    names = [field.name for field in fields(Recipe)]
    return Recipe(**{n: numbers[n] if n in numbers else getattr(chosen, n) for n in names})


def _origin(chosen: Train, picture: Picture, fingerprint: str, waves: Waves | None) -> dict:
    """Dotted key -> value of everything that a resumed run has to share."""
    facts = {"exemplar": picture.sha256, "descriptor weights": fingerprint}
    for key, value in asdict(chosen).items():
        if key not in PASSING:
            group = value if isinstance(value, dict) else {"": value}
            facts |= {f"{key}.{name}".rstrip("."): item for name, item in group.items()}
    # The fingerprint and the layers stand for these.
    for key in ("weights", "download", "filters", "usual_layers", "usual_pooling"):
        del facts[f"descriptor.{key}"]
    return facts | {"waves": [list(vector) for vector in waves.vectors] if waves else []}
