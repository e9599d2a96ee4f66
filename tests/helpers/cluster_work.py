"""What jobs of tests do."""

import os
import signal
import time
from pathlib import Path

from texturenet.errors import Refused, StoppedAtOnce


def square(given, folder, tell):
    """Of a number, with its files; it counts in what it keeps how often it was begun."""
    count = folder / "keep" / "count"
    before = int(count.read_text()) if count.exists() else 0
    count.write_text(str(before + 1))
    what = given.get("what")
    tell({"step": 0 if what == "dies" else before})
    if what == "raises":
        raise RuntimeError("a reason\nand more")
    if what == "refuses":
        raise Refused("it is 3, and must be 4: say 4.")
    if what == "dies" or (what == "dies once" and before == 0):
        if "store" in given:
            wait_for_copy(Path(given["store"]), before + 1)
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "stopped once" and before == 0:
        raise StoppedAtOnce(signal.SIGTERM)
    while what == "waits" and not Path(given["until"]).exists():
        time.sleep(0.05)
    (folder / "out" / "deep").mkdir()
    text = "".join(path.read_text() for path in sorted(folder.glob("*.txt")))
    (folder / "out" / "deep" / "square.txt").write_text(f"{given['number'] ** 2} {text}")
    return {"square": given["number"] ** 2, "begun": before, "threads": threads()}


def wait_for_copy(store, begun, most=120.0):
    """Until the driver's folder of the job has the count; the test says so where not."""
    until = time.monotonic() + most
    while time.monotonic() < until:
        if any(path.read_text() == str(begun) for path in store.glob("work-*/keep/count")):
            return
        time.sleep(0.05)


def threads():
    import torch

    return torch.get_num_threads()
