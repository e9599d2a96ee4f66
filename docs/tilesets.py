"""The pictures of docs/tilesets.md: tiles on a map beside their sheet, and a painted landscape.

    python docs/tilesets.py [tiles=docs/pictures/tileset.jpg] [painted=docs/pictures/painted.jpg]
                            [map=FILE.png]

map= also writes the labels of the landscape.
"""

import sys
from pathlib import Path

import torch
from PIL import Image

import texturenet
from texturenet.blending.wander import smooth_noise
from texturenet.imaging import beside
from texturenet.io.pictures import save_picture
from texturenet.tilesets.laying import by_corners, laid
from texturenet.tilesets.tileset import tileset

PICTURES = Path(__file__).resolve().parent / "pictures"
MODELS = "leaves", "gravel"
SIDE, VARIANTS, ROWS, COLUMNS = 96, 6, 4, 6
LAND = {1: "leather", 2: "gravel", 3: "pebbles", 4: "leaves", 5: "redbrick"}
SCALE = 16


def hills(rows, columns, length, seed):
    """Smooth numbers (h,w) of mean 0 and deviation 1."""
    return smooth_noise(torch.arange(rows), torch.arange(columns), length, seed)[0]


def tiles():
    """A map of random tiles, and the sheet of the first variant."""
    made = tileset(MODELS, side=SIDE, variants=VARIANTS, seed=3, device="cpu")
    pictures = torch.stack([
        torch.stack([made.picture(tile.number, variant) for variant in range(VARIANTS)])
        for tile in made.tiles
    ])  # (K,V,3,s,s)  # fmt: skip
    corners = (hills(ROWS + 1, COLUMNS + 1, 3.0, 8) > 0.1).long()
    numbers = by_corners(made.tiles, corners)
    variants = torch.randint(0, VARIANTS, numbers.shape, generator=torch.Generator().manual_seed(0))
    sheet = laid(pictures, torch.arange(len(made.tiles)).view(4, 4), torch.zeros(4, 4).long())
    return beside([laid(pictures, numbers, variants), sheet], 16)


def labels(rows=30, columns=46):
    """Earth, with a path of gravel beside a yard of brick, leaves, and a bank of pebbles."""
    row = torch.arange(rows)[:, None].float() / rows
    column = torch.arange(columns).float() / columns
    made = torch.ones(rows, columns, dtype=torch.uint8)
    made[(hills(rows, columns, 9.0, 5) + 2.2 * (column - row) > 1.0)] = 4
    made[row + 0.28 * column + 0.05 * hills(rows, columns, 8.0, 2) > 1.02] = 3
    path = 0.42 + 0.2 * torch.sin(4.4 * column + 0.3)
    made[(row - path).abs() < 0.065] = 2
    made[(row < 0.42) & (row > 0.12) & (column < 0.3) & (column > 0.06)] = 5
    return made


def main(given):
    torch.set_num_threads(1)
    save_picture(Path(given.get("tiles", PICTURES / "tileset.jpg")), tiles())
    cells = labels()
    if "map" in given:
        Image.fromarray(cells.numpy()).save(given["map"])
    land = texturenet.paint(cells, LAND, scale=SCALE, invert=["redbrick"], device="cpu")
    save_picture(
        Path(given.get("painted", PICTURES / "painted.jpg")), land.render(*land.masks.size, seed=2)
    )


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
