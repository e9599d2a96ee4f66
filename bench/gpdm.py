"""GPDM: one picture whose patches are distributed as those of the exemplar, by no network.

    python bench/gpdm.py exemplars=pebbles,weave [size=256] [seed=0] [threads=1] [out=FOLDER]

Prints a line of JSON for each exemplar, a name or a file: its time, and the figures that recipes
are compared by (bench/recipe). size: pixels a side. out: where the pictures are kept. steps=1 for
a trial; as published there are 300 at every level.

Elnekave and Weiss 2022, "Generating natural images with direct patch distributions matching",
arXiv 2203.11862. Every number is a default of the authors' code, github.com/ariel415el/GPDM.
Differs from it only in how it is computed: numpy, which is faster at it than torch, puts numbers in
order.
"""

import json
import platform
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from recipe.judging import judged
from recipe.table import with_merit
from torch import Tensor

from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture
from texturenet.types import Size

PATCH = 7  # pixels a side of a patch
DIRECTIONS = 64  # that patches are projected on, drawn anew at every step
FACTOR = 0.85  # from a level to the next
COARSEST = 21  # pixels; the coarsest level is the first of at most so many
STEPS, RATE = 300, 0.01  # of Adam, at every level
NOISE = 1.5  # standard deviation of the start, where pictures are in [-1,1]


def gpdm(
    exemplar: Tensor, size: Size, seed: int, steps: int = STEPS, coarsest: int = COARSEST
) -> Tensor:
    """A picture from noise, coarse to fine, as like the exemplar in patches as it gets.

    The start is noise of the final size, brought down to the coarsest level, where little of it
    remains but that pictures of two seeds differ.

    Parameters
    ----------
    exemplar : (1,3,h,w) in [0,1], on the CPU
    size : of the picture, rows and columns
    seed : of noise and directions
    steps : at every level
    coarsest : level in pixels. Where its patches see most of it, they fix the layout, and the
        picture is a copy; the larger it is, the freer is the picture, and the less it keeps of
        structures larger than a patch there.

    Returns
    -------
    (3,H,W) in [0,1]
    """
    random = torch.Generator().manual_seed(seed)
    target, side = 2 * exemplar - 1, min(exemplar.shape[-2:])
    picture = NOISE * torch.randn(1, 3, *size, generator=random)
    for level in levels(side, coarsest):
        theirs = brought(target, scaled(exemplar.shape[-2:], level / side))
        picture = brought(picture, scaled(size, level / side))
        picture = matched(picture, theirs, steps, random)
    return (picture[0] + 1) / 2


def levels(side: int, coarsest: int = COARSEST) -> list[int]:
    """Shorter sides of the exemplar in pixels, coarse to fine."""
    sides = [side]
    while sides[-1] > coarsest:
        sides.append(int(FACTOR * sides[-1]))
    return sides[::-1]


def scaled(size: Size, ratio: float) -> Size:
    """No smaller than a patch."""
    rows, columns = (max(PATCH, round(length * ratio)) for length in size)
    return rows, columns


def brought(picture: Tensor, size: Size) -> Tensor:
    """(1,3,H,W) of any range, up or down to a size."""
    return F.interpolate(picture, size=size, mode="bilinear", antialias=True)


def matched(picture: Tensor, target: Tensor, steps: int, random: torch.Generator) -> Tensor:
    """A picture (1,3,H,W) brought near a target (1,3,h,w) in its patches; all in [-1,1]."""
    picture = picture.clone().requires_grad_()
    adam = torch.optim.Adam([picture], lr=RATE)
    for _ in range(steps):
        adam.zero_grad()
        patch_distance(picture, target, random).backward()
        adam.step()
    return picture.detach().clamp(-1, 1)


def patch_distance(picture: Tensor, target: Tensor, random: torch.Generator) -> Tensor:
    """Sliced Wasserstein distance of order 1 between the patches of (1,3,H,W) and (1,3,h,w), over
    random directions. Its gradient is with respect to the picture."""
    kernel = torch.randn(DIRECTIONS, 3 * PATCH * PATCH, generator=random)
    kernel = (kernel / kernel.norm(dim=1, keepdim=True)).view(-1, 3, PATCH, PATCH)  # (D,3,7,7)
    ours = F.conv2d(picture, kernel)[0].flatten(1)  # (D,N)
    theirs = F.conv2d(target, kernel)[0].flatten(1)  # (D,M)
    return distance(ours, theirs, random)


def distance(ours: Tensor, theirs: Tensor, random: torch.Generator) -> Tensor:
    """Wasserstein distance of order 1 of the numbers in rows (D,N) and (D,M), mean over rows. Of
    the smaller set as many copies are taken as fit, and some of it at random once more."""
    count = max(ours.shape[1], theirs.shape[1])
    ours, theirs = (repeated(numbers, count, random) for numbers in (ours, theirs))
    return (ours - of_equal_rank(ours.detach(), theirs)).abs().mean()


def repeated(numbers: Tensor, count: int, random: torch.Generator) -> Tensor:
    """(D,n) -> (D,count), the same columns in every row."""
    n = numbers.shape[1]
    if n == count:
        return numbers
    once_more = torch.randperm(n, generator=random)[: count % n]
    return numbers[:, torch.cat([torch.arange(n).repeat(count // n), once_more])]


def of_equal_rank(ours: Tensor, theirs: Tensor) -> Tensor:
    """For every number in a row the one of equal rank in the row of the others; all (D,n)."""
    order = torch.from_numpy(np.argsort(ours.numpy(), axis=1))
    ranked = torch.from_numpy(np.sort(theirs.numpy(), axis=1))
    return torch.empty_like(ranked).scatter_(1, order, ranked)


def timed(
    exemplar: Tensor, size: Size, seed: int, steps: int = STEPS, coarsest: int = COARSEST
) -> tuple[Tensor, dict]:
    """The picture of `gpdm`, and what it took. Seconds of the process are of its threads together
    and of them alone, however busy the machine is."""
    started, process = time.monotonic(), time.process_time()
    picture = gpdm(exemplar, size, seed, steps, coarsest)
    return picture, {
        "steps": steps,
        "seconds": round(time.monotonic() - started),
        "process seconds": round(time.process_time() - process),
        "threads": torch.get_num_threads(),
        "processor": processor(),
    }


def processor() -> str:
    """Its model, where the system tells, and what torch uses of it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.processor() or platform.machine()
    return f"{model}, {torch.backends.cpu.get_cpu_capability()}"


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 1)))
    size, seed = int(given.get("size", 256)), int(given.get("seed", 0))
    steps = int(given.get("steps", STEPS))
    for name in given["exemplars"].split(","):
        exemplar = load_picture(name, side=256)
        picture, facts = timed(exemplar.pixels, (size, size), seed, steps)
        if "out" in given:
            save_picture(Path(given["out"], f"{exemplar.name}.png"), picture)
        figures = with_merit(judged([picture], exemplar.pixels).figures)
        figures = {key: round(value, 5) for key, value in figures.items()}
        print(json.dumps({"exemplar": exemplar.name, "seed": seed} | facts | figures), flush=True)


if __name__ == "__main__":
    main()
