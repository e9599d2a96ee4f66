"""Small pictures."""

from pathlib import Path

import numpy as np
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
