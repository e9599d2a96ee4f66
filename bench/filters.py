"""Filters of every size by FFT against torch's convolution: forward, and backward to the picture.

    python bench/filters.py [maps=32] [size=128] [batch=4] [threads=2] [repeats=7]

Float32, medians, by turns. From `texturenet.descriptors.filters.FOURIER` pixels a side on, FFT is
used.
"""

import statistics
import sys
import time

import torch

from texturenet.descriptors.base import ZEROS, convolve, padded
from texturenet.descriptors.fft import correlate, period, spectrum

SIDES = (3, 5, 7, 11, 15, 23, 37, 55)


def timed(function, x):
    start = time.perf_counter()
    made = function(x)
    made.backward(torch.ones_like(made))
    return 1000 * (time.perf_counter() - start)


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    maps, size = int(given.get("maps", 32)), int(given.get("size", 128))
    x = torch.rand(int(given.get("batch", 4)), 3, size, size)
    x = x.contiguous(memory_format=torch.channels_last).requires_grad_()
    for side in SIDES:
        kernel = torch.randn(maps, 3, side, side).contiguous(memory_format=torch.channels_last)
        bias, reach = torch.zeros(maps), side // 2
        spectra = spectrum(kernel, period((size + 2 * reach,) * 2))  # kept between pictures

        def fourier(x, spectra=spectra, reach=reach):
            return correlate(padded(x, reach, ZEROS), spectra, reach)

        def direct(x, kernel=kernel, bias=bias):
            return convolve(x, kernel, bias, ZEROS)

        rounds = [
            (timed(fourier, x), timed(direct, x)) for _ in range(int(given.get("repeats", 7)))
        ]
        fast, plain = (statistics.median(column) for column in zip(*rounds[1:], strict=True))
        print(
            f"{side:2}x{side:<2} FFT {fast:7.1f} ms, direct {plain:7.1f} ms   {plain / fast:.2f} x"
        )


if __name__ == "__main__":
    main()
