"""What a job, its outcome and an engine are, and engines by name."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

from ..errors import Refused, nearest
from . import version

Facts = Mapping[str, object]  # that JSON can hold
Tell = Callable[[Facts], None]  # of one job
TellOf = Callable[[str, Facts], None]  # the same, with the name of the job
Work = Callable[[Facts, Path, Tell], Facts]

OUT, KEEP = "out", "keep"  # folders of a job
AGAIN = "again"  # told of a job that is submitted once more: why it has no result
ENGINES = {
    "local": "local.Local",
    "ray": "on_ray.OnRay",
    "slurm": "on_slurm.OnSlurm",
}
NAME = re.compile(r"\w[\w .+-]{0,99}")


@dataclass(frozen=True)
class Job:
    """One piece of work that needs no other.

    Attributes
    ----------
    name : letters, digits, spaces and _ . + -, its folder's too; no two jobs have the same
    work : "package.module:function", which every worker can import; the function takes `given`, a
        folder that it works in, and a function that it may tell facts to; it returns facts
    given : what JSON can hold, and the work is called with
    files : {path in the folder: bytes}, which lie there when the work begins
    cpus : cores, and threads of torch
    gpus : 1.0 for one of its own, 0.5 for half of one, 0 for none
    code : which its result comes from; a worker that has another refuses it
    aside : more that the work is called with, and that its result does not depend on

    What the work leaves in folder/"out" comes back. What it leaves in folder/"keep" is copied every
    so often, and lies there again when the work has to begin anew.

    Raises
    ------
    Refused : for a name that no folder can have
    """

    name: str
    work: str
    given: Facts = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    cpus: int = 1
    gpus: float = 0.0
    code: str = field(default_factory=version.here)
    aside: Facts = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or self.name.endswith((".", " ")):
            raise Refused(
                f"a job is called {self.name[:80]!r}: a name begins with a letter, a digit or _, "
                "goes on with these, spaces and . + -, and has 100 of them at most."
            )

    @property
    def mark(self) -> str:
        """SHA-256 of all that its result depends on. Cores are left out, and what is `aside`: see
        `cpus` of a work that takes them as given."""
        contents = {path: sha256(data) for path, data in self.files.items()}
        text = json.dumps([self.work, self.code, dict(self.given), contents], sort_keys=True)
        return sha256(text.encode())


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    job : its name
    value : what the work returned; None where it failed
    error : one sentence about why it failed; None where it did not
    out : the folder with its files, each held against its SHA-256; None where it failed
    """

    job: str
    value: Facts | None
    error: str | None = None
    out: Path | None = None


class Engine(Protocol):
    """What jobs are given to."""

    def run(self, jobs: Iterable[Job], store: Path, tell: TellOf) -> Iterator[Outcome]:
        """Do the jobs, in any order; outcomes come as they are there.

        Parameters
        ----------
        jobs : read as they can be taken, so that few are in memory at a time
        store : a folder here, for kept files and results; a finished job that is found there, with
            the same `mark`, is not run again
        tell : called with the name of a job and what its work tells
        """
        ...


def engine_of(name: str, **options: object) -> Engine:
    """An engine by its name: local, ray or slurm; options: of its class.

    Raises
    ------
    Refused : for another name, and where the engine's packages are not installed
    """
    if name not in ENGINES:
        raise Refused(f"there is no engine {name!r}.{nearest(name, ENGINES)}")
    file, kind = ENGINES[name].split(".")
    return getattr(import_module(f".{file}", __package__), kind)(**options)


def work_of(name: str) -> Work:
    """The function that a job names. Raises Refused."""
    module, _, function = name.partition(":")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise Refused(f"no worker can find {name!r} ({error}).") from error


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
