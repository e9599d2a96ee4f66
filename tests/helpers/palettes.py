"""Palettes that nobody trained, and one that is trained in a second."""

import torch

from helpers.nets import shape_of
from helpers.pictures import dots
from helpers.training import RECIPE, octave_of, small_vgg
from texturenet.generator import release
from texturenet.generator.sharing import SharedGenerators
from texturenet.generator.trainable import Head, Norm, PyramidGenerator
from texturenet.training.palette import PaletteTraining, Together

NAMES = ("red sand", "moss.2")  # names as files may have them
EXEMPLARS = {
    "dots": torch.tensor(dots()).permute(2, 0, 1)[None].float() / 255,
    "negative": 1 - torch.tensor(dots()).permute(2, 0, 1)[None].float() / 255,
}


def random_nets(count=2, scales=3, family="mixed", seed=0):
    """Nets in training that share their convolutions; norms and heads of each are its own."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        shape = shape_of(family, scales, step=4)
        nets = SharedGenerators([PyramidGenerator(shape) for _ in range(count)])
        for part in nets.modules():
            if isinstance(part, (Norm, Head)):
                torch.nn.init.normal_(part.bias, std=0.3)
            if isinstance(part, Norm):
                torch.nn.init.uniform_(part.weight, 0.5, 1.5)
    return nets


def noise_of(shape, count=2, side=32, seed=3):
    """Of whole tori, uniform, coarse to fine."""
    generator = torch.Generator().manual_seed(seed)
    sides = [side // shape.cell(scale) for scale in range(shape.scales)]
    return [torch.rand(count, shape.noise_channels, n, n, generator=generator) for n in sides]


def palette_file(path, names=NAMES, **more):
    """A released file, and the nets in training that it is of."""
    nets = random_nets(len(names), **more)
    nets.calibrate(noise_of(nets.architecture, count=8))
    facts = {name: {"exemplar": {"name": name, "licence": f"of {name}"}} for name in names}
    card = {"name": path.stem, "law": "uniform", "step": 5, "textures": facts}
    return release.save(path, nets.freeze(), card), nets


def training(recipe=RECIPE, seed=0, early=False):
    """Of two exemplars, dots and their negative."""
    descriptor = small_vgg()
    octaves = {
        name: octave_of(exemplar, descriptor, recipe, early) for name, exemplar in EXEMPLARS.items()
    }
    torch.manual_seed(seed)
    nets = SharedGenerators([PyramidGenerator(shape_of("growing", 3, 4)) for _ in octaves])
    return PaletteTraining(nets, [Together(octaves)], recipe, {"exemplars": sorted(octaves)})
