"""Who may ask: the browser of this machine that was given the address, and no other page in it.

A page of the network can make a browser send requests to the loopback (DNS rebinding, cross-site
requests). So the name in Host has to be the loopback's, a request that another page caused is
refused (Origin, Sec-Fetch-Site), and every path begins with a token that only the address has.
"""

import hmac
from collections.abc import Mapping
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "worker-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
REFUSAL = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>texturenet studio</title>
<body><p>{sentence}</p></body></html>"""
NO_TOKEN = (
    "This address is not the studio's: open the whole address that texturenet studio printed when "
    "it was started, with the long word in it. It is a new one after every start."
)
OTHER_HOST = "The studio answers on this machine alone, by the address 127.0.0.1 or localhost."
OTHER_PAGE = "This request came from another page, which the studio does not answer."


class Guard:
    """Around an application: refuses with 403 and a sentence, and sets the headers of all answers.

    Parameters
    ----------
    app : what answers, which sees paths without the token
    token : the first part of every path
    port : of the address
    """

    def __init__(self, app: ASGIApp, token: str, port: int):
        self.app, self.token = app, token
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the studio has no web sockets

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope) or self._path(scope)
        await (refusal or self.app)(scope, receive, answer)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self.hosts:
            return _refused(OTHER_HOST)
        if self._foreign(scope["method"], headers):
            return _refused(OTHER_PAGE)
        return None

    def _foreign(self, method: str, headers: Mapping[str, str]) -> bool:
        """Whether another page caused a request. Browsers name theirs with all that change."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if origin is None:
            if method not in SAFE:
                return True
        elif origin != f"http://{headers['host']}":
            return True
        navigates = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
        return site not in ("none", "same-origin") and not navigates

    def _path(self, scope: Scope) -> Response | None:
        """Takes the token out of the path; a refusal where there is another."""
        _, token, *rest = scope["path"].split("/", 2)
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return _refused(NO_TOKEN)
        if not rest:
            return RedirectResponse(f"/{self.token}/", 307)
        scope["path"] = f"/{rest[0]}"
        scope["raw_path"] = scope["path"].encode()
        return None


def _refused(sentence: str) -> Response:
    return HTMLResponse(REFUSAL.format(sentence=escape(sentence)), 403)
