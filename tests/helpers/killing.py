"""Commands in processes of their own, forked from one that has everything imported, and killed."""

import os
import signal
import sys
import time
import traceback
from pathlib import Path

from apart import CONTEXT


def start(folder, arguments, trap=None):
    """A `texturenet` in a folder, which writes into its output.txt and errors.txt.
    trap: (event, count), see `_spring`; ("twice", step), see `_interrupt_twice`."""
    process = CONTEXT.Process(target=_run, args=(folder, list(map(str, arguments)), trap))
    process.start()
    return process


def interrupt(folder, arguments, number, ready, seconds=120):
    """Start it, and send it a signal as soon as ready() is true -> (status, output, errors)."""
    process, deadline = start(folder, arguments), time.monotonic() + seconds
    while process.is_alive() and not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, number)
    return ended(process, folder, seconds)


def ended(process, folder, seconds=120):
    """Wait for its end -> (status, output, errors)."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
    out, err = ((folder / name).read_text() for name in ("output.txt", "errors.txt"))
    return process.exitcode, out, err


def execute(code, seconds=120):
    """Python in a process of its own -> the traceback that it ends with, "" where there is none."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_execute, args=(code, theirs))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(seconds) else f"nothing in {seconds} seconds"
    finally:
        process.kill()


def _execute(code, pipe):
    try:
        exec(code, {"__name__": "__main__"})
        pipe.send("")
    except Exception:
        pipe.send(traceback.format_exc())


def _run(folder, arguments, trap):
    os.chdir(folder)
    sys.argv = ["texturenet", *arguments]
    for stream, name in ((1, "output.txt"), (2, "errors.txt")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    if trap:
        (_interrupt_twice if trap[0] == "twice" else _spring)(*trap)
    from texturenet.commands import main
    from texturenet.commands.train import release

    release.SIDE = 48  # of samples
    main()


def _spring(event, count):
    """Die while the resume file is written for the count-th time: when its bytes are to be flushed,
    just before it is renamed, or just after."""
    sync, replace, left = os.fsync, Path.replace, [count]

    def struck():
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def fsync(file):
        if event == "flush" and ".resume." in str(Path(f"/proc/self/fd/{file}").readlink()):
            struck()
        sync(file)

    def renamed(path, target):
        ours = Path(target).name == "resume.ckpt"
        if ours and event == "rename":
            struck()
        found = replace(path, target)
        if ours and event == "renamed":
            struck()
        return found

    os.fsync, Path.replace = fsync, renamed


def _interrupt_twice(event, step):
    """SIGINT, and once more within the same step of training."""
    from texturenet.training.module import TextureTraining

    taken = TextureTraining.training_step

    def twice(self, batch, index):
        if index == step:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
        return taken(self, batch, index)

    TextureTraining.training_step = twice
