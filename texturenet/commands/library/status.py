"""How far a library is, seen from outside: while a driver or Slurm works, or afterwards."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from rich.table import Table as RichTable

from ...cluster.on_slurm import know, outcome_of, state_of, told_of
from ...cluster.store import place_left
from ...errors import Refused
from ...io.files import absolute, user_path
from ...library.catalogue import FAILED, RELEASED, WAITING
from ...library.plan import Plan, load, store_of
from ..options.library import Library
from ..runs import reserved
from ..streams import status_of_printing
from ..terminal import console, say
from .build import Books, say_failures
from .table import as_table, noted


def status(chosen: Library) -> int:
    """Print it, and write catalogue and page, unless a driver does. Raises Refused."""
    folder = absolute(user_path(chosen.out))
    plan = load(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(reserved(folder))
        except Refused:
            return _of_a_driver(folder)
        at_slurm = _ask_slurm(plan, folder) if plan.engine == "slurm" else {}
        books = Books(plan.sources, folder)
        books.write()
    counts = {state: len(books.named(state)) for state in (RELEASED, FAILED, WAITING)}
    say_failures(books.named(FAILED))
    console.print(_slurm_table(at_slurm)) if at_slurm else None
    shown = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    say(f"{folder}: {shown} of {len(books.rows)}")
    if counts[WAITING] and not at_slurm:
        say("nobody works on those that wait: the same command that began them goes on")
    return status_of_printing()


def _of_a_driver(folder: Path) -> int:
    """What one that has the folder has noted."""
    told = noted(folder)
    if told is None:
        say(f"{folder}: a driver has begun, and nothing has ended")
    else:
        console.print(as_table(told))
    return status_of_printing()


def _ask_slurm(plan: Plan, folder: object) -> dict[str, tuple[str, dict]]:
    """{name: (what Slurm says, what the work told)} of what has not ended; what was lost is noted
    as failed."""
    places = [place_left(source.name, store_of(folder)) for source in plan.sources]
    open_ones = know([place for place in places if place and place.value() is None])
    return {
        place.job: (state_of(place), dict(told_of(place)))
        for place, _ in open_ones
        if outcome_of(place) is None
    }


def _slurm_table(at_slurm: dict[str, tuple[str, dict]]) -> RichTable:
    states = Counter(state for state, _ in at_slurm.values())
    title = ", ".join(f"{count} {state.lower()}" for state, count in states.items())
    running = {name: told for name, (_, told) in at_slurm.items() if told}
    table = as_table({"total": 0, "done": 0, "failed": 0, "running": dict([*running.items()][:20])})
    table.title = f"Slurm: {title}"
    return table
