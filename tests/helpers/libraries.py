"""Tiny libraries: exemplars, options of train, and what the catalogue says."""

import sqlite3

from PIL import Image

from .pictures import dots

TINY = [
    "descriptor.layers=[relu1_1,pool2]", "advice=none", "generator.scales=3",
    "generator.widths=[4,6]", "size=16", "batch=2", "steps=32", "freeze.samples=2",
    "precision=float32", "log.score=false", "log.checkpoints=4",
]  # fmt: skip


def keys_of(vgg_file):
    """Of train: a net of a second."""
    return [f"descriptor.weights={vgg_file}", *TINY]


def photos_of(folder, names):
    """One picture for each name, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        Image.fromarray(dots(32 + 2 * number)).save(folder / f"{name}.png")
    return folder


def table(folder):
    """{name: row} of a library's catalogue."""
    with sqlite3.connect(folder / "library.db") as catalogue:
        catalogue.row_factory = sqlite3.Row
        return {row["name"]: dict(row) for row in catalogue.execute("select * from textures")}


def fingerprints(folder):
    return {name: row["fingerprint"] for name, row in table(folder).items()}
