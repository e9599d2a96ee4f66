"""The picture of docs/morphing.md: nets between two, a row for each pair, on one plane of noise.

    python docs/morphing.py nets=FILE,FILE[;FILE,FILE..] [out=docs/pictures/morphs.jpg]
                            [steps=6] [size=160] [seed=3]

Nets are files, names or run folders; more than two in a row are passed through one by one.
"""

import sys

import torch

from texturenet.io.pictures import save_picture
from texturenet.sampling.between import row

GIVEN = {"nets": "", "out": "docs/pictures/morphs.jpg", "steps": 6, "size": 160, "seed": 3}


def strip(files, given):
    """From the first net to the last, side by side (3,h,w)."""
    nets, steps = row(files, "cpu"), given["steps"]
    places = [len(nets.others) * number / steps for number in range(steps + 1)]
    size, seed = given["size"], given["seed"]
    return torch.cat([nets.mixture(at).render(size, size, seed) for at in places], 2)


def main(given):
    chosen = GIVEN | {key: type(GIVEN[key])(value) for key, value in given.items()}
    strips = [strip(files.split(","), chosen) for files in chosen["nets"].split(";")]
    save_picture(chosen["out"], torch.cat(strips, 1))


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
