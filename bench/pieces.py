"""What it costs to draw a picture in parts: by processes, by parts and join, and as OME-Zarr.

    python bench/pieces.py model=gravel size=2048 parts=4 repeats=3

Ratios of one run, medians: seconds of two processes, of `parts` one after the other with their
join, and of OME-Zarr, over those of one process that draws the same picture into one TIFF; and
what joining alone takes. One thread of torch in each process. Memory is the most that a process
of its own came to, over one that draws 256 pixels.
"""

import json
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from texturenet.hardware import device_name
from texturenet.sampling import provenance
from texturenet.sampling.drawing import Drawing
from texturenet.sampling.joining import Joining, complete, found_in
from texturenet.sampling.large import LargePicture
from texturenet.sampling.shards import ShardDrawing
from texturenet.sampling.texture import load

USUAL = {"model": "gravel", "size": "2048", "parts": "4", "repeats": "3"}


def picture(model: str, size: int) -> LargePicture:
    texture = load(model, device="cpu")
    view = {"size": (size, size), "seed": 1, "origin": (0, 0), "tile": "none", "border": None}
    return LargePicture(texture, view, provenance.of_picture(texture, view))


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def drawn(drawn_picture: LargePicture, folder: Path, workers: int = 1) -> None:
    for _ in Drawing(folder / "big.tif", drawn_picture).draw(workers):
        pass


def in_parts(drawn_picture: LargePicture, folder: Path, parts: int) -> float:
    """-> seconds of joining alone."""
    for number in range(1, parts + 1):
        for _ in Drawing(folder / "big.tif", drawn_picture, piece=(number, parts)).draw(1):
            pass
    return timed(lambda: joined(folder))


def joined(folder: Path) -> None:
    for _ in Joining(folder / "joined.tif", complete(found_in([folder]))).draw(1):
        pass


def as_zarr(drawn_picture: LargePicture, folder: Path) -> None:
    for _ in ShardDrawing(folder / "big.zarr", drawn_picture).draw(1):
        pass


def round_of(drawn_picture: LargePicture, parts: int) -> dict[str, float]:
    """Seconds of each way, one after the other."""
    seconds = {}
    joining = []

    def pieces(folder):
        joining.append(in_parts(drawn_picture, folder, parts))

    ways = {
        "one process": lambda folder: drawn(drawn_picture, folder),
        "two processes": lambda folder: drawn(drawn_picture, folder, 2),
        "parts and join": pieces,
        "zarr": lambda folder: as_zarr(drawn_picture, folder),
    }
    for name, way in ways.items():
        folder = Path(tempfile.mkdtemp())
        seconds[name] = timed(lambda way=way, folder=folder: way(folder))
        shutil.rmtree(folder)
    return seconds | {"join alone": joining[-1]}


def memory(model: str, size: int, way: str) -> float:
    """Megabytes that a process of its own comes to."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_memory, args=(theirs, model, size, way))
    process.start()
    found = ours.recv()
    process.join()
    return found


def _memory(pipe, model: str, size: int, way: str) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        ways = {"tif": drawn, "zarr": as_zarr}
        ways[way](picture(model, size), Path(folder))
    pipe.send(_peak())


def _peak() -> float:
    """Megabytes that this process held at most, by Linux; `getrusage` counts the parent's too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (one for one in lines if one.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10


def main() -> None:
    chosen = USUAL | dict(word.split("=", 1) for word in sys.argv[1:])
    model, size, parts = chosen["model"], int(chosen["size"]), int(chosen["parts"])
    torch.set_num_threads(1)
    shown = picture(model, size)
    rounds = [round_of(shown, parts) for _ in range(int(chosen["repeats"]))]
    one = statistics.median(each["one process"] for each in rounds)
    found = {
        "machine": device_name(torch.device("cpu")),
        "megapixels": size**2 / 1e6,
        "megapixels a second, one process": round(size**2 / 1e6 / one, 3),
    }
    for name in rounds[0]:
        ratios = [each[name] / each["one process"] for each in rounds]
        found[f"{name} over one process"] = round(statistics.median(ratios), 3)
        found[f"{name}, all"] = [round(ratio, 3) for ratio in ratios]
    small = memory(model, 256, "tif")
    for way in ("tif", "zarr"):
        found[f"MB beyond a small picture, {way}"] = round(memory(model, size, way) - small)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
