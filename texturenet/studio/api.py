"""What the page asks for and orders, as JSON. A refusal is status 400 and one sentence."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from ..errors import Refused
from ..io.exemplars import exemplar_table
from .events import Events
from .jobs import ACTIVE, MOST_DIGITS, Job, Jobs
from .library import Library
from .orders import Orders
from .runner import Runner
from .sources import KEYS, Sources, TooLarge
from .tools import Tools

MOST_SAID, DEEPEST = 2**20, 16  # bytes of JSON, and levels
STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Api:
    """Of one studio.

    Parameters
    ----------
    about : what pages are told of the studio itself
    """

    def __init__(
        self,
        jobs: Jobs,
        runner: Runner,
        orders: Orders,
        sources: Sources,
        library: Library,
        events: Events,
        tools: Tools,
        about: dict,
    ):
        self.jobs, self.runner, self.orders, self.sources = jobs, runner, orders, sources
        self.library, self.events, self.tools, self.about = library, events, tools, about
        self.looking = asyncio.Lock()  # one look at a photograph at a time: it takes memory

    def routes(self) -> list[Route]:
        return [
            Route("/api/events", self.listen),
            Route("/api/state", self.tell_state),
            Route("/api/library", self.tell_library),
            Route("/api/sources", self.begin_source, methods=["POST"]),
            Route("/api/sources/{source}/files/{name}", self.receive, methods=["PUT"]),
            Route("/api/sources/{source}", self.finish_source, methods=["POST"]),
            Route("/api/exemplars/{name}", self.own_source, methods=["POST"]),
            Route("/api/advise", self.advise, methods=["POST"]),
            Route("/api/mend", self.mend, methods=["POST"]),
            Route("/api/command", self.command, methods=["POST"]),
            Route("/api/jobs", self.add_job, methods=["POST"]),
            Route("/api/jobs/{number}/log", self.tell_log),
            Route("/api/jobs/{number}/steps", self.tell_steps),
            Route("/api/jobs/{number}/{what}", self.change_job, methods=["POST"]),
        ]

    def state(self) -> dict:
        """All that a page needs when it opens."""
        progress = self.runner.progress
        return {
            "about": self.about,
            "trouble": self.jobs.trouble,
            "jobs": [job.facts() | {"progress": progress.get(job.number)} for job in self.jobs],
            "exemplars": sorted(exemplar_table()),
        }

    async def listen(self, request: Request) -> Response:
        events = self.events.listen(self.state)
        return StreamingResponse(events, media_type="text/event-stream", headers=STREAM)

    async def tell_state(self, request: Request) -> Response:
        return JSONResponse(self.state())

    async def tell_library(self, request: Request) -> Response:
        nets, made = await asyncio.to_thread(lambda: (self.library.nets(), self.library.made()))
        return JSONResponse({"nets": nets, "made": made})

    async def begin_source(self, request: Request) -> Response:
        return JSONResponse({"source": self.sources.begin()})

    async def receive(self, request: Request) -> Response:
        source, name = request.path_params["source"], request.path_params["name"]
        length = request.headers.get("content-length", "")
        size = int(length) if length.isdecimal() and len(length) < MOST_DIGITS else None
        await self.sources.receive(source, name, size, request.stream())
        return JSONResponse({})

    async def finish_source(self, request: Request) -> Response:
        kind = (await said(request)).get("kind")
        if kind not in tuple(KEYS):  # it may be a list
            raise Refused(f"kind is {str(kind)[:80]!r}: it is one of {', '.join(KEYS)}.")
        return await self._looked(self.sources.finish, request.path_params["source"], kind)

    async def own_source(self, request: Request) -> Response:
        return await self._looked(self.sources.own, request.path_params["name"])

    async def advise(self, request: Request) -> Response:
        return await self._looked(self._advice, await said(request))

    async def mend(self, request: Request) -> Response:
        return await self._looked(self._mended, await said(request))

    async def command(self, request: Request) -> Response:
        order = self.orders.order(await said(request))
        return JSONResponse({"command": order.command, "title": order.title})

    async def add_job(self, request: Request) -> Response:
        return self._added(self.orders.submit(self.orders.order(await said(request))))

    async def tell_log(self, request: Request) -> Response:
        return JSONResponse({"lines": self.runner.log(self._job(request))})

    async def tell_steps(self, request: Request) -> Response:
        """Every line of progress of a job, so that a curve can be drawn anew."""
        steps = "\n".join(self.runner.steps(self._job(request)))
        return Response(steps, media_type="application/x-ndjson")

    async def change_job(self, request: Request) -> Response:
        job, what = self._job(request), request.path_params["what"]
        if what == "stop":
            self.runner.stop(job)
        elif what == "kill":
            self.runner.kill(job)
        elif what == "forget":
            self.jobs.forget(job.number)
            self.events.send("forgotten", {"number": job.number})
        elif what == "resume":
            return self._added(self.orders.submit(self.orders.resumed(job)))
        elif what == "keep":
            if job.state not in ACTIVE:
                raise Refused("the training is over: its net is kept anyway.")
            return JSONResponse({"path": str(self.orders.keep(job))})
        else:
            raise Refused(f"a job cannot be told to {what!r}.")
        return JSONResponse({})

    def _added(self, job: Job) -> Response:
        self.events.send("job", job.facts() | {"trouble": self.jobs.trouble})
        self.runner.wake()
        return JSONResponse(job.facts())

    def _job(self, request: Request) -> Job:
        return self.jobs.of(request.path_params["number"])

    async def _looked(self, look: Callable[..., Any], *given: object) -> Response:
        """A look at a photograph, in a thread: it takes a second or more."""
        async with self.looking:
            return JSONResponse(await asyncio.to_thread(look, *given))

    def _advice(self, wanted: dict) -> dict:
        findings = self.tools.advise(self.orders.values(wanted))
        return {"findings": [{"text": text, "changes": changes} for text, changes in findings]}

    def _mended(self, wanted: dict) -> dict:
        source = str(wanted.get("source"))
        path = self.sources.mended(source)
        made = self.tools.mend(self.orders.values(wanted), path)
        picture = f"api/sources/{source}/mended?{path.stat().st_mtime_ns}"
        return {"size": made.size, "notes": made.notes, "picture": picture}


async def said(request: Request) -> dict:
    """The JSON of a request. Raises Refused."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_SAID:
            raise TooLarge(f"a request has more than {MOST_SAID} bytes.")
    try:
        found = json.loads(data or b"{}")
        json.dumps(found, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        raise Refused("the request is no JSON that can be read.") from error
    if not isinstance(found, dict):
        raise Refused("the request is no JSON object.")
    if (deep := _depth(found)) > DEEPEST:
        raise Refused(f"the request is nested {deep} levels deep: at most {DEEPEST} are read.")
    return found


def _depth(value: object) -> int:
    """Levels of objects and lists that lie in each other."""
    deep, level = 0, [value]
    while level := [each for each in level if isinstance(each, (dict, list))]:
        deep += 1
        level = [
            inner for each in level for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return deep


async def refused(request: Request, error: Exception) -> Response:
    """One sentence, of which the page shows every word."""
    status = 413 if isinstance(error, TooLarge) else 400
    return JSONResponse({"error": " ".join(str(error).split())}, status)


async def gone(request: Request, error: Exception) -> Response:
    """Of a browser that left in the middle of an upload."""
    return Response(status_code=499)


async def failed(request: Request, error: Exception) -> Response:
    """An error that is the program's own; the terminal has the whole of it."""
    text = f"this failed in the studio itself ({type(error).__name__}); its terminal says where."
    return JSONResponse({"error": text}, 500)


HANDLERS = {Refused: refused, ClientDisconnect: gone, Exception: failed}
