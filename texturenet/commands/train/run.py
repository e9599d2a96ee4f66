"""One training run: options -> a run folder: released net, pictures, curves, a resume file."""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic as clock

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from ...errors import Refused, reason
from ...generator.architecture import COLOURS
from ...generator.release import can_name_files
from ...hardware import best_precision, device_name, device_of
from ...io.exemplars import Picture
from ...io.files import user_path, write_whole
from ...materials.reading import Material
from ...training.callbacks import LossLog, Moments, Previews, Resumable, Settings, WholeFiles
from ...training.guard import Guard, Limits
from ...training.module import TextureTraining
from ...training.resume import check_resumable
from ...training.steered import SteeredTraining
from ...training.timing import KeepTime
from .. import mending
from ..app import Request
from ..checks import set_threads
from ..compose import as_yaml
from ..figures import losses_figure
from ..material_files import files_of
from ..options.training import Train
from ..plan import check, with_advice
from ..runs import RESUME, free_folder, reserved
from ..terminal import PARTS, Bar, console, say
from . import palette, several, steering
from .length import Told, all_that_fit, asked, pace_for
from .live import Interruption, ShowProgress, ShowTime, quiet
from .parent import Parent, parent_of
from .parent import check as check_parent
from .release import release
from .setup import build, recipe_of, with_defaults

LOG, CONFIG = "metrics.csv", "config.yaml"


def train(request: Request) -> tuple[Path, int]:
    """Learn, release and show -> (released file, exit status)."""
    began = clock()
    request = all_that_fit(request)
    check(request.options)
    steering.check(request.options)
    palette.check(request.options)
    several.check(request.options)
    console.quiet = console.quiet or several.follows(request.options)
    pace_for(request.options, recipe_of(request.options))  # refuses what cannot be
    set_threads(request.options.threads)
    parent = parent_of(request.options.parent)
    device = several.own(request.options, device_of(request.options.device))
    precision = _precision(request.options, device)
    chosen, pictures, material = _read(request)
    names = [_usual(one.name) for one in pictures]
    palette.check_names(pictures, names)
    name = _name(chosen, names)
    smallest = min(pictures, key=lambda one: min(one.pixels.shape[-2:]))
    chosen, loaded = with_defaults(chosen, smallest, material)
    if parent:
        check_parent(parent, chosen, material.layout.count if material else COLOURS)
    pace = pace_for(chosen, recipe_of(chosen))
    if chosen.exemplars:
        module = palette.build(chosen, loaded, pictures, names, device)
    else:
        module = build(chosen, loaded, pictures[0], device, material)
    _begin(module, parent, chosen)
    if chosen.resume is not None:
        check_resumable(user_path(chosen.resume), module, pace)
    if several.follows(chosen):
        return _follow(module, pictures, chosen, device, precision, name)
    folder, hardware = _folder(chosen, name), device_name(device)
    with reserved(folder):
        _say_what_is_read(pictures, module)
        say(f"training on {hardware}, {precision}{asked(pace)} -> {folder}/")
        earlier = chosen.resume and user_path(chosen.resume).with_name(LOG)
        log = LossLog(folder / LOG, chosen.log.checkpoints, earlier)
        timing = pace and KeepTime(pace, began, Told(pace, say), clock)
        stopped = _fit(module, pictures, chosen, folder, log, device, precision, timing, name)
        module.to(device)  # Lightning leaves it on the CPU
        if not log.rows:  # all steps had been taken when it was interrupted
            log.take_up(module.global_step)
            log.write()
            write_whole(folder / CONFIG, as_yaml(chosen))
        facts = {"interrupted": bool(stopped), "seconds": round(clock() - began)}
        facts |= {"name": name, "device": hardware} | (parent.facts if parent else {})
        released = _release(module, pictures, chosen, folder, facts, material)
        rows = palette.by_texture(log.rows, names) if chosen.exemplars else log.rows
        write_whole(folder / "loss.png", losses_figure(rows, module.freeze_step))
    _say_end(folder, f"{module.global_step} of {module.recipe.steps}" if stopped else "")
    say(f"done in {clock() - began:.0f} s")
    return released, 128 + stopped if stopped else 0


def _follow(
    module: TextureTraining,
    pictures: Sequence[Picture],
    chosen: Train,
    device: torch.device,
    precision: str,
    name: str,
) -> tuple[Path, int]:
    """What a process does of several that is not the first: train along, and write nothing."""
    with TemporaryDirectory() as folder:
        stopped = _fit(module, pictures, chosen, Path(folder), None, device, precision, None, name)
    return Path(), 128 + stopped if stopped else 0


def _read(request: Request) -> tuple[Train, list[Picture], Material | None]:
    """The options after the advice, the exemplars, and the maps of a material."""
    if request.options.exemplars:
        return *palette.read(request), None
    found = files_of(request.options)
    file = found.opened()
    chosen = with_advice(request, file)
    reading = chosen.picture
    picture = mending.read(file, chosen.prepare, reading.crop, reading.side, chosen.size)
    return chosen, [picture], found.material(file, picture, chosen.picture.crop, chosen.maps)


def _begin(module: TextureTraining, parent: Parent | None, chosen: Train) -> None:
    """With the weights of a parent; a run that is resumed has its own."""
    if parent is None:
        return
    module.origin |= {"parent": parent.fingerprint}
    if chosen.resume is None:
        for net in module.nets:
            parent.begin(net, module.waves)
    say(f"grown from {parent.name}")


