"""Sampling: from pressing Enter to a file, and pixels a second against a plain whole-picture pass.

    python bench/sampling.py [models=brick] [sides=256,1024,4096] [threads=2] [repeats=3]

Ours is `Texture.render`, noise field, blocks and halos included. Plain is the same net as its paper
and its ports have it: convolution, batch normalisation and LeakyReLU as torch's modules, circular
padding, float32, one pass over the whole picture, noise from torch.rand, no gradients (1x1
convolutions as products of matrices, which is to its advantage). Both in one process, by turns;
medians. A plain pass that memory does not hold is left out, with a line. What bfloat16 changes in
the pictures of each net is printed as well. A model may be the path of a Pyramid2D state dict.
"""

import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn.functional as F
from torch import nn

import texturenet
from texturenet.sampling.render import BLOCK

PLAIN_BYTES = 1000  # a pixel, of memory: what the plain pass was seen to take, and some more


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def first_picture(model):
    """Seconds of a fresh process that writes one 512x512 picture, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "texturenet", "sample", f"model={model}", "size=512", f"out={folder}"]
        seconds = timed(
            lambda: subprocess.run(
                [sys.executable, *command], check=True, stdout=subprocess.DEVNULL
            )
        )
    import resource

    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


class Pointwise(nn.Module):
    """A 1x1 convolution as a product of matrices: torch's own is slower, and ends in a segmentation
    fault at 4096x4096."""

    def __init__(self, channels, width):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, channels) / channels**0.5)
        self.bias = nn.Parameter(torch.zeros(width, 1))

    def forward(self, x):
        return (self.weight @ x.flatten(2)).add_(self.bias).unflatten(2, x.shape[2:])


def block(channels, width):
    layers = []
    for kernel in (3, 3, 1):
        layers += [
            nn.Conv2d(channels, width, 3, padding=1, padding_mode="circular")
            if kernel > 1
            else Pointwise(channels, width),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.01, inplace=True),
        ]
        channels = width
    return nn.Sequential(*layers)


class Plain(nn.Module):
    """The pyramid of torch's own modules; its values do not matter for its time."""

    def __init__(self, shape):
        super().__init__()
        scales = range(shape.scales)
        self.branches = nn.ModuleList(block(shape.noise_channels, shape.step) for _ in scales)
        self.norms = nn.ModuleList(nn.BatchNorm2d(shape.width(k - 1)) for k in scales[1:])
        self.bodies = nn.ModuleList(block(shape.width(k), shape.width(k)) for k in scales[1:])
        self.output = Pointwise(shape.width(shape.scales - 1), 3)

    def forward(self, noise):
        x = self.branches[0](noise[0])
        steps = zip(noise[1:], self.branches[1:], self.norms, self.bodies, strict=True)
        for z, branch, norm, body in steps:
            x = torch.cat([norm(F.interpolate(x, scale_factor=2.0)), branch(z)], dim=1)
            for layer in body:  # one by one, so that no more than one input is kept
                x = layer(x)
        return self.output(x)


@torch.no_grad()
def plain(net, shape, side):
    noise = [
        torch.rand(1, shape.noise_channels, *2 * [side // shape.cell(k)])
        for k in range(shape.scales)
    ]
    return net(noise).clamp(0, 1)


def free_bytes():
    import os

    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def in_one_piece(texture, side):
    """Ours without blocks: features leave the cache."""
    block, BLOCK["cpu"] = BLOCK["cpu"], side
    try:
        texture.render(side, side)
    finally:
        BLOCK["cpu"] = block


def compared(model, sides, repeats):
    exact, fast = (
        texturenet.load(model, device="cpu", precision=name) for name in ("float32", "bfloat16")
    )
    shape = exact.net.architecture
    whole = Plain(shape).eval()
    parameters = sum(tensor.numel() for tensor in whole.parameters())
    print(
        f"{exact.card['name']}: {shape.scales} scales, {parameters:,} parameters; bfloat16 changes "
        f"its pictures by {exact.rounding() * 255:.2f}/255 (root mean square)"
    )
    for side in sides:
        calls = {
            "float32": lambda s=side: exact.render(s, s),
            "bfloat16": lambda s=side: fast.render(s, s),
        }
        fits = side * side * PLAIN_BYTES < free_bytes()
        if fits:
            if side > BLOCK["cpu"]:
                calls["float32 in one piece"] = lambda s=side: in_one_piece(exact, s)
            calls["plain"] = lambda s=side: plain(whole, shape, s)
        rounds = [[timed(call) for call in calls.values()] for _ in range(repeats + 1)][1:]
        seconds = dict(zip(calls, map(statistics.median, zip(*rounds, strict=True)), strict=True))
        rates = {name: side * side / 1e6 / value for name, value in seconds.items()}
        shown = ", ".join(
            f"{name} {rate:.2f} Mpx/s" + (f" ({rate / rates['plain']:.1f} x plain)" if fits else "")
            for name, rate in rates.items()
            if name != "plain"
        )
        last = f"plain {rates['plain']:.2f} Mpx/s" if fits else "plain does not fit in memory"
        print(f"{side:>6}: {shown}; {last}", flush=True)


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    models = given.get("models", "brick").split(",")
    sides = [int(side) for side in given.get("sides", "256,1024,4096").split(",")]
    torch.set_num_threads(int(given.get("threads", 2)))
    seconds, megabytes = first_picture(models[0])
    print(f"fresh process to a 512x512 file: {seconds:.1f} s, peak {megabytes:.0f} MB")
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    for model in models:
        compared(model, sides, int(given.get("repeats", 3)))


if __name__ == "__main__":
    main()
