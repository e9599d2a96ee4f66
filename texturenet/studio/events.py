"""What pages are told while they are open: server-sent events, the same for all of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

WAITING = 256  # events that a page may lag behind, before it is asked to begin anew
SILENCE = 15  # seconds after which a comment is sent, so that a page that left is noticed


class Events:
    """Pages that listen, and what is sent to them."""

    def __init__(self):
        self.pages: set[asyncio.Queue[str | None]] = set()

    def send(self, kind: str, facts: object) -> None:
        """To every page; one that lags too far behind is sent away, and comes again by itself."""
        text = _event(kind, facts)
        for page in list(self.pages):
            try:
                page.put_nowait(text)
            except asyncio.QueueFull:
                self.pages.discard(page)
                page.get_nowait()
                page.put_nowait(None)

    def close(self) -> None:
        """Send all pages away."""
        for page in self.pages:
            if not page.full():
                page.put_nowait(None)

    async def listen(self, state: Callable[[], object]) -> AsyncIterator[str]:
        """The events of one page, of which the first is the whole state."""
        page: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
        self.pages.add(page)
        try:
            yield _event("state", state())
            while True:
                try:
                    text = await asyncio.wait_for(page.get(), SILENCE)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self.pages.discard(page)


def _event(kind: str, facts: object) -> str:
    return f"event: {kind}\ndata: {json.dumps(facts)}\n\n"
