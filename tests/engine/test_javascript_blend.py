"""`texturenet/blend` in Node: the pixels of `texturenet.blend` with the same mask."""

import json

import numpy as np
import pytest
import torch
from helpers.nets import random_net, texture

from texturenet.blending.blend import blend
from texturenet.blending.masks import raster
from texturenet.generator import release
from texturenet.io.pictures import to_bytes
from texturenet.page import measures_of
from texturenet.sampling.texture import Texture

from .test_javascript import run

SPREAD = 32
VIEW = "row", "column", "height", "width"


def painted(nets, seed=0, side=40):
    """Cells (side,side,nets), bytes whose sum is 255: discs with soft edges on the first net."""
    draw = np.random.default_rng(seed)
    down, right = np.mgrid[:side, :side]
    cells = np.zeros((side, side, nets))
    cells[..., 0] = 255
    for number in range(6):
        y, x, radius = *draw.uniform(5, side - 5, 2), draw.uniform(3, 8)
        share = np.clip(radius - np.hypot(down - y, right - x), 0, 3)[..., None] / 3
        new = np.eye(nets)[1 + number % (nets - 1)] * 255
        cells = cells * (1 - share) + share * new
    cells = np.floor(cells).astype(int)
    cells[..., 0] += 255 - cells.sum(-1)
    cells[0] = cells[-1] = cells[:, 0] = cells[:, -1] = [255, *[0] * (nets - 1)]
    return cells


def drawn(textures, cells, options, corner):
    """What Python draws with these cells, the first of which lies at a corner (down, right)."""
    origin = [4 * place for place in corner]
    large = torch.from_numpy(cells.repeat(4, 0).repeat(4, 1)).float() / 255
    masks = [raster("mask", large[..., i], origin=origin) for i in range(len(textures))]
    both = blend(dict(zip(textures, masks, strict=True)), spread=SPREAD)
    size = options["height"], options["width"]
    return to_bytes(both.render(*size, int(options["seed"]), (options["row"], options["column"])))


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """{name: (texture, file)} of released nets and of small ones of other shapes and laws."""
    folder = tmp_path_factory.mktemp("blended")
    made = {name: (None, release.find(name)) for name in ("grass", "gravel", "knit")}
    small = {
        "heads": Texture(random_net(4, family="bare"), {"name": "heads", "law": "gaussian"}),
        "plain": texture(3),
    }
    for name, one in small.items():
        card = one.card | {"name": name}
        made[name] = None, release.save(folder / f"{name}.safetensors", one.net, card)
    return {name: (Texture(*release.load(file)), file) for name, (_, file) in made.items()}


# Nets, seed, (down, right) of the first cell, and (row, column, height, width) of the window.
CASES = [
    (("grass", "gravel"), 7, (-20, -20), (-70, -60, 150, 140)),
    (("gravel", "grass", "knit"), 3, (5, -1000), (41, -3960, 96, 90)),
    (("heads", "plain"), 2**64 - 1, (-3, 2**30), (5, 2**32 + 3, 70, 133)),
]


def test_blends_are_those_of_python(nets, tmp_path):
    listed = []
    for number, (names, seed, corner, view) in enumerate(CASES):
        cells = painted(len(names), number)
        textures, files = zip(*(nets[name] for name in names), strict=True)
        options = dict(zip(VIEW, view, strict=True)) | {"seed": str(seed)}
        made = drawn(textures, cells, options, corner)
        (tmp_path / f"blend_{number}.rgb").write_bytes(np.ascontiguousarray(made).tobytes())
        flat = cells.reshape(-1, len(names))
        rows = [
            [y + corner[0], x + corner[1], cell.tolist()]
            for (y, x), cell in zip(np.ndindex(cells.shape[:2]), flat, strict=True)
        ]
        listed.append({
            "title": "_".join(names), "files": [str(file) for file in files], "options": options,
            "measures": json.loads(measures_of([str(file) for file in files])),
            "mask": {"cells": rows, "spread": SPREAD, "nets": len(names)},
        })  # fmt: skip
        covered = cells[..., 0].mean() / 255
        assert 0.2 < covered < 0.95
    listed.append(halves(nets, tmp_path, len(listed)))
    (tmp_path / "blends.json").write_text(json.dumps(listed))
    run("blend.test.mjs", TEXTURENET_FIXTURES=str(tmp_path))


def halves(nets, folder, number):
    """Half of each, everywhere."""
    names = "grass", "gravel"
    textures, files = zip(*(nets[name] for name in names), strict=True)
    both = blend(dict.fromkeys(textures, 0.5))
    made = to_bytes(both.render(80, 90, 5, (11, -7)))
    (folder / f"blend_{number}.rgb").write_bytes(np.ascontiguousarray(made).tobytes())
    paths = [str(file) for file in files]
    return {
        "title": "halves", "files": paths, "measures": json.loads(measures_of(paths)),
        "options": {"row": 11, "column": -7, "height": 80, "width": 90, "seed": "5"},
        "mask": {"shares": [0.5, 0.5]},
    }  # fmt: skip
