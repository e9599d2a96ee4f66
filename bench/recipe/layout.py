"""How far pictures of one exemplar's size have its layout -> a table of docs/recipe.md.

    python bench/recipe/run.py --multirun setting=gpdm,gpdm_64,gatys exemplar=NAMES budget=500
    python bench/recipe/layout.py [pictures=FOLDER]

The runs leave the pictures where this looks for them (`results=FILE` if their lines are there
already). A layout can be copied without a patch of it being so: `copied` does not see that.
"""

import sys

import torch
from run import path_of
from table import CHOOSING, read, table, write

from texturenet.imaging import resized
from texturenet.io.exemplars import load_picture

SETTINGS = ("gatys", "gpdm_64", "gpdm")
RUN = "runs/recipe/{}_{}_0_500/picture.png"
SMALLER = 8  # times, so that only the layout is left


def likeness(picture, exemplar):
    """Correlation of two pictures (1,3,H,W), much reduced, at the shift at which it is greatest,
    up to a quarter of them. 1: one layout; what repeats is like itself anyway."""
    rows, columns = (length // SMALLER for length in exemplar.shape[-2:])
    ours, theirs = (resized(x, (rows, columns))[0] for x in (picture, exemplar))
    return max(
        correlation(shifted(ours, down, across), shifted(theirs, -down, -across))
        for down in range(-(rows // 4), rows // 4 + 1)
        for across in range(-(columns // 4), columns // 4 + 1)
    )


def shifted(picture, down, across):
    """The part of (3,h,w) that another, as much the other way, shows too."""
    for axis, step in ((1, down), (2, across)):
        picture = picture.narrow(axis, max(step, 0), picture.shape[axis] - abs(step))
    return picture


def correlation(a, b):
    """Of two pictures (3,h,w), about the mean of each colour."""
    a, b = (x - x.mean((1, 2), keepdim=True) for x in (a, b))
    return ((a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-9)).item()


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(1)
    named = {name for name, _ in read()["gpdm", 500]} - set(CHOOSING)
    rows = []
    for name in sorted(named):
        place = {"exemplar": name, "pictures": given.get("pictures"), "aliases": {}}
        exemplar = load_picture(path_of(place), side=256).pixels
        pictures = [load_picture(RUN.format(setting, name)).pixels for setting in SETTINGS]
        rows.append([name, *(f"{likeness(picture, exemplar):.2f}" for picture in pictures)])
    lines = table(["exemplar", *SETTINGS], rows)
    write("layout", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
