"""What became of jobs that were submitted: squeue says which live, sacct why others ended.

squeue needs no accounting, knows a job from the moment it is submitted, and lists one that is put
into the queue again. It is asked once for all jobs, and not more often than every few seconds.
"""

import atexit
import json
import subprocess
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import Refused, reason
from ..hardware import end_process, is_running
from ..io.files import write_whole

SUBMITTED, LOGS = "submitted.json", ".slurm"
POLL = 5.0  # seconds
WAIT = 60.0  # seconds for squeue to answer
UNKNOWN = "UNKNOWN"
SUBMITIT = "submitit.local"  # in the command line of the process that watches over a job here
NOT_THERE = "Invalid job id"  # what squeue says where all that it was asked for have ended


@dataclass(frozen=True)
class Submission:
    """id: Slurm's number of a job, 7_0. cluster: see OnSlurm. mark: of the job, see jobs.Job."""

    id: str
    cluster: str
    mark: str

    def note(self, folder: Path) -> None:
        """In the folder of the job. Raises Refused."""
        write_whole(folder / SUBMITTED, json.dumps(asdict(self)))

    def lives(self) -> bool:
        """Whether it waits, runs or is queued again; where squeue does not answer, it may."""
        if self.cluster == "slurm":
            return QUEUE.state_of(self.id) is not None
        if handle := HANDLES.get(self.id):
            return not handle.done()
        return self.cluster == "local" and is_running(int(self.id), SUBMITIT)

    def state(self, logs: Path) -> str:
        """In Slurm's words. logs: submitit's folder."""
        if self.cluster == "slurm" and (found := QUEUE.state_of(self.id)):
            return found
        handle = HANDLES.get(self.id)
        if handle is None and self.cluster == "slurm":
            handle = HANDLES[self.id] = submitit().SlurmJob(logs, self.id)
        if handle is None:
            return "RUNNING" if self.lives() else "GONE"
        return str(handle.state).partition(" ")[0].rstrip("+")  # CANCELLED by 1000

    def cancel(self) -> None:
        """It is told to end, and not waited for. Raises Refused."""
        try:
            if self.cluster == "slurm":
                subprocess.run(["scancel", self.id], check=True, capture_output=True, timeout=WAIT)
            elif is_running(int(self.id), SUBMITIT):
                end_process(int(self.id))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise Refused(
                f"Slurm's job {self.id} is of other options and cannot be cancelled "
                f"({reason(error)}): run `scancel {self.id}`."
            ) from error


def submission_of(folder: Path) -> Submission | None:
    """The last one of the job in a folder; None where there was none."""
    try:
        facts = json.loads((folder / SUBMITTED).read_text(encoding="utf-8"))
        return Submission(str(facts["id"]), str(facts["cluster"]), str(facts["mark"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None


class Queue:
    """What squeue said last."""

    def __init__(self) -> None:
        self.arrays: set[str] = set()
        self.states: dict[str, str] = {}
        self.asked, self.answered = float("-inf"), True

    def know(self, numbers: Iterable[str]) -> None:
        """Jobs that are going to be asked about: all of them are, in one call."""
        arrays = {number.partition("_")[0] for number in numbers}
        if not arrays <= self.arrays:
            self.arrays |= arrays
            self.forget()

    def state_of(self, number: str) -> str | None:
        """None of a job that is not in the queue, "UNKNOWN" where squeue does not answer. Raises
        Refused where there is no squeue."""
        self.know([number])
        if time.monotonic() - self.asked > POLL:
            self._ask()
        return self.states.get(number) if self.answered else UNKNOWN

    def forget(self) -> None:
        """What it said before: jobs have been submitted since."""
        self.asked = float("-inf")

    def _ask(self) -> None:
        words = ["squeue", "--noheader", "--array", "--format=%i %T"]
        words.append(f"--jobs={','.join(sorted(self.arrays))}")
        try:
            told = subprocess.run(words, capture_output=True, text=True, timeout=WAIT)
        except subprocess.TimeoutExpired:
            self.answered = False
            return
        except OSError as error:
            raise Refused(
                f"squeue cannot be run ({reason(error)}): say it on a machine of the cluster, or, "
                f"where that has none of these jobs any more, remove every {SUBMITTED}."
            ) from error
        finally:
            self.asked = time.monotonic()  # an answer may take long
        lines = (line.split() for line in told.stdout.splitlines())
        self.states = {line[0]: line[1] for line in lines if len(line) == 2}
        self.answered = told.returncode == 0 or NOT_THERE in told.stderr


def submitit() -> object:
    """The package. Raises Refused."""
    try:
        import submitit
    except ImportError as missing:
        raise Refused(
            "engine=slurm needs more: run `pip install 'texturenet[slurm]'`."
        ) from missing
    return submitit


QUEUE = Queue()
HANDLES: dict[str, object] = {}  # of submitit, by the number of the job; those of `local` need it
atexit.register(HANDLES.clear)  # they need modules when they go
