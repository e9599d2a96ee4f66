"""A descriptor of fewer channels against the whole one: its time, and how far gradients agree.

    python bench/pruning.py [exemplar=gravel] [model=gravel] [threads=1] [repeats=3]

The pictures described are of a net before it has learnt anything and of a released one. Agreement
is the cosine between the two gradients of the texture loss with regard to the pixels. Seconds are
of the process, in turns.
"""

import statistics
import sys
import time

import torch
import torch.nn.functional as F

import texturenet
from texturenet.commands import app
from texturenet.commands.train.setup import build, with_defaults
from texturenet.io.exemplars import load_picture
from texturenet.noise import philox

SHARES = (0.75, 0.5, 0.375, 0.25)


def gradient(comparison, pictures):
    leaf = pictures.clone().requires_grad_(True)
    errors = comparison.loss.errors(comparison.descriptor(leaf))
    sum(comparison.loss(errors).values()).backward()
    return leaf.grad


def cosine(one, two):
    return F.cosine_similarity(one.flatten(), two.flatten(), 0)


def timed(*arguments):
    started = time.process_time()
    gradient(*arguments)
    return time.process_time() - started


def module_of(exemplar, share):
    given = {"exemplar": exemplar, "pruning.channels": share, "generator.waves": 0}
    chosen = app.request("train", given).options
    picture = load_picture(exemplar, side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    started = time.process_time()
    module = build(chosen, loaded, picture, torch.device("cpu"))
    return module, time.process_time() - started


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 1)))
    exemplar, model = given.get("exemplar", "gravel"), given.get("model", "gravel")
    whole, plain = module_of(exemplar, 1.0)
    size, batch = whole.recipe.size, whole.recipe.batch
    with torch.no_grad():
        first = whole.generator(*whole.noise(0, batch, philox.PREVIEWS)).clamp(0, 1)
    net = texturenet.load(model)
    pictures = {
        "before learning": first,
        "released net": torch.stack([net.render(size, size, seed) for seed in range(batch)]),
    }
    wanted = {name: gradient(whole.octaves[0].whole, made) for name, made in pictures.items()}
    for share in SHARES:
        module, seconds = module_of(exemplar, share)
        pairs = [
            (timed(module.octaves[0].whole, first), timed(module.octaves[0].early, first))
            for _ in range(int(given.get("repeats", 3)))
        ]
        ratio = statistics.median(early / late for late, early in pairs)
        agreement = ", ".join(
            f"{cosine(wanted[name], gradient(module.octaves[0].early, made)):.2f} {name}"
            for name, made in pictures.items()
        )
        print(f"{share:5} of the channels: {ratio:.2f} of the time; agreement {agreement}; "
              f"{seconds - plain:.1f} s to fit")  # fmt: skip


if __name__ == "__main__":
    main()
