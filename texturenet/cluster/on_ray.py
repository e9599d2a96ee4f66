"""Jobs as tasks of Ray Core, on any number of nodes without a common disk.

Files travel as objects. What a work keeps travels to the driver while it works, so that a task
whose node is lost begins there again. A driver that is killed is started again: what is finished
lies in its store, and so does what the others had kept.
"""

import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import Refused, reason
from .jobs import KEEP, Facts, Job, Outcome, TellOf
from .on_node import Mailbox, perform_there
from .parcel import Damaged, Parcel, packed
from .store import Place, place_of
from .work import Done

TRIES = 4
AHEAD = 2  # jobs handed to Ray for each core: their files are in its object store
EVERY = 30.0
AUTH = "RAY_AUTH_MODE"
ANSWER = 5.0  # seconds for a cluster to answer


@dataclass
class OnRay:
    """An engine.

    address : auto, the cluster that this machine belongs to; ray://HOST:10001; local, one that is
        started here
    every : seconds between two copies of what a work keeps
    tries : of a job that is lost, before it counts as failed; one that got further is not counted
    environment : Ray's `runtime_env`
    """

    address: str = "auto"
    every: float = EVERY
    tries: int = TRIES
    environment: Mapping[str, object] = field(default_factory=dict)

    def run(self, jobs: Iterable[Job], store: Path, tell: TellOf) -> Iterator[Outcome]:
        """See `jobs.Engine`."""
        with connected(self.address, self.environment) as ray:
            yield from Driver(ray, self, store, tell).run(jobs)


@contextmanager
def connected(address: str, environment: Mapping[str, object]) -> Iterator[object]:
    """Ray, connected; it is left connected where it was so before. Raises Refused."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster started here tells nobody
    with _token_sent(address):
        yield from _connected(address, environment)


def _connected(address: str, environment: Mapping[str, object]) -> Iterator[object]:
    try:
        import ray
    except ImportError as missing:
        raise Refused(
            "engine=ray needs more: run `pip install 'texturenet[ray]'`, here and on every node."
        ) from missing
    if ray.is_initialized():
        yield ray
        return
    _check_answers(address)
    try:
        ray.init(
            address=address,
            runtime_env=dict(environment),
            log_to_driver=False,
            logging_level="error",
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _no_cluster(address, error) from error
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _token_sent(address: str) -> Iterator[None]:
    """A client's token is sent, which Ray 2.60 does only where this is said."""
    said = address.startswith("ray://") and AUTH not in os.environ and _has_token()
    if said:
        os.environ[AUTH] = "token"
    try:
        yield
    finally:
        if said:
            del os.environ[AUTH]


def _has_token() -> bool:
    """Whether this user has what a cluster of Ray lets its clients in by."""
    path = os.environ.get("RAY_AUTH_TOKEN_PATH", "~/.ray/auth_token")
    return "RAY_AUTH_TOKEN" in os.environ or Path(path).expanduser().is_file()


def _check_answers(address: str) -> None:
    """Ray itself waits for minutes where nobody does."""
    place = re.fullmatch(r"(?:ray://)?([^:/]+):([0-9]+)", address)
    if place is None:
        return
    try:
        socket.create_connection((place[1], int(place[2])), timeout=ANSWER).close()
    except (OSError, OverflowError) as error:
        raise _no_cluster(address, error) from error


def _no_cluster(address: str, error: Exception) -> Refused:
    return Refused(
        f"no cluster of Ray at ray.address={address} ({reason(error)}): start one with `ray start "
        "--head`, or say ray.address=local."
    )


@dataclass
class Running:
    """A job that Ray has.

    attempt : counts all
    step : the furthest that its work told of
    tries : those that were lost since it got there
    """

    job: Job
    place: Place
    attempt: int = 0
    step: float = 0.0
    tries: int = 0

    def hear(self, facts: Facts) -> None:
        """What its work tells. A log that grows is no way further."""
        step = facts.get("step")
        if isinstance(step, (int, float)) and step > self.step:
            self.step, self.tries = step, 0


