"""Draws a window from the weights that `texturenet export format=npz` wrote, with NumPy alone.

python draw.py brick.npz 256 384 7        # height, width, seed -> brick_7.ppm, the colour
"""

import json
import sys
from pathlib import Path

import numpy as np
from texturenet_noise import gaussian, noise, shift, units, waves

SLOPE = 0.01


def convolved(x, weight, bias):
    """A valid convolution of x (C,h,w) with a kernel (O,C,k,k)."""
    size = weight.shape[-1]
    height, width = (side - size + 1 for side in x.shape[1:])
    parts = (
        np.tensordot(weight[:, :, i, j], x[:, i : i + height, j : j + width], 1)
        for i in range(size)
        for j in range(size)
    )
    return sum(parts) + bias[:, None, None]


def block(net, name, x):
    """As many convolutions as there are, each with a LeakyReLU."""
    index = 0
    while f"{name}.{index}.weight" in net:
        x = convolved(x, net[f"{name}.{index}.weight"], net[f"{name}.{index}.bias"])
        x, index = np.where(x > 0, x, SLOPE * x), index + 1
    return x


def cells(card, ports, seed, row, column, height, width):
    """The noise of each scale, with waves and numbers of units behind it."""
    if any(number % ports["multiple"] for number in (row, column, height, width)):
        raise ValueError(f"sides and places must be multiples of {ports['multiple']}")
    for each in (each for each in ports["inputs"] if each["name"].startswith("noise")):
        cell, more = each["cell"], each["more"]
        place = row // cell + each["first"], column // cell + each["first"]
        size = height // cell + more, width // cell + more
        z = noise(seed, each["scale"], each["channels"], *place, *size)
        z = gaussian(z) if card["law"] == "gaussian" else z
        if wave := card.get("waves"):
            moved = shift(seed, wave["torus"])
            beside = waves(wave["torus"], wave["vectors"], cell, moved, *place, *size)
            z = np.concatenate([z, beside])
            if unit := wave.get("units"):
                told = unit["rows"], unit["across"], unit["channels"], cell, moved
                z = np.concatenate([z, units(seed, wave["torus"], *told, *place, *size)])
        yield z


def drawn(net, seed, row, column, height, width):
    """All planes (P,H,W) of a window, unclamped; of a material that draws a height with normals
    they have a margin of one pixel, from which slopes are taken."""
    card, ports = (json.loads(bytes(net[key])) for key in ("texturenet", "texturenet_ports"))
    above, deep = 0, None  # the first row and column of the features, in cells of their scale
    for scale, z in enumerate(cells(card, ports, seed, row, column, height, width)):
        first = ports["inputs"][scale]["first"]
        branch = block(net, f"branch.{scale}", z)
        first += (z.shape[1] - branch.shape[1]) // 2  # what its convolutions took
        if scale:
            deep = block(net, f"mix.{scale}", deep).repeat(2, 1).repeat(2, 2)
            drop = first - 2 * above
            deep = deep[:, drop : drop + branch.shape[1], drop : drop + branch.shape[2]]
            branch = block(net, f"body.{scale}", np.concatenate([deep, branch]))
            first += 2
        above, deep = first, branch
    return convolved(deep, net["output.weight"], net["output.bias"])


if __name__ == "__main__":
    path, height, width, seed = Path(sys.argv[1]), *map(int, sys.argv[2:])
    planes = drawn(dict(np.load(path)), seed, 0, 0, height, width)
    margin = (planes.shape[1] - height) // 2
    colour = planes[:3, margin : margin + height, margin : margin + width].clip(0, 1)
    pixels = (colour * 255).round().astype(np.uint8).transpose(1, 2, 0)
    header = f"P6 {width} {height} 255\n".encode()
    path.with_name(f"{path.stem}_{seed}.ppm").write_bytes(header + pixels.tobytes())
