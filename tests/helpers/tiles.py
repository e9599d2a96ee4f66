"""Small sets of tiles of nets that nobody trained."""

from functools import cache

from helpers.nets import random_net
from texturenet.sampling.texture import Texture
from texturenet.tilesets.tileset import tileset


@cache
def textures(count):
    """So many, of two scales, with contrast."""
    return [contrasted(str(number), seed=number + 1) for number in range(count)]


def contrasted(name, **more):
    """A net whose colours have a mean of 0.5 and a deviation of 0.15."""
    net = random_net(2, family="mixed", **more)
    plain = Texture(net, {"name": name, "law": "uniform"})
    made = plain.window(plain.plane((1, 1), 0), (64, 64), (0, 0))[0]  # (3,64,64)
    scale, weights = 0.15 / made.std((1, 2)), dict(net.weights())
    weights["output.weight"] = weights["output.weight"] * scale.view(3, 1, 1, 1)
    weights["output.bias"] = (weights["output.bias"] - made.mean((1, 2))) * scale + 0.5
    return Texture(type(net)(net.architecture, weights), plain.card)


@cache
def small(kind="corner", count=2, variants=2, side=16):
    return tileset(textures(count), kind, side, variants=variants)
