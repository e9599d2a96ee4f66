"""Previews of the released nets, and the picture at the head of the README.

    python docs/gallery.py

Writes checkpoints/NAME.jpg (exemplar and two samples of 256x256, seeds 0 and 1) for every released
net, and the rows together as docs/pictures/gallery.jpg. The exemplar is shown as it was trained on.
"""

from pathlib import Path

import torch

import texturenet
from texturenet import checkpoint
from texturenet.exemplars import load_picture
from texturenet.images import beside, save_picture

SIDE, GAP = 256, 8


def row(name):
    texture = texturenet.load(name, device="cpu")
    picture = texture.card["recipe"]["picture"]
    exemplar = load_picture(
        texture.card["exemplar"]["name"], crop=picture["crop"], side=picture["side"]
    )
    samples = [texture.render(SIDE, SIDE, seed) for seed in (0, 1)]
    return beside([exemplar.pixels[0, :, :SIDE, :SIDE], *samples], GAP)


def main():
    rows = {name: row(name) for name in checkpoint.released()}
    for name, picture in rows.items():
        save_picture(checkpoint.find(name).with_suffix(".jpg"), picture)
    gap = torch.ones(3, GAP, next(iter(rows.values())).shape[-1])
    lines = [part for picture in rows.values() for part in (picture, gap)][:-1]
    folder = Path(__file__).parent / "pictures"
    save_picture(folder / "gallery.jpg", torch.cat(lines, dim=1))  # (3, rows and gaps, W)


if __name__ == "__main__":
    main()
