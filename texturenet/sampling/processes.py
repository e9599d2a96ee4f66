"""Parts of a large picture, made by several processes, in order.

Every process has a pipe of its own. One that is ended in the middle of an answer then leaves an end
of file behind; in a queue that several share, it would leave half a message, for the rest of which
the reader waits for ever.
"""

import multiprocessing
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, cast

import torch

from ..cluster.parent import end_with_parent
from ..io.large.sheet import Part

Made = list[bytes]  # what a part encodes to, in each file
Maker = Callable[[Part], Made]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
MASKED = hasattr(signal, "pthread_sigmask")  # not on Windows


def in_processes(maker: Maker, todo: Iterator[Part], workers: int) -> Generator[tuple[Part, Made]]:
    """Every part and what it is made to, in order; only few are in memory. maker: can be pickled.

    Closing it, or an exception in it, ends the processes, whatever they are at. Raises
    `BrokenProcessPool` where a process ended early, and what the maker raises.
    """
    crew = _Crew(pickle.dumps(maker), workers)
    try:
        yield from _in_order(crew, enumerate(todo))
    finally:
        with _signals_held():
            crew.end()


def _in_order(crew: "_Crew", todo: Iterator[tuple[int, Part]]) -> Iterator[tuple[Part, Made]]:
    made: dict[int, tuple[Part, Made]] = {}
    following, shown = next(todo, None), 0
    while following or crew.busy or made:
        while following and following[0] < shown + 2 * crew.most and crew.begin(*following):
            following = next(todo, None)
        if shown in made:
            yield made.pop(shown)
            shown += 1
        else:
            made |= crew.answers()


class _Crew:
    """At most `most` processes, which are started as they are needed."""

    def __init__(self, maker: bytes, most: int):
        self.maker, self.most = maker, most
        self.all: list[_Worker] = []
        self.idle: list[_Worker] = []
        self.busy: dict[Connection, tuple[_Worker, int, Part]] = {}

    def begin(self, number: int, part: Part) -> bool:
        """Give a part to a process that has nothing to do; False where there is none."""
        if not self.idle:
            if len(self.all) == self.most:
                return False
            self._start()
        worker = self.idle.pop()
        with _ending_told():
            worker.pipe.send(part)
        self.busy[worker.pipe] = worker, number, part
        return True

    def answers(self) -> dict[int, tuple[Part, Made]]:
        """{number: what it was made to}, of those that are ready; waits for one."""
        ready = {}
        for waited in wait([*self.busy]):
            pipe = cast(Connection, waited)
            with _ending_told():
                made, error = pipe.recv()
            if error is not None:
                raise error
            worker, number, part = self.busy.pop(pipe)
            self.idle.append(worker)
            ready[number] = part, made
        return ready

    def _start(self) -> None:
        threads = max(1, torch.get_num_threads() // self.most)
        context = multiprocessing.get_context("spawn")
        with _signals_held():
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self.maker, threads), daemon=True)
            process.start()
            theirs.close()  # with its last copy the pipe ends
            worker = _Worker(process, ours)
            self.all.append(worker)
            self.idle.append(worker)

    def end(self) -> None:
        for worker in self.all:
            worker.process.kill()
        for worker in self.all:
            worker.process.join()
            worker.pipe.close()


@dataclass(frozen=True, eq=False)
class _Worker:
    process: SpawnProcess
    pipe: Connection


@contextmanager
def _ending_told() -> Iterator[None]:
    """A pipe that has ended, as the exception for that."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise BrokenProcessPool("a process ended early") from error


@contextmanager
def _signals_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait for the end of this block, in which a process may be half started.
    Processes that start in it do not hear Ctrl-C, which is for the parent, from the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if MASKED:
        resource_tracker.ensure_running()  # or else it would start below, and change the mask
    came: list[int] = []
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
    ours = [number for number, its in before.items() if its is not None]  # which C set
    for number in ours:  # the mask alone does not hold what another thread receives
        signal.signal(number, lambda number, _: came.append(number))
    try:
        with _masked(signal.SIGINT):
            yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
        for number in came[:1]:
            signal.raise_signal(number)


@contextmanager
def _masked(number: int) -> Iterator[None]:
    """A signal kept from this thread and from processes that it starts, where systems do that."""
    if not MASKED:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, maker: bytes, threads: int) -> None:
    """What a process does: a part comes, what it is made to goes back, until it is ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    torch.set_num_threads(threads)
    make: Maker = pickle.loads(maker)
    while True:
        try:
            part = pipe.recv()
        except EOFError:  # the parent has ended
            return
        answer: tuple[Made | None, Exception | None]
        try:
            answer = make(part), None
        except Exception as error:
            error.add_note(traceback.format_exc())
            answer = None, error
        pipe.send(answer)
