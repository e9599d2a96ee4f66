"""One job in a worker: its files laid down, its function called, what it made summed up."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import Refused, reason
from ..io.files import locked
from . import version
from .jobs import OUT, Facts, Job, Tell, work_of
from .parcel import empty, lay, sums_of

WAIT = 60  # seconds for a worker of a driver that was killed to end


@dataclass(frozen=True)
class Done:
    """value, sums of its files: of a job that is done; error: of one that failed."""

    value: Facts | None = None
    sums: dict[str, str] | None = None
    error: str | None = None


def perform(job: Job, folder: Path, tell: Tell) -> Done:
    """A job in a folder, whose "out" holds its files afterwards.

    What its function raises becomes one sentence: it would do so again elsewhere. Signals and ends
    of the process do not.
    """
    _set_threads(job.cpus)
    try:
        version.check(job.code)
        lay(job.files, folder)
        with _alone(folder):
            empty(folder / OUT)
            (folder / "keep").mkdir(exist_ok=True)
            value = work_of(job.work)({**job.given, **job.aside}, folder, tell)
            value = json.loads(json.dumps(dict(value)))
            return Done(value, sums_of(folder / OUT))
    except Refused as refusal:
        return Done(error=str(refusal))
    except Exception as error:
        return Done(error=f"{type(error).__name__}: {reason(error)}")


def _set_threads(count: int) -> None:
    """Of torch, which each job has as many of as it asks for, whatever the machine has: their
    number decides about the last bits of sums."""
    import torch

    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Not beside the worker of an earlier driver, which ends a moment after that was killed."""
    descriptor = None
    with suppress(OSError):  # Windows does not open folders
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        end = time.monotonic() + WAIT
        while descriptor is not None and not locked(descriptor):
            if time.monotonic() > end:
                raise Refused(f"another process works in {folder}: end it first.")
            time.sleep(0.1)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
