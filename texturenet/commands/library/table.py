"""How far the jobs of a library are: one table in a terminal, a line now and then in a log."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

from rich.live import Live
from rich.table import Table as RichTable

from ...cluster.jobs import Facts
from ...errors import Refused
from ...io.files import write_whole
from ..terminal import console, duration, say

FILE = "progress.json"  # in the folder of a library, for `status`
SHOWN = 20  # jobs that are shown at a time
SECONDS = 2.0  # between two tables, at least
LOGGED = 30.0  # between two lines of a log file, at least


class Table:
    """with Table(folder, total) as table: table.tell(name, facts); table.ended(name, failed)."""

    def __init__(self, folder: Path, total: int):
        self.folder, self.total = folder, total
        self.done, self.failed, self.running = 0, 0, dict[str, Facts]()
        self.began = self.drawn = self.logged = time.monotonic()
        self.live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> "Table":
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self.live:
            self.live.stop()
        (self.folder / FILE).unlink(missing_ok=True)

    def tell(self, name: str, facts: Facts) -> None:
        """What a job says of itself."""
        self.running[name] = facts
        self._draw()

    def ended(self, name: str, failed: bool) -> None:
        self.running.pop(name, None)
        self.done += 1
        self.failed += failed
        self._draw()

    def _draw(self) -> None:
        now = time.monotonic()
        if now - self.drawn < SECONDS:
            return
        self.drawn = now
        note(self.folder, self.facts())
        if self.live:
            self.live.update(as_table(self.facts()), refresh=True)
        elif now - self.logged > LOGGED:
            self.logged = now
            say(f"{line(self.facts())}, {duration(now - self.began)}")

    def facts(self) -> dict[str, object]:
        running = dict([*self.running.items()][:SHOWN])
        counts = {"total": self.total, "done": self.done, "failed": self.failed}
        return {**counts, "running": {name: dict(facts) for name, facts in running.items()}}


def note(folder: Path, facts: Mapping[str, object]) -> None:
    """For `status`. A full disk stops the jobs themselves; this file alone does not matter."""
    try:
        write_whole(folder / FILE, json.dumps(facts))
    except Refused:
        return


def noted(folder: Path) -> dict | None:
    """What a driver that works says; None where none has said anything."""
    try:
        return dict(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def line(facts: Mapping) -> str:
    failed = f", {facts['failed']} failed" if facts["failed"] else ""
    return f"{facts['done']} of {facts['total']} ended{failed}, {len(facts['running'])} at work"


def as_table(facts: Mapping) -> RichTable:
    """One row for each job that is at work."""
    table = RichTable(title=line(facts), title_justify="left", box=None, pad_edge=False)
    for heading in ("texture", "step", "of", "loss", "error", "seconds"):
        table.add_column(heading, justify="left" if heading == "texture" else "right")
    for name, told in facts["running"].items():
        numbers = (_number(told, key) for key in ("step", "steps", "loss", "error", "seconds"))
        table.add_row(name, *numbers)
    return table


def _number(told: Mapping, key: str) -> str:
    value = told.get(key)
    if value is None:
        return ""
    return f"{value:.3f}" if key in ("loss", "error") else f"{value:.0f}"
