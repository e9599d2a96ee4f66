"""Parts of a large picture, made by several processes, in order."""

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, repeat
from multiprocessing.connection import wait

import torch

from ..io.large.sheet import Part

Made = list[bytes]  # what a part encodes to, in each file
Maker = Callable[[Part], Made]


def in_processes(maker: Maker, todo: Iterator[Part], workers: int) -> Iterator[tuple[Part, Made]]:
    """Every part and what it is made to, in order; only few are in memory. maker: can be pickled.

    Raises `BrokenProcessPool` where a process ended early.
    """
    threads = max(1, torch.get_num_threads() // workers)
    pool = ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _start, (pickle.dumps(maker), threads)
    )
    try:
        waiting: deque[tuple[Part, Future[Made]]] = deque()
        for part in chain(todo, repeat(None, 2 * workers)):
            if part:
                with _uninterrupted():
                    waiting.append((part, pool.submit(_work, part)))
            if waiting and (not part or len(waiting) == 2 * workers):
                first, future = waiting.popleft()
                yield first, future.result()
    finally:
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that start here ignore Ctrl-C, which is for the parent to hear, from the first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


_maker: Maker  # of a worker process


def _start(pickled: bytes, threads: int) -> None:
    global _maker
    torch.set_num_threads(threads)
    _maker = pickle.loads(pickled)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        wait([parent.sentinel])
        os._exit(1)


def _work(part: Part) -> Made:
    return _maker(part)
