"""The jobs of a studio, in order, and the file that keeps them when it ends."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import Refused
from ..io.files import write_whole
from .tools import command_line

FORMAT = 1
QUEUED, RUNNING, STOPPING, DONE = "queued", "running", "stopping", "done"
STOPPED, FAILED, CANCELLED, INTERRUPTED = "stopped", "failed", "cancelled", "interrupted"
STATES = (QUEUED, RUNNING, STOPPING, DONE, STOPPED, FAILED, CANCELLED, INTERRUPTED)
ACTIVE = (RUNNING, STOPPING)
MOST_DIGITS = 18
RESUME = "resume.ckpt"  # what `train` leaves in its folder


@dataclass
class Job:
    """One command.

    Attributes
    ----------
    number : from 1
    verb, words : of the command line
    title : what the page calls it
    folder : where its files go
    state : one of STATES
    said : one sentence about how it ended, empty until then
    made, began, ended : seconds since 1970
    """

    number: int
    verb: str
    words: list[str]
    title: str
    folder: str
    made: float
    state: str = QUEUED
    said: str = ""
    began: float | None = None
    ended: float | None = None

    @property
    def command(self) -> str:
        return command_line(self.verb, self.words)

    @property
    def resumable(self) -> bool:
        """Whether a training that ended early left what it can go on from."""
        early = self.state in (STOPPED, FAILED, INTERRUPTED, CANCELLED)
        return early and self.verb == "train" and (Path(self.folder) / RESUME).is_file()

    def facts(self) -> dict[str, object]:
        """What pages are told."""
        return asdict(self) | {"command": self.command, "resumable": self.resumable}


class Jobs:
    """All jobs by number, kept in one file.

    Attributes
    ----------
    trouble : one sentence, where the file could not be written or read; else empty
    """

    def __init__(self, path: Path):
        self.path, self.next, self.trouble = path, 1, ""
        self.by_number: dict[int, Job] = {}
        self.damaged = path.with_name("jobs.damaged.json")
        self._read()

    def __iter__(self) -> Iterator[Job]:
        return iter(self.by_number.values())

    def add(self, verb: str, words: list[str], title: str, folder: str, now: float) -> Job:
        """At the end of the queue."""
        job = Job(self.next, verb, words, title, folder, now)
        self.by_number[job.number] = job
        self.next += 1
        self.save()
        return job

    def of(self, number: int | str) -> Job:
        """Also by its digits. Raises Refused."""
        if isinstance(number, str):
            short = number.isdecimal() and len(number) < MOST_DIGITS
            number = int(number) if short else number[:MOST_DIGITS]
        if number not in self.by_number:
            raise Refused(f"there is no job {number}: it was taken off the list.")
        return self.by_number[number]

    def texts(self) -> Iterator[str]:
        """All words of jobs, and what a list that was damaged still says."""
        yield from (word for job in self for word in job.words)
        with suppress(OSError):
            yield self.damaged.read_text(encoding="utf-8", errors="replace")

    def first_queued(self) -> Job | None:
        return next((job for job in self if job.state == QUEUED), None)

    def forget(self, number: int) -> None:
        """Take a job that has ended, or not begun, off the list; its files stay."""
        job = self.of(number)
        if job.state in ACTIVE:
            raise Refused(f"job {number} is running: stop it first.")
        del self.by_number[number]
        self.save()

    def save(self) -> None:
        """What cannot be written is still there while the studio runs."""
        facts = {"format": FORMAT, "next": self.next, "jobs": [asdict(job) for job in self]}
        try:
            write_whole(self.path, json.dumps(facts, indent=1))
        except Refused as refusal:
            self.trouble = f"the list of jobs was not saved: {refusal}"
        else:
            self.trouble = ""

    def _read(self) -> None:
        if not self.path.is_file():
            return
        try:
            facts = json.loads(self.path.read_text(encoding="utf-8"))
            jobs = [_job(each) for each in facts["jobs"]]
            self.by_number = {job.number: job for job in jobs}
            self.next = max([int(facts["next"]) - 1, *self.by_number], default=0) + 1
        except (OSError, ValueError, TypeError, LookupError):
            name = self.damaged.name
            self.trouble = f"{self.path.name} was damaged: it is now {name}, and no job left."
            self.path.replace(self.damaged)


def _job(facts: dict) -> Job:
    """Raises TypeError or ValueError for what is none."""
    job = Job(**{field.name: facts[field.name] for field in fields(Job)})
    texts = [job.verb, job.title, job.folder, job.said, *job.words]
    if job.state not in STATES or not all(isinstance(text, str) for text in texts):
        raise ValueError("no job")
    return job
