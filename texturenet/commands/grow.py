"""A very large picture in the terminal: what it will take, how far it is, how to go on."""

import time
from pathlib import Path

from ..canvas import Canvas, Growing
from ..errors import StoppedAtOnce
from .progress import Bar, duration, say

UNIT = 2**20  # pixels that the bar counts in


def grow(canvas: Canvas, path: Path, workers: int, what: str = "") -> None:
    growing = Growing(path, canvas)
    done = growing.resume()
    growing.check_room()
    height, width = canvas.size
    first = growing.sheet.part(done)
    before = min(height * width, first.row * width + first.column * first.height)
    left = height * width - before
    size = growing.sheet.bytes_at_most() / 1e9
    about = duration(seconds_per_pixel(canvas) * left)
    say(f"{what} {path}: {height}x{width}, up to {size:.2f} GB, about {about}".strip())
    if done:
        say(f"going on after {done} of {growing.sheet.count} parts")
    try:
        with Bar("drawing", height * width // UNIT + 1) as bar:
            pixels = before
            bar.start_at(pixels // UNIT)
            for more in growing.draw(workers):
                pixels += more
                bar.reach(pixels // UNIT, "megapixels")
    except StoppedAtOnce:
        say(f"interrupted: the same command goes on from {growing.part.name}")
        raise


def seconds_per_pixel(canvas: Canvas, side: int = 256) -> float:
    """Of one block, the second time."""
    window = canvas.texture.view(**canvas.view)
    side = min(side, *canvas.size)
    for _ in range(2):
        started = time.monotonic()
        canvas.texture.picture(window, (side, side), canvas.view["origin"])
    return (time.monotonic() - started) / side**2
