"""Commands in processes of their own, forked from one that has everything imported, and killed."""

import os
import signal
import sys
from pathlib import Path

from apart import CONTEXT


def start(folder, arguments, trap=None):
    """A `texturenet` in a folder. trap: (event, count), see `_spring`."""
    process = CONTEXT.Process(target=_run, args=(folder, list(map(str, arguments)), trap))
    process.start()
    return process


def _run(folder, arguments, trap):
    os.chdir(folder)
    sys.argv = ["texturenet", *arguments]
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(os.open("errors.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    if trap:
        _spring(*trap)
    from texturenet.commands import main

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
