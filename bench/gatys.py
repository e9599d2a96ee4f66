"""Time to the loss that plain L-BFGS reaches in 300 iterations: `texturenet gatys` against it.

    python bench/gatys.py [exemplars=brick,gravel,ihc,pebbles] [iterations=300] [out=FILE]

Plain: one scale of 256x256 from white noise, float32, torch's own modules and torch.optim.LBFGS.
Ours: the default recipe, from the call on, its reading and its coarse levels included. Both
minimise the relative errors of the Gram matrices of relu1_1 and pool1 to pool4, are judged by them
in float32, and take turns in one process. out: a picture of the exemplar, plain, ours at that loss,
and ours at its end, side by side.
"""

import sys
import time
from pathlib import Path

import torch
from torch import nn
from training_step import plain_descriptor

import texturenet
from texturenet.descriptors import sources
from texturenet.descriptors.vgg import Vgg
from texturenet.imaging import beside
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss

LAYERS = ["relu1_1", "pool1", "pool2", "pool3", "pool4"]
SHARE = 0.4  # of plain's time that ours is given while they take turns


class Plain:
    """The optimisation as a textbook has it."""

    def __init__(self, exemplar, tensors):
        self.modules, self.read = plain_descriptor(tensors, LAYERS, nn.AvgPool2d(2))
        with torch.no_grad():
            self.targets = self.grams(exemplar)
        torch.manual_seed(0)
        self.x = (0.5 + 0.2 * torch.randn(1, 3, *exemplar.shape[-2:])).requires_grad_()
        # One iteration a call, so that turns can be taken; the history stays.
        self.optimizer = torch.optim.LBFGS(
            [self.x], max_iter=1, history_size=20, tolerance_grad=0, tolerance_change=0
        )
        self.seconds = 0.0

    def grams(self, picture):
        x = picture.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
        grams = []
        for layer, read in zip(self.modules, self.read, strict=True):
            x = layer(x)
            if read:
                maps = x.flatten(2)
                grams.append(maps @ maps.mT / maps.shape[-1])
        return grams

    def closure(self):
        self.optimizer.zero_grad()
        pairs = zip(self.grams(self.x), self.targets, strict=True)
        loss = sum((g - t).square().sum() / t.square().sum() for g, t in pairs)
        loss.backward()
        return loss

    def step(self):
        start = time.perf_counter()
        self.optimizer.step(self.closure)
        self.seconds += time.perf_counter() - start


class Ours:
    """The steps of `texturenet.gatys`, and when which loss was reached."""

    def __init__(self, name, judge):
        start = time.perf_counter()
        self.painting = texturenet.gatys(name)
        self.steps = iter(self.painting)
        self.seconds, self.judge, self.reached = time.perf_counter() - start, judge, []

    def step(self):
        start = time.perf_counter()
        step = next(self.steps, None)
        self.seconds += time.perf_counter() - start
        if step and step.level == len(self.painting.levels) - 1:
            self.reached.append((self.seconds, self.judge(step.picture[None]), step.picture))
        return step is not None


def judge_of(exemplar, tensors):
    kind = {"architecture": "vgg16", "convention": "caffe", "pooling": "avg"}
    descriptor = Vgg(tensors, LAYERS, **kind)
    loss = TextureLoss(targets_of([exemplar], descriptor), {"gram": 1.0}, combine="sum")

    @torch.no_grad()
    def judge(picture):
        return sum(loss.errors(descriptor(picture.clamp(0, 1))).values()).item()

    return judge


def race(name, iterations, tensors):
    """-> the row of pictures; prints the times."""
    exemplar = load_picture(name, side=256).pixels
    judge = judge_of(exemplar, tensors)
    plain, ours, more = Plain(exemplar, tensors), Ours(name, judge), True
    for _ in range(iterations):
        plain.step()
        while more and ours.seconds < SHARE * plain.seconds:
            more = ours.step()
    while more:
        more = ours.step()
    target = judge(plain.x.detach())
    there = next(((s, p) for s, loss, p in ours.reached if loss <= target), None)
    last_seconds, last, final = ours.reached[-1]
    when = f"{there[0]:5.1f} s, {plain.seconds / there[0]:.1f} x" if there else "never"
    print(
        f"{name:<8} loss {target:.5f}: plain {plain.seconds:5.1f} s, ours {when}; "
        f"ours at its end {last:.5f}, {last_seconds:.1f} s", flush=True,
    )  # fmt: skip
    shown = [exemplar[0], plain.x.detach()[0].clamp(0, 1), there[1] if there else final, final]
    return beside(shown)


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    tensors = sources.load("vgg16").tensors
    rows = [
        race(name, int(given.get("iterations", 300)), tensors)
        for name in given.get("exemplars", "brick,gravel,ihc,pebbles").split(",")
    ]
    if "out" in given:
        gap = torch.ones(3, 8, rows[0].shape[-1])
        stacked = [part for row in rows for part in (row, gap)][:-1]
        save_picture(Path(given["out"]), torch.cat(stacked, 1))


if __name__ == "__main__":
    main()
