"""How strongly the first convolution of VGG-16 answers to waves of each frequency.

    python bench/recipe/blind.py

Writes into docs/recipe.md: squared answer of all its kernels together to a grey wave, over the mean
of all frequencies. What it does not answer to, no loss on its features can teach.
"""

import torch
from table import table, write

from texturenet.descriptors import network, sources

CYCLES = (0.0, 0.125, 0.25, 0.375, 0.5)  # in a pixel


def answers():
    """Rows down, columns across, each of CYCLES."""
    kernel, _ = network(sources.load("vgg16"), ["relu1_1"], "max").convolution("conv1_1")
    grey = kernel.sum(1).double()  # (O,3,3)
    power = torch.fft.fft2(grey, (64, 64)).abs().square().sum(0)
    places = [round(cycles * 64) for cycles in CYCLES]
    return (power / power.mean())[places][:, places]


def main():
    rows = [
        [f"{down:g}", *(f"{value:.2f}" for value in row.tolist())]
        for down, row in zip(CYCLES, answers(), strict=True)
    ]
    write("blind", table(["cycles in a pixel", *(f"{c:g}" for c in CYCLES)], rows))


if __name__ == "__main__":
    main()