def _release(
    module: TextureTraining,
    pictures: Sequence[Picture],
    chosen: Train,
    folder: Path,
    facts: dict,
    material: Material | None,
) -> Path:
    """With a card that makes the net again: as many steps do, as many minutes may not."""
    if chosen.minutes is not None:
        facts |= {"minutes": chosen.minutes}
        chosen = replace(chosen, steps=module.recipe.steps, minutes=None)
    if chosen.exemplars:
        return palette.release(module, pictures, chosen, folder, facts)
    return release(module, pictures[0], chosen, folder, facts, material)


def _say_end(folder: Path, stopped: str) -> None:
    """stopped: at which step, if it was."""
    say(f"loss curve: {folder}/loss.png, its numbers in metrics.csv")
    if stopped:
        say(f"stopped at step {stopped}")
        say(f"to go on: the same command with resume={folder}/{RESUME}")


def _say_what_is_read(pictures: Sequence[Picture], module: TextureTraining) -> None:
    for picture in pictures:
        height, width = picture.pixels.shape[-2:]
        say("; ".join([f"exemplar {picture.name}: {height}x{width}", *picture.notes]))
    if module.waves:
        say(f"behind the noise stand {len(module.waves.vectors)} waves of the exemplar")
    if isinstance(module, SteeredTraining):
        say(steering.told(module.steering))


def _fit(
    module: TextureTraining,
    pictures: Sequence[Picture],
    chosen: Train,
    folder: Path,
    log: LossLog | None,
    device: torch.device,
    precision: str,
    timing: KeepTime | None,
    name: str,
) -> int:
    """Run Lightning's Trainer -> the number of the signal that ended it early, or 0. log: none
    where another process writes."""
    most = chosen.steps or chosen.budget.most
    total = PARTS if timing else most
    with quiet(), Bar("training", total, not timing) as bar, Interruption() as interruption:
        trainer = pl.Trainer(
            max_steps=module.recipe.steps,
            **several.options(chosen, device, len(module.octaves)),
            precision=precision,
            callbacks=[
                *([timing] if timing else []),
                interruption,
                *([log] if log else []),
                ShowTime(bar, timing) if timing else ShowProgress(bar),
                Guard(_limits(chosen), say, chosen.guard.patience),
                *(_files(chosen, pictures, folder, name) if log else []),
                Resumable(folder / RESUME, chosen.log.checkpoints),  # all write it together
            ],
            plugins=[WholeFiles()],
            logger=_logger(chosen, folder) if log else False,
            default_root_dir=folder,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        # The data are step numbers: a step makes its own noise.
        steps = DataLoader(range(most), batch_size=None)
        resume = chosen.resume and user_path(chosen.resume)
        try:
            trainer.fit(module, steps, ckpt_path=resume, weights_only=True)
        except Exception as error:
            if resume is None or interruption.started or isinstance(error, Refused):
                raise
            # Lightning fails in its own ways on a file that was changed by hand.
            raise Refused(f"{resume} is not whole enough to resume ({reason(error)}).") from error
        return interruption.signal


def _limits(chosen: Train) -> Limits:
    """Patience is a share of the steps, which the guard follows."""
    return Limits(**asdict(chosen.guard) | {"patience": 0})


def _files(
    chosen: Train, pictures: Sequence[Picture], folder: Path, name: str
) -> list[pl.Callback]:
    """What is written while the run goes on, its log excepted."""
    moment = folder / "moment" / f"{name}.safetensors"
    every = chosen.log.moments
    return [
        *([Moments(moment, name, every)] if every else []),
        Settings(folder / CONFIG, as_yaml(chosen)),
        Previews(folder / "previews", [one.pixels for one in pictures], chosen.log.previews),
    ]


def _logger(chosen: Train, folder: Path) -> object:
    if not chosen.log.tensorboard:
        return False
    try:
        return pl.loggers.TensorBoardLogger(folder, name="tensorboard", version="")
    except ModuleNotFoundError as missing:
        remedy = "pip install 'texturenet[tensorboard]'"
        raise Refused(f"log.tensorboard=true needs more: run `{remedy}`.") from missing


def _usual(name: str) -> str:
    """What a texture is called after its exemplar's file, where it can be."""
    name = re.sub(r"[^\w .-]", "_", name).strip(" .-")
    return name if can_name_files(name) else "texture"


def _name(chosen: Train, textures: Sequence[str]) -> str:
    """What the net is called: as `name` or `into` says, or after its textures."""
    key, name = ("into", chosen.into) if chosen.exemplars else ("name", chosen.name)
    if name is None:
        return _usual("_".join(textures))
    if not can_name_files(name):
        raise Refused(f"{key} is {name!r}: letters, digits, spaces, . - and _, and not so long.")
    return name


def _folder(chosen: Train, name: str) -> Path:
    """The folder of `out`, that of the run resumed, or runs/<name>, numbered if taken."""
    if chosen.out:
        return user_path(chosen.out)
    if chosen.resume:
        return user_path(chosen.resume).parent
    return free_folder(name)


def _precision(chosen: Train, device: torch.device) -> str:
    """In Lightning's words, with `auto` decided."""
    if chosen.precision == "auto":
        return best_precision(device.type)
    return {"float32": "32-true", "bfloat16": "bf16-mixed"}[chosen.precision]
