"""Style transfer by every recipe in the time that the default takes, side by side.

    python bench/transfer.py content=FILE style=FILE|NAME [out=FILE] [size=512] [threads=2]

The published recipes are for VGG-19; here they run on VGG-16, d2l with relu4_3 for the relu4_4 that
it lacks. All else is theirs, sizes and optimisers included. Prints the steps that each came to.
"""

import sys
import time
from pathlib import Path

import torch

import texturenet
from texturenet.imaging import beside, resized
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

RECIPES = {
    "gatys2016": {},
    "d2l": {"content_layers": ["relu4_3"]},
    "keras": {},
    "adam512": {},
}


def run(limit, **given):
    """-> (the best picture in that many seconds, seconds, steps)."""
    started, steps = time.perf_counter(), 0
    painting = texturenet.transfer(**given)
    for steps, _ in enumerate(painting, 1):  # noqa: B007
        if time.perf_counter() - started > limit:
            break
    return painting.picture, time.perf_counter() - started, steps


def tall(picture, height):
    """Brought to one height, for the sheet."""
    width = round(picture.shape[-1] * height / picture.shape[-2])
    return resized(picture.reshape(1, *picture.shape[-3:]), (height, width))[0]


def main():
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    pictures = {name: given[name] for name in ("content", "style")}
    shown = [load_picture(path).pixels for path in pictures.values()]
    size = {"size": int(given["size"])} if "size" in given else {}
    made, seconds, steps = run(float("inf"), **pictures, **size)
    print(
        f"default   {seconds:5.1f} s, {steps} steps, {made.shape[-2]}x{made.shape[-1]}", flush=True
    )
    shown.append(made)
    for recipe, change in RECIPES.items():
        network = {"recipe": recipe, "descriptor": "vgg16"}
        picture, spent, steps = run(seconds, **pictures, **network, **change)
        side = f"{picture.shape[-2]}x{picture.shape[-1]}"
        print(f"{recipe:<9} {spent:5.1f} s, {steps} steps, {side}", flush=True)
        shown.append(picture)
    if "out" in given:
        height = made.shape[-2]
        save_picture(Path(given["out"]), beside([tall(picture, height) for picture in shown]))


if __name__ == "__main__":
    main()
