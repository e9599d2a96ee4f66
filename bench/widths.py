"""Megapixels a second of nets by their sizes alone: random weights, float32, in turns.

    python bench/widths.py [threads=2] [sizes=1024,4096] [repeats=5]

Ratios are to the first net, that of Ulyanov et al. with five scales, all of whose scales are drawn
block by block, as it was when the wide ones were made.
"""

import statistics
import sys
import time
from unittest.mock import patch

import torch

from texturenet.generator.architecture import Architecture
from texturenet.generator.frozen import FrozenPyramid
from texturenet.hardware import device_name, keep_freed_memory
from texturenet.sampling import blockwise
from texturenet.sampling.texture import Texture

EARLIER = "8, 16, 24, 32, 40 channels, block by block"
NETS = {
    EARLIER: Architecture.growing(5, 8, 3),
    "8, 16, 24, 32, 40 channels": Architecture.growing(5, 8, 3),
    "64, 64, 48, 32, 16, branches of 8": Architecture((64, 64, 48, 32, 16), 8, 3),
    "64, 64, 48, 32, 16": Architecture((64, 64, 48, 32, 16), 0, 3),
    "64, 64, 48, 32, 24": Architecture((64, 64, 48, 32, 24), 0, 3),
    "64, 64, 64, 48, 32, 16": Architecture((64, 64, 64, 48, 32, 16), 0, 3),
}


def random_net(architecture):
    weights = {}
    for name, channels, out, kernel in architecture.convolutions():
        shape = out, channels, kernel, kernel
        weights[f"{name}.weight"] = torch.randn(shape) / (channels * kernel**2) ** 0.5
        weights[f"{name}.bias"] = torch.randn(out) * 0.1
    return FrozenPyramid(architecture, weights)


def timed(texture, side, fine):
    with patch.object(blockwise, "FINE", fine):
        started = time.perf_counter()
        texture.render(side, side)
        return time.perf_counter() - started


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    keep_freed_memory()  # as `texturenet.load` does
    card = {"name": "random", "law": "uniform"}
    textures = {name: Texture(random_net(net), card) for name, net in NETS.items()}
    hardware = device_name(torch.device("cpu"))
    print(f"{hardware}, {torch.backends.cpu.get_cpu_capability()}, torch {torch.__version__}")
    for side in map(int, given.get("sizes", "1024,4096").split(",")):
        rounds = [
            [
                timed(texture, side, 5 if name == EARLIER else blockwise.FINE)
                for name, texture in textures.items()
            ]
            for _ in range(int(given.get("repeats", 5)) + 1)
        ][1:]
        seconds = [statistics.median(column) for column in zip(*rounds, strict=True)]
        for (name, net), taken in zip(NETS.items(), seconds, strict=True):
            weights = sum(i * o * k * k + o for _, i, o, k in net.convolutions())
            print(f"{side:5}: {side**2 / taken / 1e6:5.2f} Mpx/s, {seconds[0] / taken:4.2f} x, "
                  f"{weights / 1000:4.0f} thousand weights: {name}")  # fmt: skip


if __name__ == "__main__":
    main()
