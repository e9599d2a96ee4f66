"""What is refused: one sentence that names what is wrong, both numbers and the remedy."""

import difflib
from collections.abc import Iterable


class Refused(ValueError):
    """An input that the user can mend; commands print it on one line and leave with status 2."""


class NotResumable(Refused):
    """A file that a training run cannot go on from."""


class Submitted(Exception):
    """Work that a cluster has: nothing is wrong, and what was asked for is not there yet.

    Commands print it on one line and leave with status 0.
    """


class StoppedAtOnce(BaseException):
    """A signal (its number) that ends the process, after which nothing more is made.

    Not KeyboardInterrupt, which Lightning would turn into a silent status 1.
    """


def nearest(name: str, names: Iterable[str]) -> str:
    """' Did you mean ...?' followed by all names there are, for the end of a refusal."""
    names = list(names)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"{hint} Known: {', '.join(names) or 'none'}."


def abbreviated(value: object) -> str:
    """Somebody else's value, short enough to stand in a sentence, on one line."""
    if isinstance(value, str) and value.isprintable() and len(value) < 80:
        return value
    return repr(value)[:80]


def reason(error: BaseException) -> str:
    """The first line of somebody else's error, short enough to stand in brackets."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
