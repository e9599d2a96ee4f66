"""The three operations with gradients of the project's own, against torch's: forward and backward.

    python bench/layers.py [threads=2] [repeats=15]

Sizes and bfloat16 as in a step of the default recipe at its finest scale. Medians, by turns.
"""

import statistics
import sys
import time

import torch
import torch.nn.functional as F

from texturenet.generator.convolving import convolved, pad_torus
from texturenet.losses.statistics import gram


def torch_gram(x):
    maps = x.float().flatten(2)
    return maps @ maps.mT / maps.shape[-1]


def cases():
    """name -> (shape, ours, torch's)."""
    mix = (torch.randn(40, 40, 1, 1) / 6).bfloat16().requires_grad_()
    return {
        "circular padding": (
            (4, 40, 128, 128),
            lambda x: pad_torus(x, 3),
            lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"),
        ),
        "1x1 convolution": (
            (4, 40, 128, 128),
            lambda x: convolved(x, mix, None, periodic=True),
            lambda x: F.conv2d(x, mix),
        ),
        "Gram matrix": ((4, 64, 128, 128), gram, torch_gram),
    }


def of(name, shape):
    """Noise in the order in memory that the operation meets: the descriptor's has channels last."""
    order = torch.channels_last if name == "Gram matrix" else torch.contiguous_format
    return torch.randn(shape).bfloat16().contiguous(memory_format=order).requires_grad_()


def timed(function, x):
    start = time.perf_counter()
    made = function(x)
    made.backward(torch.ones_like(made))
    return 1000 * (time.perf_counter() - start)


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    for name, (shape, ours, theirs) in cases().items():
        x = of(name, shape)
        rounds = [(timed(ours, x), timed(theirs, x)) for _ in range(int(given.get("repeats", 15)))]
        fast, slow = (statistics.median(column) for column in zip(*rounds[2:], strict=True))
        print(f"{name:<17} {fast:5.1f} ms, torch's {slow:5.1f} ms   {slow / fast:.1f} x")


if __name__ == "__main__":
    main()
