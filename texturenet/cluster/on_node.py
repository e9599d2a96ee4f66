"""What runs on the nodes of Ray: a job in a folder of its own, and what it says meanwhile."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from .jobs import KEEP, OUT, Job
from .looking import looking
from .parcel import Parcel, check, pack, sums_of, unpack
from .work import Done, perform


class Mailbox:
    """An actor: what workers tell, for the driver to fetch."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue = asyncio.Queue()

    async def put(self, *message: object) -> None:
        await self.messages.put(message)

    async def fetch(self) -> list[tuple]:
        """All that there are, one at least."""
        found = [await self.messages.get()]
        while not self.messages.empty():
            found.append(self.messages.get_nowait())
        return found


def perform_there(
    job: Job, files: Parcel, kept: Parcel, mailbox: object, attempt: int, every: float
) -> tuple[Done, Parcel]:
    """A task of Ray: a job in a folder of the node that it runs on -> (how it ended, its files).
    Raises Damaged."""
    check(files)

    def send(kind: str, content: object) -> None:
        mailbox.put.remote(job.name, attempt, kind, content)

    with tempfile.TemporaryDirectory(prefix="texturenet-") as name:
        folder = Path(name)
        unpack(kept, folder / KEEP)
        job = replace(job, files={path: data for path, (data, _) in files.items()})
        with copied(folder / KEEP, every, send):
            done = perform(job, folder, lambda facts: send("tell", facts))
        return done, pack(folder / OUT)


@contextmanager
def copied(keep: Path, every: float, send: Callable[[str, object], None]) -> Iterator[None]:
    """Send what a folder holds, whenever it has changed, every so many seconds."""
    before = sums_of(keep)  # as it is before the work begins

    def look() -> None:
        nonlocal before
        with suppress(OSError):  # a file went while it was read: the next look will do
            parcel = pack(keep)
            sums = {path: sum for path, (_, sum) in parcel.items()}
            if parcel and sums != before:
                send(KEEP, parcel)
                before = sums

    with looking(look, every):
        yield
