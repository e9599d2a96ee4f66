"""Small pictures."""

import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image


def dots(side=48):
    """A picture (H,W,3) uint8 with structure at several scales and three different channels."""
    rows, columns = np.mgrid[:side, :side]
    grey = 0.5 + 0.5 * np.sin(rows / 2.0) * np.cos(columns / 3.0)
    colours = np.stack([grey, grey**2, 1 - grey * 0.5], axis=-1)
    return (colours * 255).astype(np.uint8)


def pixels(path):
    return Image.open(path).convert("RGB").tobytes()


def broken(name, data):
    Path(name).write_bytes(data)
    return name


def ripples(*vectors, torus=32, tori=2, noise=0.0):
    """A picture (1,3,h,w) of so many cycles in a torus, the first the strongest."""
    rows, columns = torch.meshgrid(*2 * [torch.arange(tori * torus)], indexing="ij")
    grey = sum(
        torch.cos(2 * math.pi * (down * rows + right * columns) / torus + 1) / (2 + number)
        for number, (down, right) in enumerate(vectors)
    )
    random = torch.Generator().manual_seed(0)
    return 0.5 + 0.2 * grey + noise * torch.randn(1, 3, *grey.shape, generator=random)


def periodic(*waves, size=(128, 160), noise=0.0, seed=0):
    """A picture (1,3,h,w) of waves (cycles a pixel down, right), all as strong."""
    rows, columns = torch.meshgrid(*map(torch.arange, size), indexing="ij")
    grey = sum(
        torch.cos(2 * math.pi * (down * rows + right * columns) + 2.4 * number)
        for number, (down, right) in enumerate(waves)
    )
    random = torch.Generator().manual_seed(seed)
    return 0.5 + 0.05 * grey + noise * torch.randn(1, 3, *size, generator=random)


def points(basis, most=2):
    """All small multiples, of the two vectors of each wave one."""
    line = range(-most, most + 1)
    (a, b), (c, d) = basis
    found = [(m * a + n * c, m * b + n * d) for m in line for n in line]
    return [wave for wave in found if wave[1] > 1e-9 or (abs(wave[1]) <= 1e-9 and wave[0] > 0)]
