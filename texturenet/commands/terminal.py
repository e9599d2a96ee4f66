"""Progress of a command: a bar in a terminal, a plain line now and then in a log file."""

import time
from collections.abc import Mapping
from typing import IO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress
from rich.progress import TimeRemainingColumn as TimeLeft

from .progress import Progress
from .streams import UnfailingStream


class UnfailingConsole(Console):
    """rich's, but for this: a reader that leaves neither ends the process, as rich would have it,
    nor raises in the program that called."""

    @property
    def file(self) -> IO[str]:
        return UnfailingStream(Console.file.fget(self))

    @file.setter
    def file(self, file: IO[str]) -> None:
        Console.file.fset(self, file)


console = UnfailingConsole(highlight=False, soft_wrap=True)
LINES = 20  # in a log file, at most, from start to end
SECONDS = 2  # between two of them, at least
PARTS = 1000  # of work that is counted in shares, as a bar counts it


def columns(counted: bool) -> list[ProgressColumn]:
    return [
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn() if counted else TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeLeft(),
    ]


class Bar:
    """with Bar("training", steps) as bar: bar.advance("loss 1.23").

    counted: show how many of how many; without, the percentage.
    """

    def __init__(self, what: str, total: int, counted: bool = True):
        self.what, self.total, self.done, self.first = what, total, 0, 0
        self.counted, self.running = counted, False
        self.started = self.shown = time.monotonic()
        shown = columns(counted)
        self.bar = RichProgress(*shown, console=console) if console.is_terminal else None
        self.file = Progress(what, total)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar:
            self.bar.stop()

    def start_at(self, done: int) -> None:
        """Start the clock and the bar, with so much done already."""
        self.done = self.first = done
        self.started, self.running = time.monotonic(), True
        self.file.start()
        if self.bar:
            self.bar.start()
            self.task = self.bar.add_task(self.what, total=self.total, completed=done, note="")

    def advance(self, note: str = "", numbers: Mapping[str, float] | None = None) -> None:
        self.reach(self.done + 1, note, numbers)

    def reach(self, done: int, note: str = "", numbers: Mapping[str, float] | None = None) -> None:
        """So much is done, which is no less than before. numbers: those of the note, for other
        programs."""
        before, self.done = self.done, done
        self.file.tell(done, numbers or {})
        if self.bar:
            self.bar.update(self.task, completed=done, note=note)
        elif done * LINES // self.total != before * LINES // self.total:
            now = time.monotonic()
            if now - self.shown < SECONDS and done < self.total:
                return
            self.shown, spent = now, now - self.started
            left = spent / (self.done - self.first) * (self.total - self.done)
            share = f"{100 * done / self.total:.0f} %"
            progress = f"{self.done}/{self.total}" if self.counted else share
            console.print(f"{self.what} {progress} {note} {spent:.0f} s, {left:.0f} s left")


def say(text: str) -> None:
    console.print(text, markup=False)


def duration(seconds: float) -> str:
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
