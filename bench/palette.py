"""The textures of a palette against nets of their own: merit, contrast halfway, pictures.

    texturenet train exemplars=grass,gravel,pebbles into=meadow parent=common steps=300
    python bench/palette.py several=runs/meadow [own=kin_grass,kin_gravel,kin_pebbles] [size=160]
                            [picture=docs/pictures/palette.jpg]

Prints the merit of every texture (of samples of its exemplar, as `texturenet score` does) and the
mean relative error that its card says, of both; and of every pair the contrast of the octaves
halfway, over what lies on the line between both ends (1: none is lost), the worst octave in
brackets. Draws the textures of both, and the nets halfway, a row each.
"""

import sys
from itertools import combinations
from statistics import geometric_mean

import torch
from morphing import contrasts, line

from texturenet import load
from texturenet.commands.card import exemplar_of
from texturenet.commands.judging import PICTURES, UNSEEN, judged_on, judges
from texturenet.evaluation.scorecard import merit
from texturenet.generator import release
from texturenet.hardware import device_name
from texturenet.imaging import beside
from texturenet.io.pictures import save_picture
from texturenet.sampling.morphing import Row

CPU = torch.device("cpu")
USUAL = {"several": "", "own": "", "size": 160, "picture": "docs/pictures/palette.jpg"}


def judged(texture):
    exemplar = exemplar_of(texture, None)
    seeds = range(UNSEEN, UNSEEN + PICTURES)
    pictures = [texture.render(*exemplar.shape[-2:], seed) for seed in seeds]
    return merit(judged_on(CPU, exemplar, judges("vgg16", texture), pictures).figures)


def table(word, textures):
    merits = []
    for texture in textures:
        errors = texture.card["errors"].values()
        merits.append(judged(texture))
        told = f"{texture.card['step']} steps, error {sum(errors) / len(errors):.3f}"
        print(f"{word}, {texture.card['name']}: merit {merits[-1]:.3f}, {told}", flush=True)
    print(f"{word}: mean merit {geometric_mean(merits):.4f}", flush=True)


def halves(word, textures, side):
    """Pictures of the nets halfway between every two; prints their contrast."""
    pictures = []
    for one, other in combinations(textures, 2):
        middle = Row.of([one, other]).mixture(0.5)
        ends = [contrasts(texture.render(512, 512, 0)) for texture in (one, other)]
        ratio = contrasts(middle.render(512, 512, 0)) / torch.lerp(*ends, 0.5)
        print(f"{word}, {one.card['name']}/{other.card['name']}: contrast {line(ratio)}")
        pictures.append(middle.render(side, side, 3))
    return pictures


def main(given):
    chosen = USUAL | {key: type(USUAL[key])(value) for key, value in given.items()}
    torch.set_num_threads(1)
    print(device_name(CPU), flush=True)
    file = release.find(chosen["several"])
    groups = {"palette": [str(path) for path in release.each_of(file).values()]}
    if chosen["own"]:
        groups = {"own": chosen["own"].split(","), **groups}
    rows, side = [], chosen["size"]
    for word, models in groups.items():
        textures = [load(model, device="cpu") for model in models]
        files = {release.file_of(release.find(model)) for model in models}
        print(f"{word}: {sum(path.stat().st_size for path in files) / 1000:.0f} kB")
        table(word, textures)
        drawn = [texture.render(side, side, 3) for texture in textures]
        rows.append(beside([*drawn, *halves(word, textures, side)]))
    save_picture(chosen["picture"], torch.cat(rows, 1))
    print(chosen["picture"])


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