class Driver:
    """One call of `OnRay.run`. ray: the module, connected."""

    def __init__(self, ray: object, engine: OnRay, store: Path, tell: TellOf):
        self.ray, self.engine, self.store, self.tell = ray, engine, store, tell
        self.running: dict[object, Running] = {}
        self.had_room: set[tuple[int, float]] = set()  # what some node was large enough for
        self.perform = ray.remote(perform_there)
        self.mailbox = self._mailbox()
        self.mail = self.mailbox.fetch.remote()

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        left = iter(jobs)
        todo = next(left, None)
        try:
            while todo or self.running:
                while todo and (not self.running or len(self.running) < self._most()):
                    place = place_of(todo, self.store)
                    if outcome := place.finished():
                        yield outcome
                    else:
                        place.begin()
                        self._start(Running(todo, place))
                    todo = next(left, None)
                if self.running:
                    yield from self._wait()
        finally:
            self._end()

    def _end(self) -> None:
        """Of all that Ray has of this driver."""
        for task in self.running:
            self.ray.cancel(task, force=True)
        last = self.mailbox.put.remote(None, 0, "end", None)  # so that nothing waits for it
        self.ray.wait([self.mail, last], num_returns=2, timeout=ANSWER)
        self.ray.kill(self.mailbox)

    def _most(self) -> int:
        """Jobs that Ray may have at a time, which is what its nodes do and some more."""
        return max(8, AHEAD * int(self.ray.cluster_resources().get("CPU", 1)))

    def _mailbox(self) -> object:
        """Beside the driver, where that is a node, so that no other node's end takes it along."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = self.ray.get_runtime_context().get_node_id()
        return (
            self.ray.remote(Mailbox)
            .options(
                num_cpus=0,
                max_restarts=-1,
                max_task_retries=-1,
                scheduling_strategy=NodeAffinitySchedulingStrategy(here, soft=True),
            )
            .remote()
        )

    def _start(self, running: Running) -> None:
        """From what was kept, if anything was."""
        running.attempt += 1
        job = running.job
        asked = job.cpus, job.gpus
        if asked not in self.had_room:  # later a node that was lost is waited for
            _check_room(job, self.ray.nodes())
            self.had_room.add(asked)
        task = self.perform.options(
            num_cpus=job.cpus, num_gpus=job.gpus, max_retries=0, name=job.name
        ).remote(
            replace(job, files={}),
            self.ray.put(packed(job.files)),
            self.ray.put(running.place.kept()),
            self.mailbox,
            running.attempt,
            self.engine.every,
        )
        self.running[task] = running

    def _wait(self) -> Iterator[Outcome]:
        """Until something is heard -> outcomes, if that is what it was."""
        ready, _ = self.ray.wait([self.mail, *self.running], num_returns=1)
        if self.mail in ready:
            self._read(self.ray.get(self.mail))
            self.mail = self.mailbox.fetch.remote()
        for task in (each for each in ready if each in self.running):
            running = self.running.pop(task)
            if outcome := self._ended(running, task):
                yield outcome

    def _read(self, messages: list[tuple]) -> None:
        by_name = {running.job.name: running for running in self.running.values()}
        for name, attempt, kind, content in messages:
            running = by_name.get(name)
            if running is None or running.attempt != attempt:
                continue  # of a task that was lost since
            if kind == KEEP:
                try:
                    running.place.keep_files(content)
                except Damaged:
                    continue  # the next copy will do
            else:
                running.hear(content)
                self.tell(name, content)

    def _ended(self, running: Running, task: object) -> Outcome | None:
        """The outcome, or None for a job that has been started again."""
        try:
            done, parcel = received(self.ray, task)
            if done.error is not None:
                return running.place.fail(done.error)
            return running.place.take(done.value or {}, parcel)
        except (self.ray.exceptions.RayError, Damaged) as error:
            why = reason(error)
        running.tries += 1
        if running.tries >= self.engine.tries:
            said = f"given up after {running.tries} tries: {why}"
            return running.place.fail(said)
        self._start(running)
        return None


def _check_room(job: Job, nodes: Iterable[Mapping]) -> None:
    """Ray itself waits for ever where no node is large enough. Raises Refused."""
    have = [node["Resources"] for node in nodes if node["Alive"]]
    asked = {"CPU": float(job.cpus), "GPU": float(job.gpus)}
    if any(all(each.get(kind, 0.0) >= least for kind, least in asked.items()) for each in have):
        return
    largest = max(have, key=lambda each: (each.get("GPU", 0.0), each.get("CPU", 0.0)), default={})
    raise Refused(
        f"{job.name} asks for {job.cpus} cores and {job.gpus:g} GPUs, and no node of the cluster "
        f"has so many; one has {largest.get('CPU', 0):g} and {largest.get('GPU', 0):g}: say fewer "
        "threads= and gpus=."
    )


def received(ray: object, task: object) -> tuple[Done, Parcel]:
    """What a task returned."""
    return ray.get(task)
