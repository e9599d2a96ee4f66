"""bfloat16 against float32 on this CPU: a training step, the per-image optimiser, sampling.

    python bench/precision.py [threads=2] [repeats=5]

Seconds in both precisions, by turns in one process (medians), and how many times as fast bfloat16
is. `precision=auto` follows what is found here (texturenet/hardware.py). The steps are those of
the default recipe, on gravel; the optimiser takes 5 steps at 256 pixels; the sampler draws
1024x1024 pixels with a net of the default's size and random weights.
"""

import statistics
import sys
import time
from functools import partial

import torch
from training_step import Ours
from widths import NETS, random_net

from texturenet import gatys
from texturenet.commands import app
from texturenet.commands.train.setup import build, with_defaults
from texturenet.hardware import keep_freed_memory
from texturenet.io.exemplars import load_picture
from texturenet.sampling.texture import Texture

PRECISIONS = {"float32": "32-true", "bfloat16": "bf16-mixed"}
SIDE = 1024


def stepper(words, late):
    """late: by the whole descriptor, as the last steps of a run are."""
    chosen = app.request("train", {"exemplar": "gravel"}).options
    picture = load_picture("gravel", side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    module = build(chosen, loaded, picture, torch.device("cpu"))
    if late:
        module.octaves[0].early = None
    return Ours(module, words).step


def painter(precision, threads):
    def paint():
        steps = gatys("gravel", size=256, scales=1, steps=5, precision=precision, threads=threads)
        for _ in steps:
            pass

    return paint


def sampler(precision):
    net = random_net(NETS["64, 64, 48, 32, 16"]).in_precision(getattr(torch, precision))
    return partial(Texture(net, {"name": "random", "law": "uniform"}).render, SIDE, SIDE)


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    threads, repeats = int(given.get("threads", 2)), int(given.get("repeats", 5))
    torch.set_num_threads(threads)
    keep_freed_memory()  # as `texturenet.load` does
    capability = torch.backends.cpu.get_cpu_capability()
    print(f"{capability}, {threads} threads, torch {torch.__version__}")
    kinds = {
        "an early training step": lambda p: stepper(PRECISIONS[p], late=False),
        "a late one": lambda p: stepper(PRECISIONS[p], late=True),
        "5 steps of gatys": lambda p: painter(p, threads),
        "1024x1024 pixels": sampler,
    }
    for name, made in kinds.items():
        works = [made(precision) for precision in PRECISIONS]
        rounds = [[timed(work) for work in works] for _ in range(repeats + 1)][1:]
        exact, rounded = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name:24} float32 {exact:5.2f} s, bfloat16 {rounded:5.2f} s   "
              f"{exact / rounded:.2f} x", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
