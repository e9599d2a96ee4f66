"""A painting -> a folder: the picture, previews, trace, loss plot, and a file to resume from."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ... import __version__
from ...errors import Refused
from ...hardware import device_name
from ...io.files import user_path, write_whole
from ...io.pictures import SUFFIXES, check_output, save_picture
from ...optimise.painting import Painting, Step
from .. import app, runs
from ..compose import as_yaml
from ..figures import trace_figure
from ..options.optimising import Painting as Options
from ..runs import LONGEST, RESUME, free_folder, reserved
from ..signals import Ending, StepAbandoned
from ..terminal import PARTS, Bar, say
from .trace import Trace

TRACE = "trace.csv"
# What a resumed run may change: where it writes, for how long, on what.
PASSING = {"out", "resume", "steps", "max_memory", "threads", "device", "log"}
INPUTS = ("exemplar", "content", "style", "image", "init")
OTHERS = (".gif", ".bmp", ".ppm", ".apng", ".mp4", ".webm", ".dzi")  # pictures, but not of these
PATHS = {"exemplar", "content", "style", "image", "init", "descriptor"}  # recorded by their content


@dataclass
class Job:
    """A run that is set up.

    kind: the verb. notes: what was read. ending: of the run, by a signal. facts: what tells the
    pictures and weights apart. finish: given the folder and the path of the picture, writes what
    else there is to be seen.
    """

    kind: str
    name: str
    notes: list[str]
    chosen: Options
    ending: Ending
    painting: Painting
    facts: dict[str, str]
    finish: Callable[[Path, Path, Painting, Trace], None]

    @property
    def origin(self) -> dict:
        """What a resumed run has to share."""
        given = {k: v for k, v in asdict(self.chosen).items() if k not in PASSING | PATHS}
        return {"kind": self.kind, **given, **self.facts}

    @property
    def record(self) -> dict:
        """What a picture file says of how it was made; no paths of the user's."""
        return {"texturenet": __version__, **self.origin}


def painting(verb: str, prepare: Callable[[object], Job], overrides: dict[str, object]) -> Painting:
    """What a verb would paint, for callers in Python, who write nothing."""
    for key in overrides:
        if key == "out" or key.startswith("log"):
            raise Refused(f"{key} is of the command: from Python, nothing is written.")
    ready = prepare(app.request(verb, overrides).options)
    _resume(ready)
    return ready.painting


def paint(job: Job) -> int:
    """Have it painted and written -> the exit status."""
    resume = _resume(job)
    folder, picture = _places(job)
    _check_inputs(job.chosen, folder, picture)
    with reserved(folder):
        for line in job.notes:
            say(line)
        say(f"{job.kind} on {device_name(job.painting.device)} -> {folder}/")
        write_whole(folder / "config.yaml", as_yaml(job.chosen))
        earlier = resume and resume.with_name(TRACE)
        trace = Trace(folder / TRACE, earlier, job.painting.number)
        return 128 + stopped if (stopped := _paint(job, folder, picture, trace)) else 0


def _paint(job: Job, folder: Path, picture: Path, trace: Trace) -> int:
    """-> the number of the signal that ended it early, or 0."""
    started = time.monotonic()
    with job.ending as ending:
        ending.listen()
        try:
            with suppress(StepAbandoned):
                _watch(job, folder, trace, ending)
        finally:  # also where a loss that is not finite stops it
            if trace.rows:
                _write(job, picture)
                trace.write()
        _save(job, folder)
        write_whole(folder / "loss.png", trace_figure(trace.terms(), trace.level_starts()))
        stopped = ending.signal
    if stopped:
        say(f"stopped; to go on: the same command with resume={folder / RESUME}")
    else:
        job.finish(folder, picture, job.painting, trace)
    say(f"loss: {folder}/loss.png, its numbers in {TRACE}")
    say(f"done in {time.monotonic() - started:.0f} s")
    return stopped


def _write(job: Job, picture: Path) -> None:
    """The best picture so far; of several parts, one each."""
    several = len({level.part for level in job.painting.levels}) > 1
    for part, made in job.painting.pictures.items():
        path = picture.with_stem(f"{picture.stem}_{part}") if several else picture
        save_picture(path, made, job.record)
        say(f"picture: {path}")


def _watch(job: Job, folder: Path, trace: Trace, ending: Ending) -> None:
    """Go through the steps, until a signal ends them."""
    log, started = job.chosen.log, time.monotonic()
    with Bar(job.kind, PARTS, counted=False) as bar:
        for step in job.painting:
            trace.add(step, time.monotonic() - started)
            _show(step, bar)
            if step.number and step.number % log.previews == 0:
                save_picture(folder / f"previews/step_{step.number:06d}.png", step.picture)
            if step.number and step.number % log.checkpoints == 0:
                _save(job, folder)
                trace.write()
            if ending.signal:
                break


def _show(step: Step, bar: Bar) -> None:
    done = int(PARTS * step.share)
    if not bar.running:
        bar.start_at(done)
    for note in step.notes:
        say(f"step {step.number}: {note}")
    height, width = step.picture.shape[-2:]
    bar.reach(done, f"{height}x{width} step {step.step} loss {step.loss:.4g}")


def _places(job: Job) -> tuple[Path, Path]:
    """(run folder, picture file): as the options say, or runs/<name>, numbered if taken."""
    chosen = job.chosen
    if chosen.out:
        out = user_path(chosen.out)
        if out.suffix.lower() in (*SUFFIXES, *OTHERS) and not out.is_dir():
            check_output(out, *job.painting.levels[-1].size)
            return out.with_suffix(""), out
        return out, out / f"{job.name[:LONGEST]}.png"
    if chosen.resume:
        folder = user_path(chosen.resume).parent
        return folder, folder / f"{job.name[:LONGEST]}.png"
    folder = free_folder(job.name[:LONGEST])
    return folder, folder / f"{job.name[:LONGEST]}.png"


def _check_inputs(chosen: Options, folder: Path, picture: Path) -> None:
    """Refuse to write over what was given: a picture of the run's own names, where it will lie."""
    places = {folder.resolve(), picture.parent.resolve()}
    for key in INPUTS:
        given = getattr(chosen, key, None)
        if not given or not (path := user_path(given)).is_file():
            continue
        path = path.resolve()
        own = path.stem == picture.stem or path.stem.startswith(f"{picture.stem}_")
        if path.parent in places and (own or path.name in ("loss.png", "figure.png")):
            raise Refused(f"{given}, the {key}, would be written over: say another out.")


def _save(job: Job, folder: Path) -> None:
    runs.save(folder / RESUME, job.origin, "painting", job.painting.state_dict())


def _resume(job: Job) -> Path | None:
    """Take up the state of an earlier run, refused where it is another's or damaged."""
    load = job.painting.load_state_dict
    return runs.load_resume(job.chosen.resume, job.origin, "painting", load)
