"""Ctrl-C and SIGTERM while something long is made: once to end it well, twice to end it at once."""

import signal
import threading
import time

from ..errors import StoppedAtOnce
from .terminal import say

PATIENCE = 10  # seconds that a step may take to end after a signal


class StepAbandoned(Exception):
    """A step that was ended before its end, `PATIENCE` after a signal."""


class Ending:
    """with Ending() as ending: ...; `signal` is the number of what arrived, or 0."""

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        self.signal, self.since, self.before = 0, 0.0, {}

    def __enter__(self) -> "Ending":
        if threading.current_thread() is threading.main_thread():
            self.before = {number: signal.getsignal(number) for number in self.NUMBERS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def listen(self) -> None:
        for number in self.before:
            signal.signal(number, self._note)

    def check(self) -> None:
        """Called inside long steps. Raises StepAbandoned where a signal has waited too long."""
        if self.signal and time.monotonic() - self.since > PATIENCE:
            raise StepAbandoned

    def _note(self, number: int, frame: object) -> None:
        if self.signal:
            raise StoppedAtOnce(number)
        self.signal, self.since = number, time.monotonic()
        say("stopping after this step, then saving; once more stops at once")
