"""A very large picture in the terminal: what it will take, how far it is, how to go on."""

import time
from pathlib import Path

from ..errors import Refused, StoppedAtOnce
from ..sampling.large import DrawingFile, LargePicture
from .terminal import Bar, duration, say

PIECE = 256  # pixels a side that are timed for the estimate
UNIT = 2**20  # pixels that the bar counts in


def draw_large(canvas: LargePicture, path: Path, workers: int, what: str = "") -> None:
    growing = DrawingFile(path, canvas)
    height, width = canvas.size
    pace, size = seconds_per_pixel(canvas), growing.sheet.bytes_at_most() / 1e9
    shown = f"{what} {path}: {height}x{width}, up to {size:.2f} GB, about".strip()
    try:
        growing.check_room()
    except Refused:
        say(f"{shown} {duration(pace * height * width)}")
        raise
    done = growing.resume()
    first = growing.sheet.part(done)
    before = min(height * width, first.row * width + first.column * first.height)
    left = height * width - before
    say(f"{shown} {duration(pace * left)}")
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


def seconds_per_pixel(canvas: LargePicture) -> float:
    """Of a first piece, the second time."""
    window = canvas.texture.view(**canvas.view)
    height = min(PIECE, canvas.size[0])
    width = min(PIECE**2 // height, canvas.size[1])
    for _ in range(2):
        started = time.monotonic()
        canvas.texture.picture(window, (height, width), canvas.view["origin"])
    return (time.monotonic() - started) / (height * width)
