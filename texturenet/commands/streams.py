"""Standard output that may go away: what is shown of a work never decides about the work."""

import os
import sys
from typing import Any, TextIO


class UnfailingStream:
    """A text stream whose reader may leave and whose disk may fill: `error` says why something was
    not written."""

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.error: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        try:
            return self.stream.write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self.error = self.error or error


class LenientStream(UnfailingStream):
    """A standard stream of the command: once something could not be written, nothing more is."""

    @property
    def failed(self) -> bool:
        """Whether something could not be written that was wanted: a reader that left has enough."""
        return self.error is not None and not isinstance(self.error, BrokenPipeError)

    def _lose(self, error: OSError) -> None:
        super()._lose(error)
        try:
            # What is still buffered, and the interpreter's last flush, go nowhere.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):  # a stream without a file
            return


def open_stream(stream: TextIO | None) -> TextIO:
    """A standard stream; where it was closed before Python began, one that leads nowhere, so that
    no file that is opened later takes its number."""
    return open(os.devnull, "w") if stream is None else stream


def status_of_printing() -> int:
    """The exit status of a verb that only prints: 1 where that could not be written."""
    sys.stdout.flush()
    return int(getattr(sys.stdout, "failed", False))
