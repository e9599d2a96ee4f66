"""Pictures of docs/recipe.md: a row for each of some regular nets.

    python docs/repeating.py [models=weave,redbrick,scales] [out=docs/pictures/repeating.jpg]
                             [size=256] [seeds=0,1]
    python docs/repeating.py what=units models=redbrick out=docs/pictures/units.jpg

"What repeats", from left to right: the exemplar, its part that repeats on the lattice as it was
found, samples. "Units of their own": the exemplar; for each seed the first number of every unit,
bright where it is large, and the sample.
"""

import sys

import torch

import texturenet
from texturenet.analysis.harmonics import harmonics_of
from texturenet.analysis.lattices import lattice_of
from texturenet.analysis.spectrum import Spectrum
from texturenet.commands.card import picture_of
from texturenet.imaging import beside
from texturenet.io.pictures import save_picture
from texturenet.noise.phases import Phases

GIVEN = {
    "models": "weave,redbrick,scales", "out": "docs/pictures/repeating.jpg", "size": "256",
    "seeds": "0,1", "what": "repeats",
}  # fmt: skip
GAP = 8


def part_that_repeats(exemplar):
    """(1,3,h,w) -> (3,h,w): the sum of the waves that the term compares."""
    lattice = lattice_of(Spectrum(exemplar))
    if lattice is None:
        raise SystemExit("it has no lattice: see `texturenet advise`")
    seen = harmonics_of(exemplar, lattice, 128)
    lines = [torch.arange(length).double()[None] + 0.5 for length in exemplar.shape[-2:]]
    drawn = Phases(lattice.waves(seen.multiples), *lines).drawn(seen.amplitudes)
    return (drawn[0] + seen.mean[:, None, None]).clamp(0, 1)


def numbers_of(net, size, seed):
    """(3,size,size): the first number of the unit that each pixel lies in."""
    line, waves = torch.arange(size), net.waves
    if waves is None or waves.units is None:
        raise SystemExit("this net has no numbers of units")
    numbers = waves.units.at(line, line, 1, waves.torus, waves.pictures([seed]))
    return numbers[0, :1].expand(3, -1, -1)


def row_of(name, size, seeds, what):
    net = texturenet.load(name, device="cpu")
    exemplar = picture_of(net, None).pixels
    shown = [exemplar[0]]
    if what == "repeats":
        shown.append(part_that_repeats(exemplar))
    for seed in seeds:
        shown += [numbers_of(net, size, seed)] if what == "units" else []
        shown.append(net.render(size, size, seed))
    return beside([picture[:, :size, :size] for picture in shown], GAP)


def main(given):
    chosen = GIVEN | given
    size, seeds = int(chosen["size"]), [int(seed) for seed in chosen["seeds"].split(",")]
    rows = [row_of(name, size, seeds, chosen["what"]) for name in chosen["models"].split(",")]
    gap = torch.ones(3, GAP, rows[0].shape[-1])
    parts = [part for row in rows for part in (gap, row)][1:]
    save_picture(chosen["out"], torch.cat(parts, 1))


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
