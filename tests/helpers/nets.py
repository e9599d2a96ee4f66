"""Nets that nobody trained."""

from dataclasses import replace

import torch

from texturenet.generator.architecture import Architecture
from texturenet.generator.frozen import FrozenPyramid
from texturenet.materials.planes import Layout
from texturenet.noise.units import Units
from texturenet.noise.waves import Waves
from texturenet.sampling.texture import Texture

WAVES = Waves(32, ((0, 2), (3, -1)))
TILES = Waves(32, ((0, 2), (3, -1)), Units((3, -1), (0, -2), 5))  # numbers of units as well


FAMILIES = ("growing", "mixed", "bare")  # bare: noise without a branch, and heads


def shape_of(family, scales, step=2, channels=3):
    """Of a small net of a family of architectures."""
    if family == "growing":
        return Architecture.growing(scales, step, channels)
    widths = tuple(step * (scales - scale) for scale in range(scales))
    bare = family == "bare"
    return Architecture(widths, 0 if bare else step, channels, heads=bare)


def random_net(scales, step=2, channels=3, seed=0, family="growing", outputs=3):
    """A frozen net with random weights, scaled so that activations neither die nor explode."""
    generator = torch.Generator().manual_seed(seed)
    architecture = replace(shape_of(family, scales, step, channels), outputs=outputs)
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


# All maps but metallic, which is a constant; slopes come out of the height.
LAYOUT = Layout(
    ("colour", "normal", "height", "roughness", "occlusion"),
    {"metallic": 0.25}, steepest=2.0, gain=3.0, low=0.2, high=0.7,
)  # fmt: skip


def material(scales=3, layout=LAYOUT, waves=None, **more):
    """A texture that draws maps, most of whose values lie in [0,1]."""
    channels = 3 + (waves.channels if waves else 0)
    net = random_net(scales, family="mixed", channels=channels, outputs=layout.count, **more)
    weights = {name: tensor.clone() for name, tensor in net.weights().items()}
    weights["output.weight"] *= 0.3
    weights["output.bias"][:] = 0.5
    net = FrozenPyramid(net.architecture, weights)
    card = {"name": "stone", "law": "uniform", "maps": layout.facts()}
    if waves:
        card["waves"] = waves.facts()
    return Texture(net, card)


def waved(waves=WAVES, scales=3):
    net = random_net(scales, channels=3 + waves.channels, seed=7)
    return Texture(net, {"name": "tartan", "law": "uniform", "waves": waves.facts()})
