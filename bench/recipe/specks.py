"""Glints and blocks of nets over many pixels, and of photographs, which should have none.

    python bench/recipe/specks.py brick runs/gravel ...   # names or files of nets
    python bench/recipe/specks.py photographs=FOLDER ...  # JPEGs, halves against halves

For nets: means over eight pictures of 512x512 at seeds that training never saw; `brightest` and
`darkest` are how many pixels are as bright (dark) as the exemplar's utmost hundred in a
million, over how many of its own are: a bound on values would hide glints, and pile them up
there.
"""

import sys
from pathlib import Path

import torch

from texturenet import load
from texturenet.commands.card import picture_of
from texturenet.evaluation.blocks import blocks
from texturenet.evaluation.glints import glint_map, per_million
from texturenet.imaging import luminance
from texturenet.io.exemplars import load_picture

UNSEEN, PICTURES, SIDE = 2**33, 8, 512
UTMOST = 1e-4


def of_net(name):
    net = load(name, device="cpu")
    exemplar = picture_of(net, None, crop=None, side=None).pixels[0]
    pictures = [net.render(SIDE, SIDE, UNSEEN + n) for n in range(PICTURES)]
    found = mean(per_million(glint_map(picture, exemplar)) for picture in pictures)
    grid = mean(blocks(picture, exemplar) for picture in pictures)
    ends = [ratio(sign, pictures, exemplar) for sign in (1, -1)]
    cells = f"{found:8.1f} {grid:8.4f} {ends[0]:9.1f} {ends[1]:8.1f}"
    print(f"{name:40} {cells}", flush=True)


def ratio(sign, pictures, exemplar):
    """How often pixels lie at an end of the exemplar's range, as a multiple of the exemplar."""
    theirs = (sign * luminance(exemplar[None])).flatten()
    end = theirs.kthvalue(round(len(theirs) * (1 - UTMOST))).values
    ours = [(sign * luminance(picture[None]) >= end).double().mean().item() for picture in pictures]
    return mean(ours) / (theirs >= end).double().mean().item()


def of_photographs(folder):
    for path in sorted(Path(folder).rglob("*.[jp][pn]g")):
        picture = load_picture(str(path)).pixels[0]
        if min(picture.shape[1:]) > SIDE:
            picture = load_picture(str(path), side=SIDE).pixels[0]
        top, left = (length // 2 for length in picture.shape[1:])
        halves = [
            (picture[:, :top], picture[:, top:]),
            (picture[..., :left], picture[..., left:]),
        ]
        pairs = halves + [pair[::-1] for pair in halves]
        found = mean(per_million(glint_map(one, other)) for one, other in pairs)
        grid = mean(blocks(one, other) for one, other in pairs)
        print(f"{path.name:40} {found:8.1f} {grid:8.4f}", flush=True)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def main():
    torch.set_grad_enabled(False)
    print(f"{'':40} {'glints':>8} {'blocks':>8} {'brightest':>9} {'darkest':>8}")
    for given in sys.argv[1:]:
        if given.startswith("photographs="):
            of_photographs(given.partition("=")[2])
        else:
            of_net(given)


if __name__ == "__main__":
    main()
