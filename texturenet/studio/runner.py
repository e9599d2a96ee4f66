"""The queue at work: one process at a time, what it says of itself, and how it ends."""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..hardware import usable_cores
from ..io.files import locked
from .events import Events
from .jobs import (
    ACTIVE,
    CANCELLED,
    DONE,
    FAILED,
    INTERRUPTED,
    QUEUED,
    RUNNING,
    STOPPED,
    STOPPING,
    Job,
    Jobs,
)  # fmt: skip
from .worker import STOP

NICENESS = 10  # of 19: a tenth of the processor's time where others want it, all where nobody does
LOOK = 0.25  # seconds between two looks at a process
WAIT = 1  # seconds between two looks at the log of a job that an earlier studio began
LINES = 200  # of what it printed, that the page shows
INTERRUPT = 130  # the status of a command that ended early and kept what it had
PROGRESS = "TEXTURENET_PROGRESS"
LOG, STEPS = "log.txt", "progress.jsonl"
COMMAND = [sys.executable, "-m", "texturenet.studio.worker", str(NICENESS)]


def threads_for_jobs() -> int:
    """All cores but one, which is left to the browser, and one at least."""
    return max(1, usable_cores() - 1)


class Runner:
    """Takes jobs off the queue, one after the other.

    Parameters
    ----------
    jobs : the list
    folder : in which every job has one for what it says of itself
    events : what pages are told
    """

    def __init__(self, jobs: Jobs, folder: Path, events: Events):
        self.jobs, self.folder, self.events = jobs, folder, events
        self.process: subprocess.Popen | None = None
        self.progress: dict[int, dict] = {}  # the newest line of each job
        self.changed = asyncio.Event()
        self.ending = self.killed = False  # the studio; the job that runs, from the page

    async def work(self) -> None:
        """Until it is cancelled."""
        await self._left_behind()
        while True:
            if job := self.jobs.first_queued():
                await self._do(job)
                continue
            self.changed.clear()
            await self.changed.wait()

    def wake(self) -> None:
        """There may be something to do."""
        self.changed.set()

    def stop(self, job: Job) -> None:
        """As Ctrl-C does. Of a job that waits: it is not begun."""
        if job.state == QUEUED:
            self._set(job, CANCELLED, "It was cancelled before it began.")
        elif job.state == RUNNING and self.process and self.process.stdin:
            with suppress(OSError):  # it has just ended
                self.process.stdin.write(STOP + b"\n")
                self.process.stdin.flush()
            self._set(job, STOPPING)

    def kill(self, job: Job) -> None:
        """At once: what has not been written is lost."""
        if job.state in ACTIVE and self.process:
            self.killed = True
            self._set(job, STOPPING)
            self.process.kill()

    def close(self) -> None:
        """The studio ends: the job that runs ends by itself, and keeps what it has. On the list it
        goes on, so that the next studio waits for it."""
        self.ending = True
        for job in (job for job in self.jobs if job.state in ACTIVE):
            self.stop(job)
        if self.process and self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()
        self.jobs.save()

    def of(self, job: Job) -> Path:
        """The folder of what it says of itself."""
        return self.folder / str(job.number)

    def log(self, job: Job) -> list[str]:
        """The last lines that it printed."""
        return _lines(self.of(job) / LOG)[-LINES:]

    def steps(self, job: Job) -> list[str]:
        """All lines of its progress, as JSON."""
        return _lines(self.of(job) / STEPS)

    async def _do(self, job: Job) -> None:
        try:
            log = self._begin(job)
        except (OSError, ValueError) as error:  # the second: NUL in a word
            self._set(job, FAILED, f"It could not be started: {error}.")
            return
        with log:
            told = 0
            while self.process and self.process.poll() is None:
                await asyncio.sleep(LOOK)
                told = self._tell(job, told)
        self._tell(job, told)
        self._end(job)

    def _begin(self, job: Job) -> BinaryIO:
        folder = self.of(job)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / STEPS).unlink(missing_ok=True)
        log = open(folder / LOG, "wb")  # noqa: SIM115, closed when the process has ended
        # The process inherits the lock, by which a later studio sees that it still runs.
        locked(log.fileno())
        self.process = subprocess.Popen(
            [*COMMAND, job.verb, *job.words],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {PROGRESS: str((folder / STEPS).absolute()), "PYTHONUTF8": "1"},
            start_new_session=True,  # a Ctrl-C in the terminal is for the studio
        )
        self.killed, job.began = False, time.time()
        self._set(job, RUNNING)
        return log

    def _tell(self, job: Job, told: int) -> int:
        """Pages about the newest line of progress -> bytes of the file that have been read."""
        path = self.of(job) / STEPS
        with suppress(OSError), open(path, "rb") as file:
            file.seek(told)
            *whole, rest = file.read().split(b"\n")
            if whole:
                told = file.tell() - len(rest)
                self.progress[job.number] = facts = _parsed(whole[-1])
                self.events.send("progress", {"number": job.number, **facts})
        return told

    def _end(self, job: Job) -> None:
        status, self.process = self.process.wait() if self.process else 1, None
        if self.ending:
            return
        job.ended = time.time()
        self._set(job, *outcome(status, self.killed, self.log(job)))

    def _set(self, job: Job, state: str, said: str | None = None) -> None:
        job.state = state
        job.said = job.said if said is None else said
        self.jobs.save()
        self.events.send("job", job.facts() | {"trouble": self.jobs.trouble})

    async def _left_behind(self) -> None:
        """Jobs of a studio that has ended: one may still be saving, also where the list has lost
        it."""
        for path in self.folder.glob(f"*/{LOG}"):
            with suppress(OSError), open(path, "ab") as log:
                while not locked(log.fileno()):
                    await asyncio.sleep(WAIT)
        for job in [job for job in self.jobs if job.state in ACTIVE]:
            job.ended = time.time()
            self._set(job, INTERRUPTED, "The studio ended while it ran.")


def outcome(status: int, killed: bool, log: list[str]) -> tuple[str, str]:
    """The exit status of a command -> (state, sentence)."""
    if status == 0:
        return DONE, ""
    if killed:
        return CANCELLED, "It was ended at once; what had been written is still there."
    if status == INTERRUPT:
        return STOPPED, "It was stopped, and what it had is kept."
    if status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        return FAILED, (
            f"Its process was ended from outside (signal {number}), as systems do that run out of "
            "memory; what had been written is still there."
        )
    ours = [line for line in log if line.startswith("texturenet: ")]
    last = ours[-1].removeprefix("texturenet: ") if ours else (log or ["nothing was said"])[-1]
    return FAILED, f"{last[:1].upper()}{last[1:]}" if ours else f"It failed: {last}"


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    return []


def _parsed(line: bytes) -> dict:
    with suppress(ValueError):
        facts = json.loads(line)
        if isinstance(facts, dict):
            return facts
    return {}
