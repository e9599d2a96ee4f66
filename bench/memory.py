"""Peak memory of `texturenet gatys` on large pictures, each in a fresh process, and the estimates.

    python bench/memory.py [size=2048] [max_memory=6] [steps=3]

First single gradients, whole, with features computed twice, and by blocks, beside what
texturenet/optimise/memory.py expects of them; then the command itself within max_memory.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

SIZES = (512, 1024)
WAYS = ({}, {"recompute": True}, {"block": 512}, {"block": 256})
LAYERS = ["relu1_1", "pool1", "pool2", "pool3", "pool4"]


def gradient(side, half, recompute, block):
    """One gradient in this process: prints what it took and what was expected."""
    import psutil
    import torch

    from texturenet.descriptors import sources
    from texturenet.descriptors.vgg import Vgg
    from texturenet.losses.texture import TextureLoss
    from texturenet.optimise import memory
    from texturenet.optimise.blocks import Compute, picture_statistics
    from texturenet.optimise.objective import Objective, PixelUnits

    torch.set_num_threads(2)
    way = Compute(bool(half), bool(recompute), block or None)
    kind = {"architecture": "vgg16", "convention": "caffe", "pooling": "avg"}
    descriptor = Vgg(sources.load("vgg16").tensors, LAYERS, **kind)
    targets = picture_statistics(descriptor, torch.rand(1, 3, 128, 128), LAYERS, ["gram"], way)
    texture = TextureLoss(targets, {"gram": 1.0}, combine="sum")
    objective, canvas = (
        Objective(descriptor, PixelUnits(), texture=texture),
        torch.rand(1, 3, side, side),
    )
    before = psutil.Process().memory_info().rss
    started = time.perf_counter()
    objective.evaluate(canvas.requires_grad_(), way)
    seconds = time.perf_counter() - started
    took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    expected = memory.of_features(descriptor, (side, side), way)
    print(f"{took / 1e9:.2f} GB, expected {expected / 1e9:.2f}, {seconds:.1f} s", flush=True)


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    for side in SIZES:
        for half in (False, True):
            for way in WAYS:
                words = ", ".join(f"{k} {v}" if v is not True else k for k, v in way.items())
                precision = "bfloat16" if half else "float32"
                print(f"{side}x{side} {precision} {words or 'whole'}: ", end="", flush=True)
                numbers = (side, half, way.get("recompute", False), way.get("block", 0))
                arguments = [str(int(number)) for number in numbers]
                subprocess.run([sys.executable, __file__, "gradient", *arguments], check=True)
    size, most = given.get("size", "2048"), given.get("max_memory", "6")
    with tempfile.TemporaryDirectory() as folder:
        command = ["gatys", "exemplar=brick", f"size={size}", f"max_memory={most}", "scales=1"]
        command += [f"steps={given.get('steps', 3)}", f"out={folder}/run"]
        started = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", "texturenet", *command])
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(1)
        seconds = time.monotonic() - started
    peak = usage.ru_maxrss * 1024 / 1e9
    print(f"{size}x{size} within {most} GB: peak {peak:.2f} GB, {seconds:.0f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["gradient"]:
        gradient(*map(int, sys.argv[2:]))
    else:
        main()
