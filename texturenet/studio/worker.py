"""The process of one job: the command line itself, in the background.

    python -m texturenet.studio.worker NICE VERB [key=value ...]

It works when nobody else wants the processor, and ends as at Ctrl-C when its standard input says
`stop`, or ends, which it does when the studio ends however that ends: what was learnt is kept.
"""

import _thread
import os
import runpy
import signal
import sys
import threading
from contextlib import suppress

STOP = b"stop"


def main(arguments: list[str]) -> None:
    """The first argument is how nice the process is, 0 to 19; the others are those of the
    command."""
    with suppress(AttributeError, OSError):  # Windows
        os.nice(int(arguments[0]))
    # Until the command listens itself, there is nothing to be saved.
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(128 + number))
    threading.Thread(target=_listen, daemon=True).start()
    sys.argv = ["texturenet", *arguments[1:]]
    runpy.run_module("texturenet", run_name="__main__")


def _listen() -> None:
    """Once: a second signal would end the process without saving."""
    # Of the file and not of sys.stdin, whose lock the interpreter wants when it ends.
    with suppress(OSError):
        while (said := os.read(0, 64)) and STOP not in said:
            pass
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:  # Windows
        _thread.interrupt_main(signal.SIGINT)


if __name__ == "__main__":
    main(sys.argv[1:])
