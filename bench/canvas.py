"""Very large pictures: seconds per megapixel and peak memory, from 16 to 1024 megapixels.

    python bench/canvas.py [model=brick] [most=1024] [workers=1] [precision=float32] [suffix=.tif]

Every picture is one fresh process of `texturenet sample` that writes a file into a temporary
folder; memory is that of the largest process, seconds are from the first part on.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from texturenet.commands.drawing import STREAMED


def measured(arguments):
    """(seconds, peak resident memory in MB of its largest process) of one command."""
    command = [sys.executable, "-m", "texturenet", "sample", *arguments]
    started = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, 1, 0)],
    )
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} left with {status}")
    return time.perf_counter() - started, used.ru_maxrss / 1024


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    model, suffix = given.get("model", "brick"), given.get("suffix", ".tif")
    fixed = [f"model={model}", *(f"{k}={given[k]}" for k in ("workers", "precision") if k in given)]
    side, most = int(STREAMED**0.5), int(given.get("most", 1024))
    print(f"{model}, {' '.join(fixed[1:]) or 'workers=1'}, {suffix}")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, f"big{suffix}")
        start, _ = measured([*fixed, "size=64", f"out={Path(folder, 'small.png')}"])
        while side * side <= most * 2**20:
            seconds, memory = measured([*fixed, f"size={side}", f"out={out}"])
            size = out.stat().st_size / 1e9
            pixels = side * side / 1e6
            print(
                f"{side:>6}x{side}: {(seconds - start) / pixels:.3f} s a megapixel, "
                f"{memory:.0f} MB, {size:.2f} GB file",
                flush=True,
            )
            out.unlink()
            side *= 2


if __name__ == "__main__":
    main()
