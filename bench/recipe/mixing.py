"""Weights between two nets, in a row of pictures of one noise: do nets of one start mix?

    python bench/recipe/mixing.py nets=FILE,FILE[;FILE,FILE..] [out=runs/mixing.png] [steps=4]
                                  [size=192] [seed=0]

Weights of two nets are averaged, and each channel's mean and deviation are then set to those
between both nets, layer after layer: else variance is lost where the nets differ (Jordan et al.
2022, "REPAIR: REnormalizing Permuted Activations for Interpolation Repair"). One row a pair, from
the first net to the second.
"""

import sys

import torch
import torch.nn.functional as F
from torch import Tensor

from texturenet import load
from texturenet.generator.architecture import KERNELS, SLOPE
from texturenet.io.pictures import save_picture
from texturenet.noise import philox
from texturenet.training.batches import Source

MEASURED, SIDE = 4, 128  # tori that statistics are measured on, and their side in pixels
USUAL = {"nets": "", "out": "runs/mixing.png", "steps": 4, "size": 192, "seed": 0}


class Plain:
    """A frozen net as plain convolutions on tori, whose layers can be looked into."""

    def __init__(self, architecture, weights):
        self.architecture, self.weights = architecture, weights

    def __call__(self, noise, between):
        """Noise coarse to fine -> unclamped planes. between: (name, values before the LeakyReLU)
        -> those that it goes on with."""
        deep = None
        for scale, own in enumerate(noise):
            if self.architecture.branched(scale):
                own = self._block(own, f"branch.{scale}", between)
            if deep is None:
                deep = own
                continue
            if self.architecture.mixed:
                deep = self._layer(deep, f"mix.{scale}.0", between)
            large = F.interpolate(deep, scale_factor=2, mode="nearest")
            deep = self._block(torch.cat([large, own], 1), f"body.{scale}", between)
        head = self.architecture.head(None)
        return between(head, self._convolved(deep, head))

    def _block(self, x, name, between):
        for index in range(len(KERNELS)):
            x = self._layer(x, f"{name}.{index}", between)
        return x

    def _layer(self, x, name, between):
        return F.leaky_relu(between(name, self._convolved(x, name)), SLOPE)

    def _convolved(self, x, name):
        weight, bias = (self.weights[f"{name}.{part}"] for part in ("weight", "bias"))
        around = weight.shape[-1] // 2
        return F.conv2d(F.pad(x, (around,) * 4, mode="circular") if around else x, weight, bias)


def moments(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel, (1,C,1,1) each."""
    return values.mean((0, 2, 3), keepdim=True), values.std((0, 2, 3), keepdim=True)


def moments_of(net, noise):
    """{layer: its moments}."""
    found = {}

    def noted(name, values):
        found[name] = moments(values)
        return values

    net(noise, noted)
    return found


def mixed(first, second, share, noise):
    """A net between two, and what its layers go through so that their moments are between too."""
    weights = {name: torch.lerp(first.weights[name], second.weights[name], share)
               for name in first.weights}  # fmt: skip
    net, known = Plain(first.architecture, weights), [moments_of(n, noise) for n in (first, second)]
    maps = {}

    def mended(name, values):
        (mean, deviation), ends = moments(values), [one[name] for one in known]
        wanted = [torch.lerp(*pair, share) for pair in zip(*ends, strict=True)]
        scale = wanted[1] / deviation.clamp(min=1e-6)
        maps[name] = scale, wanted[0] - scale * mean
        return scale * values + maps[name][1]

    net(noise, mended)
    return net, maps


@torch.no_grad()
def row(files, given):
    """Pictures from the first net to the second, side by side (3,h,w)."""
    textures = [load(file, device="cpu") for file in files]
    first, second = (Plain(one.net.architecture, one.net.weights()) for one in textures)
    if first.architecture != second.architecture or any(one.waves for one in textures):
        raise SystemExit(f"{' and '.join(files)} are of two architectures, or have waves.")
    source = Source(first.architecture, textures[0].card["law"], None, philox.PREVIEWS)
    noise, shown = (
        source.draw(source.torus(range(start, start + count), side))[0]
        for start, count, side in ((2**20, MEASURED, SIDE), (given["seed"], 1, given["size"]))
    )
    made = []
    for number in range(given["steps"] + 1):
        net, maps = mixed(first, second, number / given["steps"], noise)
        made.append(net(shown, lambda name, x, m=maps: m[name][0] * x + m[name][1])[0, :3])
    return torch.cat(made, 2).clamp(0, 1)


def main():
    given = USUAL | {
        key: type(USUAL[key])(value) for key, value in (word.split("=", 1) for word in sys.argv[1:])
    }
    torch.set_num_threads(1)
    pairs = [pair.split(",") for pair in given["nets"].split(";")]
    save_picture(given["out"], torch.cat([row(pair, given) for pair in pairs], 1))
    print(given["out"])


if __name__ == "__main__":
    main()
