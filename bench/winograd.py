"""Convolutions of VGG-16 in float32, by a quarter of the products and by torch, by turns.

    python bench/winograd.py [threads=1] [repeats=9]

The layers of a step of the default recipe, 4 pictures of 128x128 in two octaves: milliseconds of
torch, how many times as fast `texturenet/descriptors/winograd.py` is, how many it expects to be,
and the errors of both against float64 (norms). Then the errors of two choices of points; the
description of a batch and its gradient, by the whole descriptor and by one pruned for an
exemplar; and a training step by the latter. Medians. To see a machine
that has AVX2 alone, set
MKL_ENABLE_INSTRUCTIONS=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2.
"""

import math
import statistics
import sys
import time
from pathlib import Path
from unittest.mock import patch

import torch
import torch.nn.functional as F
from training_step import Ours

from texturenet.commands import app
from texturenet.commands.train.setup import build, with_defaults
from texturenet.descriptors import winograd
from texturenet.io.exemplars import load_picture
from texturenet.noise.philox import TRAINING

BATCH = 4
CHANNELS = ((64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512), (512, 512))
SIDES = (128, 64, 64, 32, 32, 16, 16)
PAPER = (1, -1, 2, -2)


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"


def timed(function):
    # The time of other processes does not count, but that of other threads would.
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    function()
    return clock() - start


def medians(functions, repeats):
    """Milliseconds of each, which take turns."""
    rounds = [[timed(function) for function in functions] for _ in range(repeats + 1)]
    return [1000 * statistics.median(column) for column in zip(*rounds[1:], strict=True)]


def case(inputs, outputs, side):
    """Input, kernel, bias and the gradient of the output, channels innermost."""
    order = torch.channels_last
    x = torch.randn(BATCH, inputs, side, side).relu_().contiguous(memory_format=order)
    kernel = torch.randn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5
    gradient = torch.randn(BATCH, outputs, side, side).contiguous(memory_format=order)
    kernel = kernel.contiguous(memory_format=order)
    return x.requires_grad_(), kernel, torch.randn(outputs), gradient


def error(made, reference):
    return ((made - reference).norm() / reference.norm()).item()


def layer(inputs, outputs, side, repeats):
    x, kernel, bias, gradient = case(inputs, outputs, side)
    ways = {
        "torch": lambda: F.conv2d(x, kernel, bias, padding=1),
        "ours": lambda: winograd.convolve(x, kernel, bias, (1, 1)),
    }
    with torch.no_grad():
        exact = F.conv2d(x.double(), kernel.double(), bias.double(), padding=1)
    made = {name: convolve() for name, convolve in ways.items()}
    backward = {
        name: lambda y=y: torch.autograd.grad(y, x, gradient, retain_graph=True)
        for name, y in made.items()
    }
    times = medians([*ways.values(), *backward.values()], repeats)
    expected = winograd.gain(kernel, BATCH, (side, side))
    errors = [error(y, exact) for y in made.values()]
    print(
        f"{inputs:>3} -> {outputs}, {side:>3}x{side:<3}  forward {times[0]:6.1f} ms, "
        f"{times[0] / times[1]:.2f} x; backward {times[2]:6.1f} ms, {times[2] / times[3]:.2f} x; "
        f"expected {expected:.2f} x{'' if expected >= winograd.GAIN else ', not used'}; "
        f"errors {errors[0]:.1e}, ours {errors[1]:.1e}", flush=True,
    )  # fmt: skip


def errors_of_points():
    x, kernel, bias, _ = case(128, 128, 32)
    with torch.no_grad():
        exact = F.conv2d(x.double(), kernel.double(), bias.double(), padding=1)
        for points in (PAPER, winograd.POINTS):
            with patch.object(winograd, "POINTS", points):
                winograd.transforms.cache_clear()
                made = winograd.convolve(x, kernel.clone(), bias, (1, 1))
            words = ", ".join(f"{point:.3g}" for point in points)
            print(f"128 -> 128, points {words}: error {error(made, exact):.1e}")
    winograd.transforms.cache_clear()


def training_step(repeats):
    chosen = app.request("train", {"exemplar": "gravel"}).options
    picture = load_picture("gravel", side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    ours = Ours(build(chosen, loaded, picture, torch.device("cpu")), "32-true")

    module = ours.module
    pictures = module.generator(*module.noise(0, BATCH, TRAINING)).detach()

    def describe(comparison):
        x = pictures.clone().requires_grad_()
        loss = sum(comparison.loss(comparison.loss.errors(comparison.descriptor(x))).values())
        return torch.autograd.grad(loss, x)

    ways = {
        "the whole descriptor and its loss": lambda: describe(module.octaves[0].whole),
        "the pruned one": lambda: describe(module.octaves[0].early),
        "an early training step": ours.step,
    }
    for name, function in ways.items():
        before, after = medians([lambda f=function: by_torch(f), function], repeats)
        print(f"{name}: {before:.0f} ms, {after:.0f} ms   {before / after:.2f} x")


def by_torch(function):
    with patch.object(winograd, "GAIN", math.inf):
        return function()


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 1)))
    repeats = int(given.get("repeats", 9))
    print(f"{processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    shapes = list(zip(CHANNELS, SIDES, strict=True))
    for octave in (1, 2):
        for channels, side in shapes:
            layer(*channels, side // octave, repeats)
    layer(512, 512, 4, repeats)  # relu5_1 of the second octave; that of the first was the last
    errors_of_points()
    training_step(repeats)


if __name__ == "__main__":
    main()
