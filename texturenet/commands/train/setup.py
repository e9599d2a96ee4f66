"""Checked options and an exemplar -> the module that trains, and what makes its run that run."""

from dataclasses import asdict, fields, replace
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ...analysis.advice import shrunk, usual_waves
from ...analysis.regularity import regularity
from ...analysis.repeating import Repeating, repeating
from ...descriptors import network
from ...descriptors.weights import Weights
from ...errors import Refused
from ...generator.architecture import MOST_NOISE
from ...generator.trainable import PyramidGenerator
from ...io.exemplars import Picture
from ...losses.patches import PatchCovariance
from ...materials.reading import Material
from ...noise.steering import Steering
from ...noise.waves import Waves
from ...training.module import TextureTraining
from ...training.recipe import Recipe
from ...training.views import View, Views
from .. import weights
from ..checks import check_weights
from ..options.training import Train
from ..plan import architecture, octaves_of
from . import steering
from .comparing import (
    check_octaves,
    narrower_of,
    octave_of,
    of_crops,
    placed_of,
    whole_from,
)

UNITS = 2  # numbers that each unit of a lattice has, where nothing is given

# What a resumed run may change: where it writes, for how long, on what.
PASSING = {
    "exemplar",
    "material",
    "maps",
    "exemplars",
    "into",
    "name",
    "out",
    "parent",  # its fingerprint stands for it
    "resume",
    "steps",
    "minutes",
    "budget",
    "advice",
    "log",
    "trainer",
    "device",
    "precision",
    "recorded",
    "threads",
}


def with_defaults(
    chosen: Train, picture: Picture, material: Material | None = None
) -> tuple[Train, Weights]:
    """With what is usual where nothing is given: layers and pooling of the weights, waves and
    octaves of the exemplar; and these weights."""
    network = chosen.descriptor
    loaded = weights.load(network)
    layers = weights.layers_of(network.layers, network.usual_layers, loaded)
    layer_weights = dict.fromkeys(layers, 1.0) | (chosen.loss.layer_weights or {})
    if layer_weights:  # or else the descriptor says what is wrong
        check_weights("loss.layer_weights", layer_weights, "nothing would be learnt")
    pooling = network.pooling or loaded.pooling or network.usual_pooling
    shape = chosen.generator
    octaves = _octaves_that_fit(chosen, picture)
    left = MOST_NOISE - shape.noise_channels
    units = min(UNITS, max(0, left - 2 * (shape.waves or 1)))
    units = units if shape.units is None else shape.units
    if chosen.steer != "none" or chosen.exemplars:
        waves = 0
    elif (waves := shape.waves) is None:
        seen = chosen.size << (octaves - 1)  # of the exemplar, in a picture of the last octave
        usual = usual_waves(_repeating(picture, material), seen)
        waves = min(usual, max(0, left - units) // 2)
    return replace(
        chosen,
        picture=replace(chosen.picture, octaves=octaves),
        descriptor=replace(network, layers=layers, pooling=pooling),
        generator=replace(shape, waves=waves, units=units if waves else 0),
    ), loaded


def _octaves_that_fit(chosen: Train, picture: Picture) -> int:
    sides = picture.pixels.shape[-2:]
    octaves = chosen.picture.octaves or octaves_of(sides)
    if (smallest := min(sides) >> (octaves - 1)) < chosen.size:
        raise Refused(
            f"picture.octaves={octaves} bring {picture.name} down to {smallest} pixels, fewer than "
            f"the {chosen.size} trained on: say fewer octaves, or a smaller size."
        )
    return octaves


def build(
    chosen: Train,
    loaded: Weights,
    picture: Picture,
    device: torch.device,
    material: Material | None = None,
) -> TextureTraining:
    """Generator, descriptor and targets, ready to be trained. `chosen` has passed `check` and
    `with_defaults`. material: whose colour the picture is."""
    descriptor = network(loaded, chosen.descriptor.layers, chosen.descriptor.pooling).to(device)
    check_octaves(chosen, descriptor)
    sizes = _sizes(chosen, picture.pixels)
    triplets = material.triplets() if material else {}
    narrower = narrower_of(chosen, descriptor, [*sizes, *triplets.values()])
    given = chosen.generator
    found = _found(chosen, _repeating(picture, material), given.waves) if given.waves else None
    waves = found and found.with_units(given.units)
    steered = chosen.steer != "none"
    told = steering.steering_of(chosen, picture.pixels) if steered else None
    # The first weights come from the seed and from nothing that ran before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(chosen.seed)
        shape = architecture(chosen, _channels(waves) + _channels(told))
        if material:
            shape = replace(shape, outputs=material.layout.count)
        generator = PyramidGenerator(shape)
    origin = _origin(chosen, picture, loaded.sha256, waves)
    if told:
        octave = partial(of_crops, chosen, descriptor, narrower)
        return steering.training(
            chosen, told, picture.pixels, generator, octave, recipe_of(chosen), origin
        )
    octaves = [octave_of(chosen, descriptor, narrower, pixels) for pixels in sizes]
    planes = _sizes(chosen, material.planes) if material else sizes
    placed = placed_of(chosen.loss, found, planes, waves, chosen.size) if found and waves else {}
    recipe = recipe_of(chosen)
    if material is None:
        return TextureTraining(generator, octaves, recipe, waves, origin, None, placed)
    views = {
        triplet: View(triplet, octave_of(chosen, descriptor, narrower, pixels))
        for triplet, pixels in triplets.items()
    }
    groups = {name: views[triplet] for name, triplet in material.layout.groups().items()}
    mixes = [views[triplet] for triplet in material.layout.mixes()]
    weight = chosen.loss.together
    together = (PatchCovariance(material.planes, chosen.size), weight) if weight else None
    compared = Views(material.layout, groups, mixes, chosen.loss.maps, together)
    origin |= {"maps": material.fingerprint}
    return TextureTraining(generator, octaves, recipe, waves, origin, compared, placed)


def _sizes(chosen: Train, exemplar: Tensor) -> list[Tensor]:
    """An exemplar (1,3,H,W) as it is, and halved once, twice .."""
    sizes = [exemplar]
    while len(sizes) < chosen.picture.octaves:
        sizes.append(F.avg_pool2d(sizes[-1], 2))
    return sizes


def _channels(beside: Waves | Steering | None) -> int:
    return beside.channels if beside else 0


def _repeating(picture: Picture, material: Material | None) -> Tensor:
    """What of an exemplar comes back (1,3,h,w): its colour, or, of tiles that differ in colour, its
    height."""
    relief = material.relief if material else None
    if relief is None or regularity(shrunk(picture.pixels)).regular:
        return picture.pixels
    return relief


def _found(chosen: Train, exemplar: Tensor, count: int) -> Repeating | None:
    """On the torus that is trained on, or, in windows, on the square that fits the exemplar."""
    closing = None if chosen.windows else chosen.size
    return repeating(exemplar, count, architecture(chosen, 0).coarsest, closing)


def recipe_of(chosen: Train) -> Recipe:
    """The numbers of training, out of their groups."""
    numbers = {
        "steps": chosen.steps or chosen.budget.most,  # the most, until some are measured
        **asdict(chosen.optimizer),
        "betas": tuple(chosen.optimizer.betas),
        "law": chosen.generator.law,
        "freeze_at": chosen.freeze.at,
        "freeze_samples": chosen.freeze.samples,
        "average": chosen.freeze.average,
        "whole_from": whole_from(chosen),
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
