"""The merit of pictures that are of the same texture for certain: rendered by the formulas of a
rendered exemplar, from other random numbers.

    python bench/recipe/floor.py [names=pebbles,weave,..] [pictures=4]

Two pictures of one texture, as large as an exemplar, differ by chance in what they show of it. What
a net that drew the texture perfectly would get is therefore not 0, but this; less than this, as the
per-image optimiser has it, is likeness to the one exemplar.
"""

import sys
import tempfile
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parents[1]))
sys.path.append(str(Path(__file__).resolve().parents[2] / "exemplars"))
import render
from recipe.judging import judged
from recipe.table import FIGURES, with_merit

from texturenet.io.exemplars import load_picture

SIDE = 256
SEEDS = 1000  # the first of other random numbers


def main():
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    torch.set_num_threads(1)
    by = {picture.__name__: picture for picture in render.ALL}
    for name in given.get("names", ",".join(by)).split(","):
        exemplar = load_picture(name, crop=None, side=SIDE).pixels
        seeds = range(SEEDS, SEEDS + int(given.get("pictures", "4")))
        pictures = [rendered(by[name], seed) for seed in seeds]
        found = with_merit(judged(pictures, exemplar).figures)
        words = ", ".join(f"{key} {found[key]:.3f}" for key in ("merit", *FIGURES, "colours"))
        print(f"{name}: {words}", flush=True)


def rendered(picture, seed):
    """Written and read as the exemplar was: (3,256,256)."""
    with tempfile.TemporaryDirectory() as folder:
        path = render.written(picture, seed, Path(folder))
        return load_picture(str(path), crop=None, side=SIDE).pixels[0]


if __name__ == "__main__":
    main()
