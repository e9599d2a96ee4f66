"""Nets that are told direction and size, which nobody trained."""

from helpers.nets import random_net
from texturenet.generator import release
from texturenet.noise.steering import Steering

BOTH = Steering(2, (-0.5, 0.5))


def steerable(folder, steering=BOTH, scales=3, name="grain", **more):
    """Write a released file -> its path."""
    net = random_net(scales, channels=3 + steering.channels, **more)
    card = {"name": name, "law": "uniform", "steering": steering.facts()}
    return release.save(folder / f"{name}.safetensors", net, card)


def slanting(rows, columns):
    """A course that is another at every place."""
    angles = rows[:, None] / 3 + columns / 5
    return angles, (rows[:, None] - columns) / 400
