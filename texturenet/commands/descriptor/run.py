"""ranVGG and singleVGG: options -> a run folder with the descriptor and what can be seen of it."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import torch

from ... import __version__, hardware
from ...io.exemplars import Picture, fingerprint, load_picture
from ...io.files import write_whole
from ...io.tables import Row, Table, read_rows
from ...untrained.base import BuildStep, VggBuilder
from .. import runs, weights
from ..compose import as_yaml
from ..figures import growth_figure
from ..options.descriptor import Building
from ..runs import RESUME, check_input, of_descriptor, reserved
from ..signals import Ending, StepAbandoned
from ..terminal import PARTS, Bar, say
from .setup import builder_of, check

FIGURE, TRACE = "layers.png", "trace.csv"
COLUMNS = ("layer", "number", "step", "loss")  # of the trace
# What a resumed run may change, and what the picture's fingerprint tells.
PASSING = {"image", "out", "resume", "device", "max_memory", "threads"}


def build(chosen: Building) -> tuple[Path, int]:
    """-> (descriptor file, exit status)."""
    check(chosen)
    picture = load_picture(chosen.image, crop=chosen.picture.crop, side=chosen.picture.side)
    origin = _recipe(chosen)
    origin["image"] = fingerprint(picture.pixels)
    ending = Ending()
    run = Run(builder_of(chosen, picture, ending.check), origin, ending)
    earlier = runs.load_resume(chosen.resume, origin, "growth", run.load_state_dict)
    folder, path = of_descriptor(chosen.out, f"{picture.name}_{chosen.kind}", chosen.resume)
    check_input(chosen.image, path, *(folder / name for name in (FIGURE, "config.yaml")))
    with reserved(folder):
        stopped = _build(run, chosen, picture, folder, path, earlier)
    return path, 128 + stopped if stopped else 0


def _build(
    run: "Run",
    chosen: Building,
    picture: Picture,
    folder: Path,
    path: Path,
    earlier: Path | None,
) -> int:
    """-> the number of the signal that ended it early, or 0."""
    builder = run.builder
    height, width = picture.pixels.shape[-2:]
    say("; ".join([f"image {picture.name}: {height}x{width}", *picture.notes]))
    say(f"{chosen.kind} on {hardware.device_name(builder.device)} -> {folder}/")
    write_whole(folder / "config.yaml", as_yaml(chosen))
    log = Log(folder, builder, earlier)
    stopped = _watch(run, chosen.kind, folder, log)
    log.write()
    if stopped:
        say(f"stopped; to go on: the same command with resume={folder / RESUME}")
        return stopped
    weights.release(path, builder.weights(chosen.kind), _card(chosen, picture, run))
    write_whole(folder / FIGURE, growth_figure(builder, log.kept()))
    say(f"the picture as each layer gives it back: {folder / FIGURE}, losses in {TRACE}")
    say(f"done in {run.seconds:.0f} s")
    return 0


class Run:
    """A builder and how long it has taken, what it is that may be resumed. origin: what tells it
    from others."""

    def __init__(self, builder: VggBuilder, origin: dict, ending: Ending):
        self.builder, self.origin, self.ending = builder, origin, ending
        self.started, self.before = time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        """That of the runs it goes on from included."""
        return self.before + time.monotonic() - self.started

    def load_state_dict(self, state: dict) -> None:
        self.builder.load_state_dict(state["layers"])
        self.before = float(state["seconds"])

    def save(self, folder: Path) -> None:
        state = {"layers": self.builder.state_dict(), "seconds": self.seconds}
        runs.save(folder / RESUME, self.origin, "growth", state)


class Log(Table):
    """The loss of every evaluation -> trace.csv. earlier: the file that the run is resumed from."""

    def __init__(self, folder: Path, builder: VggBuilder, earlier: Path | None):
        super().__init__(folder / TRACE, COLUMNS)
        self.builder = builder
        if earlier:
            rows = read_rows(earlier.with_name(TRACE), _read)
            self.rows = [row for row in rows if row["layer"] in builder.tensors]

    def add(self, step: BuildStep) -> None:
        self.append({column: getattr(step, column) for column in COLUMNS})

    def kept(self) -> dict[str, list[float]]:
        """{layer: losses in order} of the candidate or epoch that each layer was taken from."""
        chosen = {result.layer: result.number for result in self.builder.results if result.kept}
        losses: dict[str, list[float]] = {}
        for row in self.rows:
            if chosen.get(row["layer"]) == int(row["number"]):
                losses.setdefault(row["layer"], []).append(float(row["loss"]))
        return losses


def _read(row: Mapping[str, str]) -> Row:
    """Without columns that are not ours. Raises ValueError, TypeError or KeyError for no row."""
    for column, number in {"number": int, "step": int, "loss": float}.items():
        number(row[column])
    return {column: row[column] for column in COLUMNS}


def _watch(run: Run, kind: str, folder: Path, log: Log) -> int:
    """Build, and save after every layer -> the number of the signal that ended it, or 0."""
    builder, done = run.builder, len(run.builder.tensors)
    ending = run.ending
    with ending, Bar(kind, PARTS, counted=False) as bar:
        ending.listen()
        run.save(folder)  # whoever finds the file finds a run that can be stopped
        with suppress(StepAbandoned):
            for step in builder:
                if len(builder.tensors) > done:
                    done = len(builder.tensors)
                    run.save(folder)
                    log.write()
                _show(step, builder, bar)
                log.add(step)
                if ending.signal:
                    break
        if ending.signal:
            return ending.signal
        if bar.running:  # which it is not if there was nothing left to do
            bar.reach(PARTS, "all layers made")
    run.save(folder)
    return 0


def _show(step: BuildStep, builder: VggBuilder, bar: Bar) -> None:
    done = int(PARTS * step.share)
    if not bar.running:
        bar.start_at(done)
    layer, layers = builder.names.index(step.layer) + 1, len(builder.names)
    number = f"{builder.number_is} {step.number + 1}/{builder.numbers}"
    bar.reach(done, f"{step.layer} ({layer}/{layers}) {number} loss {step.loss:.3g}")


def _card(chosen: Building, picture: Picture, run: Run) -> dict:
    """What a descriptor file says of how it was made; no paths of the user's."""
    recipe = _recipe(chosen)
    return {
        "kind": chosen.kind,
        "name": f"{picture.name}_{chosen.kind}",
        "picture": picture.facts,
        "recipe": recipe,
        "layers": [asdict(result) for result in run.builder.results],
        "seconds": round(run.seconds),
        "device": hardware.device_name(run.builder.device),
        "versions": {"texturenet": __version__, "torch": torch.__version__},
    }


def _recipe(chosen: Building) -> dict:
    """The options that decide the weights; files call one of them by its first name."""
    recipe = {key: value for key, value in asdict(chosen).items() if key not in PASSING}
    recipe["normalize"] = recipe.pop("normalise")
    return recipe
