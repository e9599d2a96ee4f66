"""Sources -> jobs -> the engine -> the catalogue and the page of a library."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch

from ...cluster.jobs import Engine, Job
from ...cluster.on_slurm import living_in
from ...cluster.store import Place, place_left
from ...errors import Refused, StoppedAtOnce
from ...hardware import usable_cores
from ...io.files import absolute, user_path
from ...library import catalogue, page
from ...library.catalogue import FAILED, RELEASED, WAITING, Row
from ...library.plan import Plan, store_of
from ...library.sources import Source
from ...page import page_of
from .. import grammar
from ..engines import chosen_engine
from ..options.library import Library
from ..runs import reserved
from ..terminal import duration, say
from .jobs import given_to_all, job_of, options_of
from .lists import sources_of
from .table import Table

SECONDS = 30.0  # between two writings of catalogue and page, at least
SHARE = 0.02  # of the driver's time that these writings take, at most
SHOWN = 20  # failures that are said one by one


def build(chosen: Library, pairs: list[grammar.Pair]) -> int:
    """Make what is missing or changed -> exit status: 1 where something failed. Raises Refused."""
    if chosen.exemplars is None:
        raise Refused("exemplars is missing: say exemplars=FOLDER, or a list.")
    given, sources = given_to_all(pairs), sources_of(chosen.exemplars)
    for source in sources:
        options_of(source, given)  # refused before anything is begun
    engine, folder = chosen_engine(chosen), absolute(user_path(chosen.out))
    began = time.monotonic()
    with reserved(folder):
        if chosen.engine != "slurm":
            _check_slurm(folder)
        facts = {"exemplars": chosen.exemplars, "given": given, "pages": chosen.pages}
        Plan(sources, chosen.engine, facts).save(folder)
        say(f"{len(sources)} textures, engine {chosen.engine} -> {chosen.out}/")
        books = Books(sources, folder)
        make = Maker(chosen, given, sources, folder)
        try:
            _run(engine, make, books, folder)
            if chosen.pages:
                _add_pages(books)
        except StoppedAtOnce:
            say("stopped; the same command goes on")
            raise
        finally:
            books.write()
    return _say_end(books, folder, began, waits=chosen.engine == "slurm" and not chosen.slurm.wait)


def _run(engine: Engine, make: "Maker", books: "Books", folder: Path) -> None:
    store = store_of(folder)
    with Table(folder, len(books.rows)) as table:
        outcomes = engine.run(make.jobs(), store, table.tell)
        with closing(outcomes):  # workers end with the driver
            for outcome in outcomes:
                books.note(outcome.job)
                table.ended(outcome.job, failed=outcome.error is not None)
        for name in make.unread:
            books.note(name)


def _check_slurm(folder: Path) -> None:
    """Refuse another engine beside jobs that Slurm has: both would make the same."""
    if living := living_in(store_of(folder)):
        numbers = sorted({number.partition("_")[0] for number in living.values()})
        raise Refused(
            f"Slurm has {len(living)} jobs of this library, {next(iter(living))} for one: wait for "
            f"them, or run `scancel {' '.join(numbers)}` first."
        )


def _add_pages(books: "Books") -> None:
    """Of textures that were made before pages were asked for."""
    for row in books.named(RELEASED):
        name = str(row["name"])
        place = place_left(name, store_of(books.folder))
        value = place and place.value()
        if not value or f"{name}.html" in value["files"]:
            continue
        try:
            text = page_of([str(place.out / f"{name}.safetensors")])
        except Refused as refusal:  # the net is damaged
            say(f"{name}: no page: {refusal}")
            continue
        value["files"] = sorted([*value["files"], f"{name}.html"])
        place.add(f"{name}.html", text, value)
        books.note(name)


@dataclass
class Maker:
    """Jobs, one by one: their files are read as they are wanted."""

    chosen: Library
    given: Mapping[str, object]
    sources: Sequence[Source]
    folder: Path

    def __post_init__(self) -> None:
        self.unread: list[str] = []

    def jobs(self) -> Iterator[Job]:
        threads, gpus = _threads(self.chosen, len(self.sources)), _gpus(self.chosen)
        for source in self.sources:
            try:
                yield job_of(source, self.given, self.chosen.pages, threads, gpus)
            except Refused as refusal:  # its files cannot be read
                place = place_left(source.name, store_of(self.folder))
                if place is None:
                    place = Place(store_of(self.folder) / source.name, source.name, "unread")
                    place.begin()
                place.fail(str(refusal))
                if place.value() is not None:
                    say(f"{source.name}: {refusal} What was made of it before stays.")
                self.unread.append(source.name)


def _threads(chosen: Library, count: int) -> int:
    """Of each job: all cores shared out on this machine, one on clusters."""
    if chosen.threads is not None:
        return chosen.threads
    if chosen.engine != "local":
        return 1
    cores = chosen.local.cores or usable_cores()
    return max(1, cores // count)


def _gpus(chosen: Library) -> float:
    if chosen.gpus is not None:
        return chosen.gpus
    return 1.0 if chosen.engine == "local" and torch.cuda.is_available() else 0.0


class Books:
    """Rows of all textures in order, and the catalogue and page that are made of them."""

    def __init__(self, sources: Sequence[Source], folder: Path):
        self.sources, self.folder = {source.name: source for source in sources}, folder
        self.rows = {source.name: catalogue.row_of(source, folder) for source in sources}
        self.written, self.took = time.monotonic(), 0.0

    def note(self, name: str) -> None:
        """A texture has ended."""
        self.rows[name] = catalogue.row_of(self.sources[name], self.folder)
        if time.monotonic() - self.written > max(SECONDS, self.took / SHARE):
            self.write()

    def write(self) -> None:
        began, rows = time.monotonic(), [*self.rows.values()]
        catalogue.write(rows, self.folder / catalogue.FILE)
        page.write(rows, self.folder)
        self.written = time.monotonic()
        self.took = self.written - began

    def named(self, state: str) -> list[Row]:
        return [row for row in self.rows.values() if row["state"] == state]


def _say_end(books: Books, folder: Path, began: float, waits: bool) -> int:
    released, failed, waiting = map(books.named, (RELEASED, FAILED, WAITING))
    say_failures(failed)
    say(f"{len(released)} of {len(books.rows)} released; {duration(time.monotonic() - began)}")
    if waits and waiting:
        say(f"Slurm has {len(waiting)}; how far they are: texturenet library status {folder}")
    say(f"the page: {folder}/{page.FILE}; the table: {folder}/{catalogue.FILE}")
    return int(bool(failed))


def say_failures(failed: Sequence[Row]) -> None:
    for row in failed[:SHOWN]:
        say(f"failed: {row['name']}: {row['reason']}")
    if len(failed) > SHOWN:
        say(f"failed: {len(failed) - SHOWN} more, see the table")
