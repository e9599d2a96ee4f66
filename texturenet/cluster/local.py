"""Jobs in processes of this machine: as many at a time as its cores and GPUs hold."""

import itertools
import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

import torch

from ..hardware import usable_cores
from .jobs import Job, Outcome, TellOf
from .parcel import Damaged
from .parent import end_with_parent
from .store import Place, place_of
from .work import Done, perform

TRIES = 3  # of a job whose worker is killed, or whose files are damaged
CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class Local:
    """An engine.

    cores : that jobs may take together; all that this process may use if None
    gpus : the same; all that there are if None
    tries : of a job whose process ends early, before it counts as failed
    """

    cores: int | None = None
    gpus: int | None = None
    tries: int = TRIES

    def run(self, jobs: Iterable[Job], store: Path, tell: TellOf) -> Iterator[Outcome]:
        """See `jobs.Engine`. A job that asks for more than there is has all of it."""
        room = Room(self.cores or usable_cores(), _count(self.gpus))
        pool, left = Pool(), iter(jobs)
        todo = next(left, None)
        try:
            while todo or pool.running:
                while todo:
                    place = place_of(todo, store)
                    if outcome := place.finished():
                        yield outcome
                    elif (asked := room.taken_by(todo)) is None:
                        break
                    else:
                        place.begin()
                        pool.start(Running(replace(todo, cpus=asked.cpus), place, asked))
                    todo = next(left, None)
                if pool.running:
                    for running, done in pool.wait(tell):
                        if outcome := self._ended(running, done, pool):
                            room.given_back(running.asked)
                            yield outcome
        finally:
            pool.end()

    def _ended(self, running: "Running", done: Done | None, pool: "Pool") -> Outcome | None:
        """The outcome, or None for a job that has been started again. done: None of a worker that
        has ended."""
        why = "its process was ended"
        if done is not None:
            if done.error is not None:
                return running.place.fail(done.error)
            try:
                return running.place.settle(done.value or {}, done.sums or {})
            except Damaged as damage:
                why = str(damage)
        running.tries += 1
        if running.tries >= self.tries:
            said = f"given up after {running.tries} tries: {why}"
            return running.place.fail(said)
        pool.start(running)
        return None


@dataclass(frozen=True)
class Asked:
    """Cores, and the share of which GPU."""

    cpus: int
    gpus: float = 0.0
    gpu: int | None = None


@dataclass
class Running:
    """A job that a worker does."""

    job: Job
    place: Place
    asked: Asked
    tries: int = 0


class Room:
    """What is free of the machine."""

    def __init__(self, cores: int, gpus: int):
        self.cores, self.free, self.shares = cores, cores, [1.0] * gpus

    def taken_by(self, job: Job) -> Asked | None:
        """What a job gets, or None while there is too little."""
        cpus = min(max(1, job.cpus), self.cores)
        if cpus > self.free:
            return None
        if job.gpus and self.shares:
            share = min(job.gpus, 1.0)
            gpu = max(range(len(self.shares)), key=lambda each: self.shares[each])
            if share > self.shares[gpu] + 1e-9:
                return None
            self.shares[gpu] -= share
            asked = Asked(cpus, share, gpu)
        else:
            asked = Asked(cpus)
        self.free -= cpus
        return asked

    def given_back(self, asked: Asked) -> None:
        self.free += asked.cpus
        if asked.gpu is not None:
            self.shares[asked.gpu] += asked.gpus


class Pool:
    """Worker processes, kept for the next job: what a job imports takes seconds."""

    def __init__(self) -> None:
        self.running: dict[Connection, tuple[Worker, Running]] = {}
        self.idle: list[Worker] = []

    def start(self, running: Running) -> None:
        """In an idle worker with the same GPU, or a new one."""
        fits = (each for each in self.idle if each.gpu == running.asked.gpu)
        worker = next(fits, None)
        if worker:
            self.idle.remove(worker)
        else:
            worker = Worker(running.asked.gpu, running.asked.cpus)
        self.running[worker.pipe] = worker, running
        worker.send(running)

    def wait(self, tell: TellOf) -> Iterator[tuple[Running, Done | None]]:
        """Those that have ended since, one at least; None of a worker that did not live to tell."""
        ended = []
        while not ended:
            for pipe in wait([*self.running]):
                worker, running = self.running[pipe]
                try:
                    said = pipe.recv()
                except (EOFError, OSError):
                    worker.end()
                    del self.running[pipe]
                    ended.append((running, None))
                    continue
                if isinstance(said, Done):
                    del self.running[pipe]
                    self.idle.append(worker)
                    ended.append((running, said))
                else:
                    tell(running.job.name, said)
        yield from ended

    def end(self) -> None:
        """Of all workers, whatever they do."""
        workers = [*self.idle, *(worker for worker, _ in self.running.values())]
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.end()
        self.idle, self.running = [], {}


class Worker:
    """A process that does one job after the other."""

    def __init__(self, gpu: int | None, cpus: int):
        self.gpu = gpu
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=serve, args=(theirs, gpu, cpus), daemon=True)
        self.process.start()
        theirs.close()

    def send(self, running: Running) -> None:
        with suppress(OSError):  # it has ended, which `wait` sees
            self.pipe.send((running.job, running.place.work))

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def serve(pipe: Connection, gpu: int | None, cpus: int) -> None:
    """What a worker does."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "" if gpu is None else _visible(gpu)
    os.environ.setdefault("OMP_NUM_THREADS", str(cpus))
    end_with_parent()
    _leave_signals_to_parent()
    while True:
        try:
            job, folder = pipe.recv()
        except EOFError:
            return
        pipe.send(perform(job, folder, pipe.send))


def _visible(gpu: int) -> str:
    """The GPU of that number among those that are seen here."""
    seen = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return next(itertools.islice(seen.split(","), gpu, None)) if seen else str(gpu)


def _leave_signals_to_parent() -> None:
    """Ctrl-C of a terminal is for the driver, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _count(gpus: int | None) -> int:
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return there if gpus is None else min(gpus, there)
