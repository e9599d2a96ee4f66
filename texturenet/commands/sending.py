"""Outputs that are URLs: the task writes on this machine, and the files are sent afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..io import remote
from .terminal import say


def with_outputs(task: Callable[[Any], int | None], chosen: Any) -> int | None:
    """Do a task whose options have an `out`, which may be a URL."""
    if chosen.out is None or not remote.is_url(chosen.out):
        return task(chosen)
    with remote.sent_to(chosen.out, getattr(chosen, "part", None) or "") as path:
        ending = "/" if chosen.out.endswith("/") else ""
        status = task(replace(chosen, out=f"{path}{ending}"))
    say(f"sent to {chosen.out}")
    return status
