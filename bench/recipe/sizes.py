"""Pictures of nets judged at the exemplar's own size, at half of it and at a quarter, where what is
large comes into the judges' view.

    python bench/recipe/sizes.py exemplar=FILE models=NET,NET.. [side=1024] [pictures=2]

At its own size the figures see some 200 pixels at the most (relu5_3 of VGG-16), patches 28.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))
from recipe.judging import judged
from recipe.table import FIGURES, with_merit

from texturenet import load
from texturenet.io.exemplars import load_picture

UNSEEN = 2**33  # the first seed judged


def main():
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    torch.set_num_threads(1)
    exemplar = load_picture(
        given["exemplar"], crop=None, side=int(given.get("side", "1024"))
    ).pixels
    seeds = range(UNSEEN, UNSEEN + int(given.get("pictures", "2")))
    for model in given["models"].split(","):
        net = load(model, device="cpu")
        pictures = [net.render(*exemplar.shape[-2:], seed)[None] for seed in seeds]
        for factor in (1, 2, 4):
            smaller = [F.avg_pool2d(picture, factor)[0] for picture in pictures]
            found = with_merit(judged(smaller, F.avg_pool2d(exemplar, factor)).figures)
            words = ", ".join(f"{key} {found[key]:.3f}" for key in ("merit", *FIGURES))
            print(f"{model} at 1/{factor}: {words}", flush=True)


if __name__ == "__main__":
    main()
