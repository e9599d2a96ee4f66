"""One studio from start to end: its folder, its address, its application."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from ..errors import Refused
from ..io.files import locked
from .api import HANDLERS, Api
from .events import Events
from .files import Files
from .guard import Guard
from .jobs import Jobs
from .library import Library
from .orders import VERBS, Orders
from .runner import NICENESS, Runner, threads_for_jobs
from .sources import MOST_BYTES, MOST_FILES, Sources
from .tools import Tools

HOST = "127.0.0.1"
JOBS, SOURCES, LOGS, LOCK = "jobs.json", "sources", "jobs", "lock"


@dataclass(frozen=True)
class Studio:
    """app: guarded, as it is served. runner: of its jobs."""

    app: ASGIApp
    runner: Runner


def studio(runs: Path, tools: Tools, token: str, port: int, threads: int | None = None) -> Studio:
    """A studio whose files lie under `runs`, and its own in runs/studio.

    Parameters
    ----------
    tools : what the commands lend
    token : the first part of every path
    port : of the address, which requests have to name
    threads : of a job, or None for `threads_for_jobs`
    """
    own = runs / "studio"
    threads = threads or threads_for_jobs()
    events, jobs = Events(), Jobs(own / JOBS)
    runner = Runner(jobs, own / LOGS, events)
    sources, library = Sources(own / SOURCES, tools), Library(runs)
    orders = Orders(runs, jobs, sources, library, tools, threads)
    about = {
        "runs": str(runs), "threads": threads, "niceness": NICENESS, "verbs": VERBS,
        "most_bytes": MOST_BYTES, "most_files": MOST_FILES,
    }  # fmt: skip
    files = Files(jobs, sources, library, own)
    api = Api(jobs, runner, orders, sources, library, events, tools, about)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        files.sweep()
        sources.sweep(jobs.texts())
        work = asyncio.create_task(runner.work())
        try:
            yield
        finally:
            work.cancel()
            runner.close()
            events.close()

    routes = [*files.routes(), *api.routes()]
    app = Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=lifespan)
    return Studio(Guard(app, token, port), runner)


def serve(
    runs: Path, tools: Tools, port: int | None, threads: int | None, ready: Callable[[str], None]
) -> None:
    """Serve until a signal comes, which is raised again then.

    Parameters
    ----------
    port : None for any that is free
    ready : called with the address, once it can be opened
    """
    with _alone(runs / "studio"), _listening(port) as listening:
        number = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        made = studio(runs, tools, token, number, threads)
        config = uvicorn.Config(
            made.app, log_level="warning", access_log=False, server_header=False,
            timeout_graceful_shutdown=1, timeout_keep_alive=30, lifespan="on",
        )  # fmt: skip
        ready(f"http://{HOST}:{number}/{token}/")
        uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The studio's own folder, where no other works, by the lock of a file in it: not every system
    opens folders."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Refused(f"cannot write to {folder}: {error.strerror or error}.") from error
    try:
        if not locked(descriptor):
            raise Refused(
                f"another studio works in {folder.parent}: use its window, or say another runs."
            )
        yield
    finally:
        with suppress(OSError):
            os.close(descriptor)


@contextmanager
def _listening(port: int | None) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((HOST, port or 0))
            listening.listen(64)
        except OSError as error:
            raise Refused(
                f"port {port or 'auto'} cannot be used ({error.strerror or error}): say another, "
                "or leave it out."
            ) from error
        yield listening
