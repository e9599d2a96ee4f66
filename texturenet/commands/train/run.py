"""One training run: options -> a run folder: released net, pictures, curves, a resume file."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic as clock

from ...hardware import device_name
from ...io.files import user_path, write_whole
from ...training.callbacks import LossLog
from ...training.steered import SteeredTraining
from ...training.timing import KeepTime
from ..app import Request
from ..compose import as_yaml
from ..figures import losses_figure
from ..options.training import Train
from ..runs import RESUME, free_folder, reserved
from ..terminal import console, say
from . import palette, several, steering
from .fitting import CONFIG, fit
from .length import Told, all_that_fit, asked
from .prepared import Prepared, prepared
from .release import release

LOG = "metrics.csv"


def train(request: Request) -> tuple[Path, int]:
    """Learn, release and show -> (released file, exit status)."""
    began = clock()
    request = all_that_fit(request)
    console.quiet = console.quiet or several.follows(request.options)
    run = prepared(request)
    if several.follows(run.chosen):
        return _follow(run)
    folder = _folder(run.chosen, run.name)
    with reserved(folder):
        released, stopped = _lead(run, folder, began)
    _say_end(folder, f"{run.module.global_step} of {run.module.recipe.steps}" if stopped else "")
    say(f"done in {clock() - began:.0f} s")
    return released, 128 + stopped if stopped else 0


def _lead(run: Prepared, folder: Path, began: float) -> tuple[Path, int]:
    """What the first process does, or the only one: train and write -> (released file, the number
    of the signal that ended it early, or 0)."""
    chosen, module, hardware = run.chosen, run.module, device_name(run.device)
    _say_what_is_read(run)
    say(f"training on {hardware}, {run.precision}{asked(run.pace)} -> {folder}/")
    earlier = chosen.resume and user_path(chosen.resume).with_name(LOG)
    log = LossLog(folder / LOG, chosen.log.checkpoints, earlier)
    timing = run.pace and KeepTime(run.pace, began, Told(run.pace, say), clock)
    stopped = fit(run, folder, log, timing)
    module.to(run.device)  # Lightning leaves it on the CPU
    if not log.rows:  # all steps had been taken when it was interrupted
        log.take_up(module.global_step)
        log.write()
        write_whole(folder / CONFIG, as_yaml(chosen))
    facts = {"interrupted": bool(stopped), "seconds": round(clock() - began)}
    facts |= {"name": run.name, "device": hardware} | (run.parent.facts if run.parent else {})
    released = _release(run, folder, facts)
    rows = palette.by_texture(log.rows, run.names) if chosen.exemplars else log.rows
    write_whole(folder / "loss.png", losses_figure(rows, module.freeze_step))
    return released, stopped


def _follow(run: Prepared) -> tuple[Path, int]:
    """What a process does of several that is not the first: train along, and write nothing."""
    with TemporaryDirectory() as folder:
        stopped = fit(run, Path(folder), None, None)
    return Path(), 128 + stopped if stopped else 0


def _release(run: Prepared, folder: Path, facts: dict) -> Path:
    """With a card that makes the net again: as many steps do, as many minutes may not."""
    chosen, module = run.chosen, run.module
    if chosen.minutes is not None:
        facts |= {"minutes": chosen.minutes}
        chosen = replace(chosen, steps=module.recipe.steps, minutes=None)
    if chosen.exemplars:
        return palette.release(module, run.pictures, chosen, folder, facts)
    return release(module, run.pictures[0], chosen, folder, facts, run.material)


def _folder(chosen: Train, name: str) -> Path:
    """The folder of `out`, that of the run resumed, or runs/<name>, numbered if taken."""
    if chosen.out:
        return user_path(chosen.out)
    if chosen.resume:
        return user_path(chosen.resume).parent
    return free_folder(name)


def _say_what_is_read(run: Prepared) -> None:
    for picture in run.pictures:
        height, width = picture.pixels.shape[-2:]
        say("; ".join([f"exemplar {picture.name}: {height}x{width}", *picture.notes]))
    if run.module.waves:
        waves = run.module.waves
        units = f", and {waves.units.channels} numbers of each unit" if waves.units else ""
        say(f"behind the noise stand {len(waves.vectors)} waves of the exemplar{units}")
    if isinstance(run.module, SteeredTraining):
        say(steering.told(run.module.steering))


def _say_end(folder: Path, stopped: str) -> None:
    """stopped: at which step, if it was."""
    say(f"loss curve: {folder}/loss.png, its numbers in metrics.csv")
    if stopped:
        say(f"stopped at step {stopped}")
        say(f"to go on: the same command with resume={folder}/{RESUME}")
