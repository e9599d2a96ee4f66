"""Jobs as job arrays of Slurm, by submitit; the store lies on a disk that all nodes share.

Nobody waits for them: each leaves its result, or why it failed, in the store, and is found there by
the next call. A job that is preempted, or reaches its time limit, is put into the queue again and
goes on from what it kept. One whose options have changed since it was submitted is cancelled.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import Refused, reason
from ..io.files import write_whole
from . import slurm_queue
from .jobs import AGAIN, Facts, Job, Outcome, TellOf
from .parcel import Damaged, lay
from .slurm_queue import HANDLES, LOGS, QUEUE, SUBMITTED, Submission, submission_of, submitit
from .store import Place, place_left, place_of
from .work import perform

TOLD = "told.json"
MOST = 1000  # jobs of an array: Slurm's MaxArraySize is 1001 unless a cluster says otherwise
TIMEOUTS = 1000  # times that a job may reach its time limit and go on
TELLING = 5.0  # seconds between two writings of what a work tells, at least


@dataclass
class OnSlurm:
    """An engine.

    partition : of the cluster; its usual one if None
    minutes : the time limit of a job, after which it is queued again
    parallel : jobs of an array that may run at a time
    wait : until all jobs have ended; without, `run` yields what has ended before, and returns
    cluster : slurm; or submitit's local (processes here) and debug (this process)
    sbatch : other parameters of submitit, Slurm's own names, {account: .., mem: 8GB}
    """

    partition: str | None = None
    minutes: int = 60
    parallel: int = 256
    wait: bool = False
    cluster: str = "slurm"
    sbatch: Mapping[str, object] = field(default_factory=dict)

    def run(self, jobs: Iterable[Job], store: Path, tell: TellOf) -> Iterator[Outcome]:
        """See `jobs.Engine`; a job that Slurm has already is not submitted again."""
        waiting: list[Place] = []
        batches: dict[tuple, list[tuple[Job, Place]]] = defaultdict(list)
        for job in jobs:
            place = place_of(job, store)
            if outcome := place.finished():
                yield outcome
                continue
            waiting.append(place)
            if _is_there(place, tell):
                continue
            place.begin()
            lay(job.files, place.work)  # on the disk that the nodes share
            batch = batches[job.cpus, job.gpus]
            batch.append((replace(job, files={}), place))
            if len(batch) == MOST:
                self._submit(batches.pop((job.cpus, job.gpus)), store)
        for batch in batches.values():
            self._submit(batch, store)
        if self.wait:
            yield from until_ended(waiting, tell)

    def _submit(self, batch: list[tuple[Job, Place]], store: Path) -> None:
        """As one array."""
        job, executor = batch[0][0], self._executor(store / LOGS)
        try:
            executor.update_parameters(**self._parameters(job))
            submitted = executor.submit_array([Task(each, place) for each, place in batch])
        except (RuntimeError, ValueError, TypeError, OSError) as error:
            raise Refused(f"Slurm does not take these jobs ({reason(error)}).") from error
        for (_, place), handle in zip(batch, submitted, strict=True):
            Submission(handle.job_id, self.cluster, place.mark).note(place.folder)
            if self.cluster == "debug":
                handle.result()
            HANDLES[handle.job_id] = handle
        QUEUE.forget()

    def _executor(self, folder: Path) -> object:
        package = submitit()
        if self.cluster == "debug":
            return package.DebugExecutor(folder=folder)
        kind = package.SlurmExecutor if self.cluster == "slurm" else package.LocalExecutor
        try:
            return kind(folder=folder, max_num_timeout=TIMEOUTS)
        except RuntimeError as error:
            raise Refused(
                f"engine=slurm: {reason(error)} Start it on a machine that has sbatch."
            ) from error

    def _parameters(self, job: Job) -> dict[str, object]:
        """What submitit calls them, for a job."""
        if self.cluster != "slurm":
            return {"timeout_min": self.minutes, "signal_delay_s": 1}
        gpus = {"gpus_per_node": max(1, round(job.gpus))} if job.gpus else {}
        return {
            "job_name": "texturenet",
            "time": self.minutes,
            "cpus_per_task": job.cpus,
            "array_parallelism": self.parallel,
            **({"partition": self.partition} if self.partition else {}),
            **gpus,
            **self.sbatch,
        }


class Task:
    """What a node calls: a job, whose files lie in its place."""

    def __init__(self, job: Job, place: Place):
        self.job, self.place = job, place

    def __call__(self) -> None:
        """Leaves a result, or why there is none; nothing where the job was begun with other options
        since."""
        place = self.place
        if place.finished() or not place.is_this():
            return  # queued again just after it had ended, or cancelled
        place.begin()  # without what was noted of an earlier try
        done = perform(self.job, place.work, _telling(place.folder / TOLD))
        if not place.is_this():
            return
        if done.error is not None:
            place.fail(done.error)
            return
        try:
            place.settle(done.value or {}, done.sums or {})
        except Damaged as damage:
            place.fail(str(damage))

    def checkpoint(self) -> object:
        """When it is preempted, or out of time: the same again. What it kept lies in its place."""
        return submitit().helpers.DelayedSubmission(self)


def until_ended(waiting: list[Place], tell: TellOf) -> Iterator[Outcome]:
    """Outcomes of jobs that were submitted, as they come."""
    told: dict[str, Facts] = {}
    while waiting:
        for place in [*waiting]:
            outcome = outcome_of(place)
            if outcome:
                waiting.remove(place)
                yield outcome
            elif (facts := told_of(place)) and facts != told.get(place.job):
                told[place.job] = facts
                tell(place.job, facts)
        if waiting:
            time.sleep(slurm_queue.POLL)


def _is_there(place: Place, tell: TellOf) -> bool:
    """Whether Slurm has it already. One of other options is cancelled; why one ended without a
    result is told."""
    before = submission_of(place.folder)
    if before is None:
        return False
    if before.mark != place.mark:
        if before.lives():
            before.cancel()
        return False
    found = outcome_of(place)
    if found is not None and found.error is not None:
        tell(place.job, {AGAIN: found.error})
    return found is None


def outcome_of(place: Place) -> Outcome | None:
    """How a job that was submitted ended; None while it goes on."""
    submitted = submission_of(place.folder)
    lives = submitted is not None and submitted.mark == place.mark and submitted.lives()
    if found := place.finished():  # after that: it may end between these lines
        return found
    if lives:
        return None  # whatever an earlier try has noted
    return place.failed() or place.fail(f"Slurm says {state_of(place)}, and it left no result")


def state_of(place: Place) -> str:
    """What Slurm says of a job; empty where it was not submitted."""
    submitted = submission_of(place.folder)
    if submitted is None or submitted.mark != place.mark:
        return ""
    return submitted.state(place.folder.parent / LOGS)


def living_in(store: Path) -> dict[str, str]:
    """{name: Slurm's number} of the jobs of a store that it has still. Raises Refused where Slurm
    cannot be asked."""
    names = sorted(path.parent.name for path in store.glob(f"*/{SUBMITTED}"))
    places = [place for name in names if (place := place_left(name, store))]
    found = know([place for place in places if place.value() is None])
    return {place.job: each.id for place, each in found if each.lives()}


def know(places: Iterable[Place]) -> list[tuple[Place, Submission]]:
    """Those that were submitted, all of which squeue is asked about in one call."""
    found = [(place, each) for place in places if (each := submission_of(place.folder))]
    QUEUE.know(each.id for _, each in found if each.cluster == "slurm")
    return found


def told_of(place: Place) -> Facts:
    """What the work told last."""
    try:
        return dict(json.loads((place.folder / TOLD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _telling(path: Path) -> Callable[[Facts], None]:
    last = float("-inf")

    def tell(facts: Facts) -> None:
        nonlocal last
        if time.monotonic() - last > TELLING:
            last = time.monotonic()
            write_whole(path, json.dumps(dict(facts)))

    return tell
