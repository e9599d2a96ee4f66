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
from training_step import plain_descriptor

from texturenet.commands import app, descriptor
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


def growth_of(given, **changes):
    told = {"kind": "ranvgg", "image": given.get("image", "gravel")} | changes
    told |= {"picture.side": int(given.get("side", 128))}
    told |= {key: int(given[key]) for key in ("n_samples", "evaluations") if key in given}
    chosen = app.composed("descriptor", descriptor.schema_of, told)
    return builder_of(chosen, load_picture(chosen.image, side=chosen.picture.side))


def whole(given):
    watched(Objective, "evaluate", "losses and gradients")
    watched(Descent, "step", "steps")
    watched(VggBuilder, "drawn", "drawing weights")
    watched(LayerSite, "layers", "normalising")
    watched(LayerSite, "objective", "targets")
    growth, blocks = growth_of(given), defaultdict(float)
    start = last = time.perf_counter()
    for step in growth:
        now = time.perf_counter()
        blocks[step.layer[4]] += now - last
        last = now
    total = time.perf_counter() - start
    height, width = growth.picture.shape[-2:]
    print(f"{height}x{width}, {growth.numbers} candidates of {len(growth.names)} layers, "
          f"{growth.plan.evaluations} evaluations each: {total:.0f} s")  # fmt: skip
    print("  by block:", ", ".join(f"conv{block} {spent:.0f} s" for block, spent in blocks.items()))
    told = ", ".join(f"{name} {100 * spent / total:.1f} %" for name, spent in SPENT.items())
    print(f"  of the time: {told}")
    return growth


def reached(growth, name):
    """A layer of that name to be made, all below being done."""
    plan = growth.plan
    layer = LayerSite.first(
        plan.targets, plan.compute, plan.architecture, growth.picture, growth.drawn
    )
    while layer.name != name:
        layer = layer.next(growth.tensors[layer.name])
    return layer


def candidate(growth, layer):
    """Seconds of one."""
    start = time.perf_counter()
    layers = layer.layers(growth.drawn(layer.name, 1))
    for _ in growth.reconstruct(layer, 1, growth.descent(layer, layers, growth.start())):
        pass
    return time.perf_counter() - start


def plain_candidate(growth, layer):
    """The same by torch's own modules: features of the picture, then 40 steps from noise."""
    start = time.perf_counter()
    tensors = {**layer.done, layer.name: growth.drawn(layer.name, 1)}
    tensors |= {name: growth.drawn(name) for name in growth.names if name not in tensors}
    modules, read = plain_descriptor(
        tensors, list(growth.plan.targets.layers), growth.plan.architecture
    )
    normalised_input = layer.descriptor.normalised_input
    assert CONVENTION == "caffe"

    def features(picture):
        x, found = normalised_input(picture), []
        for module, wanted in zip(modules, read, strict=True):
            x = module(x)
            if wanted:
                found.append(x)
        return found

    with torch.no_grad():
        targets = features(growth.picture)
    x = growth.start().requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=1, history_size=20)

    def closure():
        optimizer.zero_grad()
        loss = sum((f - t).square().mean() for f, t in zip(features(x), targets, strict=True))
        loss.backward()
        return loss

    for _ in range(growth.plan.evaluations):
        optimizer.step(closure)
    return time.perf_counter() - start


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    growth = whole(given)
    everything = growth_of(given, targets="all")
    everything.tensors = growth.tensors
    for name in LAYERS:
        ours = candidate(growth, reached(growth, name))
        deep = candidate(everything, reached(everything, name))
        plain = plain_candidate(growth, reached(growth, name))
        print(f"{name}: ours {ours:.2f} s, targets=all {deep:.2f} s ({deep / ours:.1f} x), "
              f"plain {plain:.2f} s ({plain / ours:.1f} x)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
