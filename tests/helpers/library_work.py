"""What jobs of libraries do in tests; apart, because a worker takes seconds to import it."""

import os
import signal
import threading
import time

from texturenet.commands.library.making import train_one
from texturenet.commands.train import release
from texturenet.training.module import TextureTraining

SLOW = 0.3  # seconds of a step
KILLED, LOST = "killed", "lost"  # names of textures


def train_small(given, folder, tell):
    """A training whose pictures are small."""
    release.SIDE = 48
    return train_one(given, folder, tell)


def train_killed_once(given, folder, tell):
    """A training whose process is killed once, after its first resume file."""
    kept, marked = folder / "keep" / "resume.ckpt", folder / "keep" / "killed"
    if not marked.exists():
        slow_down()  # or it may be released before it is killed
        threading.Thread(target=strike, args=(kept, marked), daemon=True).start()
    return train_one(given, folder, tell)


def strike(kept, marked, after=0.0):
    """The end of this process, once there is a resume file."""
    while not kept.exists():
        time.sleep(0.002)
    time.sleep(after)
    marked.touch()
    os.kill(os.getpid(), signal.SIGKILL)


def train_in_trouble(given, folder, tell):
    """Of the textures that are called so, one is killed once after its resume file has travelled,
    and one is slow the first time, so that its node can be removed. What it keeps says which node
    it is on, and whether it went on."""
    import ray

    keep, name = folder / "keep", given["options"]["name"]
    first = not (keep / "node").exists()
    (keep / "node").write_text(ray.get_runtime_context().get_node_id())
    if (keep / "resume.ckpt").exists():
        (keep / "went_on").touch()
    if first and name in (KILLED, LOST):
        slow_down()
    if first and name == KILLED:
        given_time = (keep / "resume.ckpt", keep / "struck", 3 * SLOW)
        threading.Thread(target=strike, args=given_time, daemon=True).start()
    return train_small(given, folder, tell)


def slow_down():
    """All trainings of this process, which is going to be ended."""
    step = TextureTraining.training_step

    def slowly(self, batch, index):
        time.sleep(SLOW)
        return step(self, batch, index)

    TextureTraining.training_step = slowly
