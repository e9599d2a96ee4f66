"""Building ranVGG: its time, where that goes, and what not computing what is not needed saves.

    python bench/descriptors.py [image=gravel] [side=128] [n_samples=3] [evaluations=40] [threads=2]

First the whole of `texturenet descriptor kind=ranvgg`, file and figure left out. Then, for some
layers, one candidate by turns: ours (targets=built), targets=all, and plain, which is how a
notebook does it: all of the network in float32 out of modules of torch, at every evaluation, and
again for the picture itself, with torch.optim.LBFGS on the same targets as targets=all.
"""

import sys
import time
from collections import defaultdict
from contextlib import contextmanager

import torch
from torch import nn
from training_step import plain_descriptor

from texturenet.commands import app
from texturenet.commands.descriptor.setup import builder_of
from texturenet.descriptors.random import CONVENTION
from texturenet.io.exemplars import load_picture
from texturenet.optimise.descent import Descent
from texturenet.optimise.objective import Objective
from texturenet.untrained.base import VggBuilder
from texturenet.untrained.layer import LayerSite

LAYERS = ("conv1_2", "conv2_2", "conv3_2", "conv4_2")
SPENT: dict[str, float] = defaultdict(float)


@contextmanager
def clock(name):
    start = time.perf_counter()
    yield
    SPENT[name] += time.perf_counter() - start


def watched(owner, method, name):
    """Have the time of a method counted under a name."""
    plain = getattr(owner, method)

    def timed(*given, **more):
        with clock(name):
            return plain(*given, **more)

    setattr(owner, method, timed)


def builder_of_image(given, **changes):
    values = {"kind": "ranvgg", "image": given.get("image", "gravel"), "device": "cpu"} | changes
    values |= {"picture.side": int(given.get("side", 128))}
    values |= {key: int(given[key]) for key in ("n_samples", "evaluations") if key in given}
    chosen = app.request("descriptor", values).options
    return builder_of(chosen, load_picture(chosen.image, side=chosen.picture.side))


def whole(given):
    watched(Objective, "evaluate", "losses and gradients")
    watched(Descent, "step", "steps")
    watched(VggBuilder, "drawn", "drawing weights")
    watched(LayerSite, "layers", "normalising")
    watched(LayerSite, "objective", "targets")
    builder, blocks = builder_of_image(given), defaultdict(float)
    start = last = time.perf_counter()
    for step in builder:
        now = time.perf_counter()
        blocks[step.layer[4]] += now - last
        last = now
    total = time.perf_counter() - start
    height, width = builder.picture.shape[-2:]
    print(f"{height}x{width}, {builder.numbers} candidates of {len(builder.names)} layers, "
          f"{builder.plan.evaluations} evaluations each: {total:.0f} s")  # fmt: skip
    print("  by block:", ", ".join(f"conv{block} {spent:.0f} s" for block, spent in blocks.items()))
    shares = ", ".join(f"{name} {100 * spent / total:.1f} %" for name, spent in SPENT.items())
    print(f"  of the time: {shares}")
    return builder


def reached(builder, name):
    """A layer of that name to be made, all below being done."""
    plan = builder.plan
    layer = LayerSite.first(
        plan.targets, plan.compute, plan.architecture, builder.picture, builder.drawn
    )
    while layer.name != name:
        layer = layer.next(builder.tensors[layer.name])
    return layer


def candidate(builder, layer):
    """Seconds of one."""
    start = time.perf_counter()
    layers = layer.layers(builder.drawn(layer.name, 1))
    for _ in builder.reconstruct(layer, 1, builder.descent(layer, layers, builder.start())):
        pass
    return time.perf_counter() - start


def plain_candidate(builder, layer):
    """The same by torch's own modules: features of the picture, then 40 steps from noise."""
    start = time.perf_counter()
    tensors = {**layer.done, layer.name: builder.drawn(layer.name, 1)}
    tensors |= {name: builder.drawn(name) for name in builder.names if name not in tensors}
    modules, read = plain_descriptor(
        tensors, list(builder.plan.targets.layers), nn.AvgPool2d(2), builder.plan.architecture
    )
    normalised_input = layer.descriptor.normalised_input
    assert CONVENTION == "caffe"

    def features(picture):
        x, maps = normalised_input(picture), []
        for module, is_read in zip(modules, read, strict=True):
            x = module(x)
            if is_read:
                maps.append(x)
        return maps

    with torch.no_grad():
        targets = features(builder.picture)
    x = builder.start().requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=1, history_size=20)

    def closure():
        optimizer.zero_grad()
        loss = sum((f - t).square().mean() for f, t in zip(features(x), targets, strict=True))
        loss.backward()
        return loss

    for _ in range(builder.plan.evaluations):
        optimizer.step(closure)
    return time.perf_counter() - start


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    builder = whole(given)
    everything = builder_of_image(given, targets="all")
    everything.tensors = builder.tensors
    for name in LAYERS:
        ours = candidate(builder, reached(builder, name))
        deep = candidate(everything, reached(everything, name))
        plain = plain_candidate(builder, reached(builder, name))
        print(f"{name}: ours {ours:.2f} s, targets=all {deep:.2f} s ({deep / ours:.1f} x), "
              f"plain {plain:.2f} s ({plain / ours:.1f} x)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
