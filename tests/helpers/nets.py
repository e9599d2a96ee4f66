"""Nets that nobody trained."""

import torch

from texturenet.generator.architecture import Architecture
from texturenet.generator.frozen import FrozenPyramid
from texturenet.noise.waves import Waves
from texturenet.sampling.texture import Texture

WAVES = Waves(32, ((0, 2), (3, -1)))


FAMILIES = ("growing", "mixed", "bare")  # bare: noise without a branch, and heads


def shape_of(family, scales, step=2, channels=3):
    """Of a small net of a family of architectures."""
    if family == "growing":
        return Architecture.growing(scales, step, channels)
    widths = tuple(step * (scales - scale) for scale in range(scales))
    bare = family == "bare"
    return Architecture(widths, 0 if bare else step, channels, heads=bare)


def random_net(scales, step=2, channels=3, seed=0, family="growing"):
    """A frozen net with random weights, scaled so that activations neither die nor explode."""
    generator = torch.Generator().manual_seed(seed)
    architecture = shape_of(family, scales, step, channels)
    weights = {}
    for name, fan, out, kernel in architecture.convolutions():
        shape = out, fan, kernel, kernel
        weights[f"{name}.weight"] = (
            torch.randn(shape, generator=generator) / (fan * kernel**2) ** 0.5
        )
        weights[f"{name}.bias"] = torch.randn(out, generator=generator) * 0.1
    return FrozenPyramid(architecture, weights)


def texture(scales, **more):
    return Texture(random_net(scales, **more), {"name": "random", "law": "uniform"})


def waved(waves=WAVES, scales=3):
    net = random_net(scales, channels=3 + waves.channels, seed=7)
    told = {"torus": waves.torus, "vectors": [list(vector) for vector in waves.vectors]}
    return Texture(net, {"name": "tartan", "law": "uniform", "waves": told})
