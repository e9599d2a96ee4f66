"""Renders the colour exemplars of the project: python exemplars/render.py [folder] [name ..]

Each is a function of rendering/ of that name: formulas and random numbers, no photographs.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from rendering.built import leather, redbrick, rust, wood
from rendering.grown import beads, leaves, scales
from rendering.stones import lichen, pebbles, terrazzo
from rendering.woven import knit, weave

# In this order: the place is the seed.
ALL = [
    pebbles, weave, redbrick, wood, rust, leather, leaves, scales, beads, lichen, terrazzo, knit,
]  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for seed, picture in enumerate(ALL):
        if sys.argv[2:] and picture.__name__ not in sys.argv[2:]:
            continue
        written(picture, seed, folder)


def written(picture: Callable, seed: int, folder: Path) -> Path:
    """NAME.jpg in that folder."""
    values = picture(np.random.default_rng(seed)).clip(0, 1)
    image = Image.fromarray((values * 255).round().astype(np.uint8))
    path = folder / f"{picture.__name__}.jpg"
    image.save(path, quality=92)
    return path


if __name__ == "__main__":
    main()
