"""Pictures and films drawn by an engine: jobs, what they are asked for, and what comes back."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from ..cluster.jobs import AGAIN, Engine, Facts, Job, Outcome
from ..errors import Refused, Submitted
from ..generator import release
from ..io.files import check_room
from ..io.large.sheet import Sheet
from ..sampling import parts
from ..sampling.film import Film
from ..sampling.joining import Joining, complete
from ..sampling.large import SHEETS, LargePicture
from ..sampling.texture import Texture
from .runs import reserved
from .terminal import Bar, say

PIECE = 2**26  # pixels of a piece, at most
FEWEST = 16  # pieces of a picture that has so many blocks: what several workers share
CHUNK = 16  # frames of a job


def store_of(path: Path) -> Path:
    """Where results lie until all of them are there, and from where the same call goes on."""
    return path.with_name(f".{path.name}.jobs")


def pieces_of(sheet: Sheet) -> int:
    """How many pieces a picture is cut into, the same on every machine."""
    most = -(-sheet.height * sheet.width // PIECE)
    return min(sheet.count, max(most, FEWEST))


def draw(
    picture: LargePicture, model: str, path: Path, engine: Engine, device: str, gpus: float = 0.0
) -> None:
    """A large picture: its pieces as jobs, then joined.

    Raises
    ------
    Refused : where jobs failed, or another command draws this file; what is done is kept
    Submitted : where an engine that does not wait has jobs still
    """
    suffix = path.suffix.lower()
    if suffix not in SHEETS:
        raise Refused(f"{path.name}: engine= draws {', '.join(SHEETS)}.")
    height, width = picture.size
    sheet = SHEETS[suffix](height, width)
    count = pieces_of(sheet)
    sheet.check(path.name, picture.smaller)
    check_room(path, 2 * sheet.bytes_at_most())  # its pieces, and the picture
    say(f"{path}: {height}x{width}, {count} parts, up to {sheet.bytes_at_most() / 1e9:.2f} GB")
    net = _nets([model])
    jobs = [
        Job(
            f"part-{number}-of-{count}",
            "texturenet.sampling.parts:draw_piece",
            parts.facts_of_piece(
                picture.texture, picture.view, picture.record, suffix, (number, count), device
            ),
            net,
            gpus=gpus,
        )
        for number in range(1, count + 1)
    ]
    with _store(path) as store:
        with Bar("parts", count) as bar, closing(_outcomes(engine, jobs, store, bar)) as outcomes:
            done = dict(outcomes)
        _all_there(jobs, done, "parts")
        files = [file for job in jobs for file in done[job.name].iterdir()]
        joining = Joining(path, complete(files))
        joining.check_room()
        joining.resume()
        for _ in joining.draw(1):
            pass


def frames(
    film: Film, textures: Sequence[Texture], models: Sequence[str], path: Path, engine: Engine,
    device: str, bar: Bar, gpus: float = 0.0,
) -> Iterator[np.ndarray]:  # fmt: skip
    """All frames of a film, (H,W,3) uint8, in order, drawn by jobs in any order.

    Raises
    ------
    Refused : where jobs failed, or another command draws this file; what is done is kept
    Submitted : where an engine that does not wait has jobs still
    """
    height, width = film.motion.size
    check_room(path, 3 * height * width * len(film))
    nets = _nets(models)
    jobs = []
    for first in range(0, len(film), CHUNK):
        some = range(first, min(first + CHUNK, len(film)))
        given = parts.facts_of_frames(list(textures), film.motion, some, device)
        name = f"frames-{some.start}-to-{some.stop - 1}"
        jobs.append(Job(name, "texturenet.sampling.parts:draw_frames", given, nets, gpus=gpus))
    done: dict[str, Path] = {}
    with _store(path) as store, closing(_outcomes(engine, jobs, store, None)) as outcomes:
        for job in jobs:
            while job.name not in done and (found := next(outcomes, None)):
                done[found[0]] = found[1]
            if job.name not in done:
                _all_there(jobs, done, "chunks of frames")
            for frame in parts.frames_in(done[job.name]):
                yield frame
                bar.advance()


@contextmanager
def _store(path: Path) -> Iterator[Path]:
    """Where results lie, of this command alone; taken away once all of them are used."""
    store = store_of(path)
    with reserved(store):
        yield store
        shutil.rmtree(store, ignore_errors=True)


def _nets(models: Sequence[str]) -> Mapping[str, bytes]:
    """The files that every job has."""
    found = [release.whole_file(release.find(model)) for model in models]
    return {parts.net_file(number): data for number, data in enumerate(found)}


def _outcomes(
    engine: Engine, jobs: Sequence[Job], store: Path, bar: Bar | None
) -> Iterator[tuple[str, Path]]:
    """(job, its folder of files) of those that are done; those that failed are said."""
    if bar:
        bar.start_at(0)
    failed: list[Outcome] = []
    for outcome in engine.run(jobs, store, _tell):
        if outcome.out is None:
            failed.append(outcome)
            say(f"{outcome.job}: {outcome.error}")
            continue
        yield outcome.job, outcome.out
        if bar:
            bar.advance()
    if failed:
        raise Refused(
            f"{len(failed)} of {len(jobs)} jobs failed, {failed[0].job}: {failed[0].error} The "
            "same call draws what is missing."
        )


def _tell(job: str, facts: Facts) -> None:
    if AGAIN in facts:
        say(f"{job}: {facts[AGAIN]}; it is submitted again")


def _all_there(jobs: Sequence[Job], done: Mapping[str, Path], what: str) -> None:
    """An engine that does not wait (Slurm's) leaves jobs that are not done yet. Raises
    Submitted."""
    if len(done) < len(jobs):
        raise Submitted(
            f"{len(done)} of {len(jobs)} {what} are done, Slurm has the others: the same command "
            "goes on when they are, or say slurm.wait=true"
        )
