"""The picture of docs/steering.md: textures that follow fields.

    python docs/steering.py [model=wood_turns] [out=docs/pictures/steering.jpg] [size=256] [seed=3]

The model was trained with steer=rotation. Above: as it is told nothing, along a stroke, around a
middle, and a checkerboard of two directions. Below, of nets that were not trained for it, turned
pieces of their planes: planks along the stroke, grass and brick around the middle, and in white
where brick is broken.
"""

import sys

import torch

from texturenet.imaging import beside
from texturenet.io.pictures import save_picture
from texturenet.sampling.steering import steered
from texturenet.sampling.strokes import Stroke, Strokes

GIVEN = {"model": "wood_turns", "out": "docs/pictures/steering.jpg", "size": 256, "seed": 3}


def path(size):
    """Up, over, and up again."""
    places = [(0.9, 0.02), (0.55, 0.2), (0.4, 0.45), (0.55, 0.7), (0.35, 0.9), (0.05, 0.98)]
    return Strokes([Stroke([(size * y, size * x) for y, x in places], width=size / 6)])


def around(size):
    def course(rows, columns):
        down, right = rows[:, None] - (size - 1) / 2, columns - (size - 1) / 2
        return torch.rad2deg(torch.atan2(-down, right)), 0.0

    return course


def parquet(size):
    def course(rows, columns):
        square = size / 4
        odd = ((rows // square)[:, None] + columns // square) % 2
        return 90 * odd, 0.0

    return course


def main(given):
    chosen = GIVEN | {key: type(GIVEN[key])(value) for key, value in given.items()}
    size, seed = chosen["size"], chosen["seed"]

    def drawn(model, field):
        return steered(model, field, "cpu").render(size, size, seed)

    fields = 0, path(size), around(size), parquet(size)
    above = [drawn(chosen["model"], field) for field in fields]
    brick = steered("brick", around(size), "cpu")
    below = [
        drawn("planks", path(size)), drawn("grass", around(size)), brick.render(size, size, seed),
        brick.joints((size, size)).expand(3, -1, -1),
    ]  # fmt: skip
    save_picture(chosen["out"], torch.cat([beside(above), beside(below)], 1))


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
