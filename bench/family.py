"""Nets of one start as a family: every two of them halfway, and ways between; files at half size.

    python bench/family.py halves nets=FILE,FILE.. out=FOLDER [prefix=TEXT]
    python bench/family.py matrix nets=FILE,FILE.. [size=128] [seed=3]
                                  [out=docs/pictures/family.jpg]
    python bench/family.py neighbours nets=FILE,FILE
    python bench/family.py ways nets=FILE,FILE [seed=3] [out=docs/pictures/family.jpg]

`halves` writes nets of 32 bits a weight with 16, as `train` releases them, under their names with a
prefix, and prints how far that moves their pictures (root mean square and most, of 255).
`matrix` draws the nets on the
diagonal, and above it what lies halfway between every two; it prints the contrast of these over
what lies on the line between both ends: the mean of five octaves, and the worst in brackets.
`neighbours` says of two nets in the middle between both, a fourth, an eighth, .. of the way from
each other, how alike their pictures are (correlation of luminance), and which contrast their mean
has. `ways` draws a blend of both across one mask, a row for each way.
"""

import sys
from itertools import combinations
from pathlib import Path

import torch
from morphing import contrasts, line

from texturenet import load
from texturenet.blending.blend import blend
from texturenet.blending.limits import WAYS
from texturenet.blending.masks import Gradient
from texturenet.generator import release
from texturenet.imaging import luminance
from texturenet.io.pictures import save_picture
from texturenet.sampling.morphing import Row

USUAL = {"nets": "", "out": "docs/pictures/family.jpg", "size": 128, "seed": 3, "prefix": ""}
SIDE = 512  # pixels a side of pictures that are measured


def halves(given):
    folder = Path(given["out"])
    folder.mkdir(parents=True, exist_ok=True)
    for file in given["nets"].split(","):
        net, card = release.load_whole(release.find(file))
        before = load(file, device="cpu").render(SIDE, SIDE)
        name = given["prefix"] + card["name"]
        path = folder / f"{name}.safetensors"
        release.save(path, release.rounded(net), card | {"name": name})
        away = load(str(path), device="cpu").render(SIDE, SIDE) - before
        moved, most = (255 * float(of) for of in (away.square().mean().sqrt(), away.abs().max()))
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB, {moved:.2f} and {most:.0f} of 255")


def matrix(given):
    textures = [load(file, device="cpu") for file in given["nets"].split(",")]
    size, seed, count = given["size"], given["seed"], len(textures)
    sheet = torch.ones(3, count * size, count * size)

    def show(row, column, texture):
        made = texture.render(size, size, seed)
        sheet[:, row * size : (row + 1) * size, column * size : (column + 1) * size] = made

    ends = [contrasts(texture.render(SIDE, SIDE)) for texture in textures]
    for place, texture in enumerate(textures):
        show(place, place, texture)
    for i, j in combinations(range(count), 2):
        middle = Row.of([textures[i], textures[j]]).mixture(0.5)
        show(i, j, middle)
        ratio = contrasts(middle.render(SIDE, SIDE)) / torch.lerp(ends[i], ends[j], 0.5)
        print(f"{textures[i].card['name']}, {textures[j].card['name']}: {line(ratio)}", flush=True)
    save_picture(given["out"], sheet)
    print(given["out"])


def neighbours(given):
    nets = Row.of([load(file, device="cpu") for file in given["nets"].split(",")])
    for steps in (4, 8, 16, 32):
        ends = [nets.frame(0.5 + k / steps).render(SIDE, SIDE, 1) for k in (0, 1)]
        grey = torch.stack([luminance(end[None]).flatten() for end in ends])
        ratio = contrasts((ends[0] + ends[1]) / 2) / ((contrasts(ends[0]) + contrasts(ends[1])) / 2)
        print(f"1/{steps}: alike {float(torch.corrcoef(grey)[0, 1]):.2f}, mean {line(ratio)}")


def ways(given):
    first, second = (load(file, device="cpu") for file in given["nets"].split(","))
    mask = Gradient((0, 384), (0, 128))
    rows = [
        blend({first: mask, second: None}, way=way).render(256, 512, given["seed"]) for way in WAYS
    ]
    save_picture(given["out"], torch.cat(rows, 1))
    print(given["out"])


@torch.inference_mode()
def main(work, given):
    chosen = USUAL | {key: type(USUAL[key])(value) for key, value in given.items()}
    torch.set_num_threads(1)
    works = {"halves": halves, "matrix": matrix, "neighbours": neighbours, "ways": ways}
    works[work](chosen)


if __name__ == "__main__":
    main(sys.argv[1], dict(word.split("=", 1) for word in sys.argv[2:]))
