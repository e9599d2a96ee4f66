"""The page itself, its engine, and what was made: files to look at and to take away."""

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import Refused
from ..generator import palette, release
from ..io.exemplars import exemplar_table
from ..io.files import own_folder
from . import orders
from .jobs import Jobs
from .library import TYPES, Library
from .sources import Sources

PAGE = Path(__file__).with_name("page")
LIT = Path(__file__).parents[1] / "page" / "web"  # of the pages that `texturenet page` writes
LIGHT = ("solid.js", "shading.js", "flat.js")  # what lights materials there, and here
SCRIPTS = {
    ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript",
    ".svg": "image/svg+xml", ".wasm": "application/wasm",
}  # fmt: skip
STEP, ZIP, NET = "ETag", ".zip", ".safetensors"
# Whatever a file holds, it is nothing that could run in the page's name.
INERT = {"Content-Security-Policy": "default-src 'none'; sandbox"}


class Files:
    """Of one studio. own: its folder, in which a zip lies while it is sent."""

    def __init__(self, jobs: Jobs, sources: Sources, library: Library, own: Path):
        self.jobs, self.sources, self.library, self.own = jobs, sources, library, own

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/page/{path:path}", self.page),
            Route("/engine/{path:path}", self.engine),
            Route("/light/{name}", self.light),
            Route("/api/net", self.net),
            Route("/api/thumbs/{name}", self.thumb),
            Route("/api/exemplars/{name}", self.exemplar),
            Route("/api/sources/{source}/view", self.view),
            Route("/api/sources/{source}/mended", self.view),
            Route("/api/jobs/{number}/moment", self.moment),
            Route("/api/jobs/{number}/preview", self.preview),
            Route("/files/{path:path}", self.file),
            Route("/zip/{path:path}", self.zipped),
        ]

    async def page(self, request: Request) -> Response:
        return _part(PAGE, request.path_params.get("path", "index.html"))

    async def engine(self, request: Request) -> Response:
        return _part(own_folder("js"), request.path_params["path"])

    async def light(self, request: Request) -> Response:
        name = request.path_params["name"]
        return _part(LIT, name) if name in LIGHT else _missing(name)

    async def net(self, request: Request) -> Response:
        path = self.library.net(request.query_params.get("model", ""))
        file, texture = palette.split(path)
        headers = INERT | _as_download(f"{texture or file.stem}{file.suffix}")
        return Response(_shown(path), media_type=_type(path), headers=headers)

    async def thumb(self, request: Request) -> Response:
        return _inert(self.library.thumb(request.path_params["name"]))

    async def exemplar(self, request: Request) -> Response:
        """One that came with the project."""
        name = request.path_params["name"]
        if name not in (table := exemplar_table()):
            raise Refused(f"there is no exemplar {name!r}.")
        return _inert(own_folder("exemplars") / table[name]["file"])

    async def view(self, request: Request) -> Response:
        source = request.path_params["source"]
        mended = request.url.path.endswith("/mended")
        return _inert((self.sources.mended if mended else self.sources.view)(source))

    async def moment(self, request: Request) -> Response:
        return self._newest(request, orders.moment_of)

    async def preview(self, request: Request) -> Response:
        return self._newest(request, orders.preview_of)

    async def file(self, request: Request) -> Response:
        path = self.library.file(request.path_params["path"])
        return _inert(path, "download" in request.query_params)

    async def zipped(self, request: Request) -> Response:
        name = request.path_params["path"].strip("/")
        target = self._aside()
        try:
            await asyncio.to_thread(self.library.zipped, name, target)
        except BaseException:
            _remove(target)
            raise
        headers = INERT | _as_download(f"{name.replace('/', '_')}.zip")
        return Passing(target, headers=headers, media_type="application/zip")

    def sweep(self) -> None:
        """Remove what a studio that was killed was about to send."""
        for path in self.own.glob(f"*{ZIP}"):
            _remove(path)

    def _aside(self) -> Path:
        """A new empty file. Raises Refused."""
        try:
            self.own.mkdir(parents=True, exist_ok=True)
            descriptor, path = tempfile.mkstemp(ZIP, dir=self.own)
            os.close(descriptor)
        except OSError as error:
            raise Refused(f"cannot write to {self.own}: {error.strerror or error}.") from error
        return Path(path)

    def _newest(self, request: Request, find) -> Response:
        """What a training has written last; 204 where the page has that already, or it is not there
        yet."""
        path = find(self.jobs.of(request.path_params["number"]))
        try:
            mark = f'"{path.stat().st_mtime_ns}"' if path else ""
            if not path or mark == f'"{request.query_params.get("have")}"':
                return Response(status_code=204)
            headers = INERT | {STEP: mark}
            return Response(_shown(path), media_type=_type(path), headers=headers)
        except FileNotFoundError:  # the training has just ended
            return Response(status_code=204)


class Passing(FileResponse):
    """A file that is removed once it has been sent, or cannot be."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _remove(Path(self.path))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _part(folder: Path, name: str) -> Response:
    """A part of the page."""
    with suppress(OSError, ValueError):  # a name that no file can have
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.suffix in SCRIPTS
        if inside and path.is_file():
            return FileResponse(path, media_type=SCRIPTS[path.suffix])
    return _missing(name)


def _missing(name: str) -> Response:
    return Response(f"the studio has no {name[:80]}.", 404, media_type="text/plain")


def _inert(path: Path, download: bool = False) -> Response:
    if not path.is_file():
        raise Refused(f"{path.name} is not there any more.")
    kind = _type(path)
    as_file = download or kind == "application/octet-stream"
    headers = INERT | (_as_download(path.name) if as_file else {})
    return FileResponse(path, media_type=kind, headers=headers)


def _shown(path: Path) -> bytes:
    """A file as pages show it: a net that is told direction or size at the exemplar's, since the
    engine reads no other."""
    if not (file := release.file_of(path)).is_file():
        raise FileNotFoundError(file)
    return release.plain_file(path) if file.suffix == NET else path.read_bytes()


def _type(path: Path) -> str:
    return TYPES.get(path.suffix.lower(), "application/octet-stream")


def _as_download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}
