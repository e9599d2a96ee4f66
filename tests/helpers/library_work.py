"""What jobs of libraries do in tests; apart, because a worker takes seconds to import it."""

import os
import signal
import threading
import time

from texturenet.commands.library.making import train_one


def train_killed_once(given, folder, tell):
    """A training whose process is killed once, after its first resume file."""
    kept, marked = folder / "keep" / "resume.ckpt", folder / "keep" / "killed"

    def strike():
        while not kept.exists():
            time.sleep(0.002)
        time.sleep(given.get("after", 0))
        marked.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    if not marked.exists():
        threading.Thread(target=strike, daemon=True).start()
    return train_one(given, folder, tell)
