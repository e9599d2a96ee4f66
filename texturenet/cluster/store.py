"""The driver's folder: of each job what it goes on from, and, once it is finished, its results.

    STORE/NAME/mark           which job it is
    STORE/NAME/work-MARK/     where it is done, if on this disk; its keep/ is what it goes on from
    STORE/NAME/out/           the files that came back
    STORE/NAME/outcome.json   written last: the mark of the job, its value, SHA-256 of its files
    STORE/NAME/failed.json    in its place: why it failed

No clock is read: a job is finished if its outcome bears its mark and its files are what that says.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import Refused
from ..io.files import write_whole
from .jobs import KEEP, OUT, Facts, Job, Outcome, sha256
from .parcel import Damaged, Parcel, pack, sums_of, unpack

OUTCOME, FAILED, MARK = "outcome.json", "failed.json", "mark"


@dataclass(frozen=True)
class Place:
    """The folder of one job in a store."""

    folder: Path
    job: str
    mark: str

    @property
    def work(self) -> Path:
        return self.folder / f"work-{self.mark[:8]}"  # apart from what one of other options does

    @property
    def keep(self) -> Path:
        return self.work / KEEP

    @property
    def out(self) -> Path:
        return self.folder / OUT

    def is_this(self) -> bool:
        """Whether the job that was begun here last has this mark."""
        try:
            return (self.folder / MARK).read_text(encoding="utf-8") == self.mark
        except OSError:
            return False

    def begin(self) -> None:
        """There, and without what another job of this name left. Raises Refused."""
        try:
            if not self.is_this():
                shutil.rmtree(self.folder, ignore_errors=True)
                write_whole(self.folder / MARK, self.mark)
            (self.folder / FAILED).unlink(missing_ok=True)
            self.work.mkdir(exist_ok=True)
        except OSError as error:
            raise Refused(f"cannot write to {self.folder}: {error.strerror or error}.") from error

    def finished(self) -> Outcome | None:
        """The outcome that is there, if it is this job's and its files are whole."""
        try:
            facts = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
            found, sums = sums_of(self.out), dict(facts["files"])
            whole = all(found.get(path) == sum for path, sum in sums.items())
            if not whole or facts["mark"] != self.mark:
                return None
            return Outcome(self.job, facts["value"], None, self.out)
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def value(self) -> Facts | None:
        """What a job that finished returned; its files are not looked at."""
        try:
            facts = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
            return dict(facts["value"]) if facts["mark"] == self.mark else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def add(self, name: str, data: bytes | str, value: Facts) -> None:
        """A file to those of a finished job, and what its value is with it. Raises Refused."""
        write_whole(self.out / name, data)
        facts = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
        facts["files"][name] = sha256((self.out / name).read_bytes())
        write_whole(self.folder / OUTCOME, json.dumps({**facts, "value": dict(value)}))

    def fail(self, error: str) -> Outcome:
        """Noted until the job begins again, from what it kept: a full disk is one reason. Raises
        Refused."""
        write_whole(self.folder / FAILED, json.dumps({"mark": self.mark, "error": error}))
        return Outcome(self.job, None, error)

    def failed(self) -> Outcome | None:
        """The outcome of a job that failed."""
        try:
            facts = json.loads((self.folder / FAILED).read_text(encoding="utf-8"))
            error = str(facts["error"]) if facts["mark"] == self.mark else None
        except (OSError, ValueError, LookupError, TypeError):
            return None
        return None if error is None else Outcome(self.job, None, error)

    def keep_files(self, parcel: Parcel) -> None:
        """What a worker elsewhere keeps. Raises Damaged and Refused."""
        unpack(parcel, self.keep)

    def kept(self) -> Parcel:
        return pack(self.keep)

    def take(self, value: Facts, parcel: Parcel) -> Outcome:
        """Results of a worker elsewhere. Raises Damaged and Refused."""
        unpack(parcel, self.work / OUT)
        return self.settle(value, {path: sum for path, (_, sum) in parcel.items()})

    def settle(self, value: Facts, sums: Mapping[str, str]) -> Outcome:
        """Results that lie in work/out; all else of the work is taken away.

        sums : {path: SHA-256} as whoever wrote them knows them

        Raises
        ------
        Damaged : where they are others
        Refused : where the disk is full
        """
        made = self.work / OUT
        made.mkdir(parents=True, exist_ok=True)
        found = sums_of(made)
        for path in sorted({*found, *sums}):
            if found.get(path) != sums.get(path):
                raise Damaged(f"{path} is not what was written")
        (self.folder / OUTCOME).unlink(missing_ok=True)
        shutil.rmtree(self.out, ignore_errors=True)
        made.replace(self.out)
        facts = {"mark": self.mark, "value": dict(value), "files": dict(sums)}
        write_whole(self.folder / OUTCOME, json.dumps(facts))
        shutil.rmtree(self.work, ignore_errors=True)
        return Outcome(self.job, facts["value"], None, self.out)


def place_of(job: Job, store: Path) -> Place:
    return Place(store / job.name, job.name, job.mark)


def place_left(name: str, store: Path) -> Place | None:
    """Of a job that was begun, by its name alone; None where none was."""
    try:
        return Place(store / name, name, (store / name / MARK).read_text())
    except (OSError, ValueError):
        return None
