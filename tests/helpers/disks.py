"""Disks that fill."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def small_disk(limit: int = 1000) -> Iterator[None]:
    """No file may grow beyond so many bytes: what a full disk does, from the kernel itself.

    Around the call alone: the test runner's own log is a file too.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
