"""Sampling: from pressing Enter to a file, and pixels a second against a plain whole-picture pass.

    python bench/sampling.py [model=brick] [threads=2] [repeats=5]

Plain means: the released weights in float32, noise from torch.rand, one circular forward pass over
the whole picture. Ours is `Texture.render`, noise field and blocks included. Both in one process,
by turns; medians.
"""

import statistics
import subprocess
import sys
import tempfile
import time

import torch

import texturenet


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def first_picture(model):
    """Seconds of a fresh process that writes one 512x512 picture, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "texturenet", "sample", f"model={model}", "size=512", f"out={folder}"]
        seconds = timed(lambda: subprocess.run([sys.executable, *command], check=True))
    import resource

    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


@torch.inference_mode()
def plain(texture, side):
    scales = texture.net.architecture.scales
    noise = [torch.rand(1, 3, *2 * [side >> scales - 1 - scale]) for scale in range(scales)]
    return texture.net(noise).clamp(0, 1)


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    model, repeats = given.get("model", "brick"), int(given.get("repeats", 5))
    torch.set_num_threads(int(given.get("threads", 2)))
    seconds, megabytes = first_picture(model)
    print(f"fresh process to a 512x512 file: {seconds:.1f} s, peak {megabytes:.0f} MB")
    texture = texturenet.load(model, device="cpu")
    print(f"{model}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    for side in (256, 512, 1024, 2048):
        calls = (lambda s=side: texture.render(s, s), lambda s=side: plain(texture, s))
        rounds = [[timed(call) for call in calls] for _ in range(repeats + 1)][1:]
        ours, whole = (statistics.median(column) for column in zip(*rounds, strict=True))
        rate = side * side / 1e6 / ours
        print(
            f"{side:>5}: {ours:.3f} s, {rate:.2f} megapixels a second, {whole / ours:.2f} x plain"
        )


if __name__ == "__main__":
    main()
