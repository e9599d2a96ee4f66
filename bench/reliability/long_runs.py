"""What a long run keeps after a hundred steps or frames, and at its end: memory and open files.

    python bench/reliability/long_runs.py exemplar=gravel model=gravel

Training and painting take 2,000 steps, a film has 5,000 frames.
tests/reliability/test_long_runs.py does the same with a smaller net.
"""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil
from apart import CONTEXT

EARLY, STEPS, FRAMES = 100, 2000, 5000


def measured(kind, arguments, folder, times):
    """Run a command in a process of its own -> [(megabytes, open files)] at these steps or frames,
    and once it is over."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_run, args=(kind, arguments, str(folder), times, theirs))
    process.start()
    theirs.close()
    measurements = []
    try:
        while True:
            measurements.append(ours.recv())
    except EOFError:
        process.join()
    if process.exitcode or len(measurements) != len(times) + 1:
        raise RuntimeError(
            f"{kind} ended with {process.exitcode} after {len(measurements)} measurements"
        )
    return measurements


def _run(kind, arguments, folder, times, pipe):
    os.chdir(folder)
    os.dup2(os.open("output.txt", os.O_WRONLY | os.O_CREAT), 1)
    sys.argv = ["texturenet", *arguments]
    this, count = psutil.Process(), [0]

    def look():
        pipe.send((this.memory_info().rss / 1e6, len(list(_open()))))

    _count_calls(kind, lambda: (count.__setitem__(0, count[0] + 1), count[0] in times and look()))
    from texturenet.commands import main

    try:
        main()
    finally:
        look()


def _open():
    """What this process has open, but for the fonts that matplotlib keeps."""
    for file in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if (target := file.readlink()).suffix != ".ttf":
                yield target


def _count_calls(kind, called):
    """Have every step or frame counted."""
    from texturenet.optimise.descent import Descent
    from texturenet.sampling.film import Film
    from texturenet.training.module import TextureTraining

    owner, name = {
        "train": (TextureTraining, "training_step"),
        "gatys": (Descent, "evaluate"),
        "film": (Film, "frame"),
    }[kind]
    before = getattr(owner, name)

    def counted(*given):
        called()
        return before(*given)

    setattr(owner, name, counted)


def main():
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    size = ["threads=1", "device=cpu", "size=64", "log.score=false", f"steps={STEPS}"]
    jobs = {
        "train": (["train", f"exemplar={given['exemplar']}", *size, "out=run"], STEPS),
        "gatys": (["gatys", f"exemplar={given['exemplar']}", "picture.side=64", "scales=1",
                   "optimizer=adam", "threads=1", f"steps={STEPS}", "out=run"], STEPS),
        "film": (["film", f"model={given['model']}", "kind=loop", "size=64", "threads=1", "fps=50",
                  f"seconds={FRAMES // 50}", "out=film.mp4"], FRAMES),
    }  # fmt: skip
    for kind, (arguments, most) in jobs.items():
        with tempfile.TemporaryDirectory() as folder:
            early, late, over = measured(kind, arguments, folder, (EARLY, most))
        print(f"{kind}: {early[0]:.0f} MB after {EARLY}, {late[0]:.0f} MB after {most} "
              f"({100 * (late[0] / early[0] - 1):+.1f} %); open files {early[1]}, {late[1]}, "
              f"{over[1]} at the end")  # fmt: skip


if __name__ == "__main__":
    main()
