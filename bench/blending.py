"""Blends of two nets: is there fading where the mask is one half, and what do they cost?

    python bench/blending.py [pairs=grass,gravel;leaves,pebbles;rust,lichen] [side=512] [seeds=4]
                             [repeats=5] [out=docs/pictures/blending.jpg]

Of the luminance of pictures whose mask is one half everywhere: the contrast in each octave (root
mean square of differences of Gaussians), and the power spectrum in rings of half an octave. Each
should lie between those of both textures; what it misses them by is given in percent of the nearer
one. "faded" is the plain mean of both pictures, for comparison. Then the time of a picture over
the sum of the times of both nets, one thread, in processor time, by turns; medians. Draws every
pair across a mask from one to the other, a row for each way that all pairs can be blended by.
"""

import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import texturenet
from texturenet.blending.blend import blend
from texturenet.blending.limits import WAYS
from texturenet.blending.masks import Gradient
from texturenet.generator.family import are_kin
from texturenet.imaging import luminance
from texturenet.io.pictures import save_picture

PAIRS = "grass,gravel;leaves,pebbles;rust,lichen"
PLOT = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "blending.jpg"
OCTAVES = (1, 2, 4, 8, 16)  # pixels: deviations of the Gaussians


def blurred(x, deviation):
    """Luminance (1,1,H,W) through a Gaussian."""
    reach = 3 * deviation
    taps = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * deviation**2))
    taps = taps / taps.sum()
    x = F.pad(x, (reach,) * 4, mode="reflect")
    return F.conv2d(F.conv2d(x, taps.view(1, 1, 1, -1)), taps.view(1, 1, -1, 1))


def contrasts(picture):
    """Of each octave, fine to coarse."""
    before, found = luminance(picture[None]), []
    for deviation in OCTAVES:
        after = blurred(before, deviation)
        found.append((before - after).square().mean().sqrt().item())
        before = after
    return torch.tensor(found)


def spectrum(picture):
    """Mean power in rings of half an octave, from 1/64 to 1/2 of a cycle a pixel."""
    light = luminance(picture[None])[0, 0]
    window = torch.hann_window(len(light), periodic=True)
    light = (light - light.mean()) * window * window[:, None]
    power = torch.fft.fft2(light).abs().square()
    along = torch.fft.fftfreq(len(light))
    rings = (2 * torch.log2(torch.hypot(along, along[:, None]).clamp(min=1e-9) * 64)).floor()
    return torch.stack([power[rings == ring].mean() for ring in range(10)])


def missed(made, one, other):
    """By how much values lie outside those of both textures, over the nearer one; signed."""
    low, high = torch.minimum(one, other), torch.maximum(one, other)
    return torch.where(made > high, made / high - 1, torch.where(made < low, made / low - 1, 0.0))


def ways_of(textures):
    """Those that take these nets: by weights only nets that are kin are blended."""
    kin = are_kin([(one.net, one.card) for one in textures])
    return [way for way in WAYS if kin or way != "weights"]


def judged(names, side, seeds):
    textures = [texturenet.load(name, device="cpu") for name in names]
    halves = {
        way: blend(dict(zip(textures, (0.5, 0.5), strict=True)), way=way).render
        for way in ways_of(textures)
    }

    def faded(height, width, seed):
        return sum(one.render(height, width, seed) for one in textures) / 2

    def measured(render):
        pictures = [render(side, side, seed) for seed in range(seeds)]
        return [torch.stack([of(one) for one in pictures]).mean(0) for of in (contrasts, spectrum)]

    ends = [measured(one.render) for one in textures]
    for name, render in {**halves, "faded": faded}.items():
        pairs = zip(measured(render), *ends, strict=True)
        contrast, power = (missed(*each) * 100 for each in pairs)
        print(
            f"{'/'.join(names)}, {name}: contrast by octave "
            + " ".join(f"{value:+.0f}" for value in contrast)
            + " %; spectrum by ring, coarse to fine, "
            + " ".join(f"{value:+.0f}" for value in power)
            + " %",
            flush=True,
        )


def timed(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def costs(names, side, repeats):
    first, second = (texturenet.load(name, device="cpu") for name in names)
    masks = {"one half": 0.5, "from one to the other": Gradient((0, 0), (0, side))}
    for what, mask in masks.items():
        for way in ways_of((first, second)):
            both = blend({first: mask, second: None}, way=way)
            rounds = [
                [timed(lambda one=one: one.render(side, side)) for one in (both, first, second)]
                for _ in range(repeats + 1)
            ][1:]
            ratios = [blended / (one + other) for blended, one, other in rounds]
            print(
                f"{'/'.join(names)}, {way}, mask {what}: {statistics.median(ratios):.2f} of both "
                f"nets ({min(ratios):.2f} to {max(ratios):.2f})",
                flush=True,
            )


def drawn(names, way):
    """From the first to the second (3,256,512)."""
    mask = Gradient((0, 384), (0, 128))
    return blend({names[0]: mask, names[1]: None}, way=way, device="cpu").render(256, 512)


def main():
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    torch.set_num_threads(1)
    pairs = [pair.split(",") for pair in given.get("pairs", PAIRS).split(";")]
    side = int(given.get("side", 512))
    for names in pairs:
        judged(names, side, int(given.get("seeds", 4)))
    for names in pairs:
        costs(names, 2 * side, int(given.get("repeats", 5)))
    ways = [ways_of([texturenet.load(name, device="cpu") for name in names]) for names in pairs]
    shared = [way for way in WAYS if all(way in some for some in ways)]
    rows = [torch.cat([drawn(names, way) for names in pairs], 2) for way in shared]
    plot = Path(given.get("out", PLOT))
    save_picture(plot, torch.cat(rows, 1))
    print(plot)


if __name__ == "__main__":
    main()
