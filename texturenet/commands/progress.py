"""How far a command is, for another program: one line of JSON for each step, in a file.

The environment variable TEXTURENET_PROGRESS names the file. A line holds `what` is done, `done` of
`total` parts of it, `seconds` since it began, and the numbers of the moment that the work has
(`step`, `steps`, `loss`, `error` of a training run). A file that cannot be written is left alone:
what is shown of a work never decides about it.
"""

import json
import os
import time
from collections.abc import Mapping

FILE = "TEXTURENET_PROGRESS"
SECONDS = 0.25  # between two lines, at least; the last one of a work is always written


class Progress:
    """Lines about one work; none where no file is asked for."""

    def __init__(self, what: str, total: int):
        self.what, self.total, self.path = what, total, os.environ.get(FILE)
        self.began = time.monotonic()
        self.told = float("-inf")

    def start(self) -> None:
        """The clock begins now."""
        self.began = time.monotonic()

    def tell(self, done: int, numbers: Mapping[str, float]) -> None:
        """So much is done."""
        now = time.monotonic()
        if self.path is None or (now - self.told < SECONDS and done < self.total):
            return
        self.told = now
        facts = {"what": self.what, "done": done, "total": self.total}
        line = json.dumps({**facts, "seconds": round(now - self.began, 2), **numbers})
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError:
            self.path = None
