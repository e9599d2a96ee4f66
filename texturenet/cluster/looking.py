"""A function that is called every so many seconds while something else is at work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def looking(look: Callable[[], object], every: float) -> Iterator[None]:
    """Call `look` in a thread, every so many seconds until the body ends; first after so many.

    A call that has begun is waited for. What `look` raises ends the calls, not the body.
    """
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
