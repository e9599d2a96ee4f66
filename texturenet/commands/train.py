"""texturenet train: a photograph -> a run folder: released net, pictures, curves, a resume file."""

import logging
import re
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytorch_lightning as pl
import torch
from omegaconf import OmegaConf
from torch.utils.data import DataLoader

from .. import weights
from ..callbacks import LossLog, Previews, Resumable
from ..descriptor import Vgg
from ..errors import Refused, nearest
from ..files import written_whole
from ..generator import PyramidGenerator
from ..images import Picture, load_picture
from ..losses import TextureLoss, targets_of
from ..noise import LAWS
from ..pyramid import Architecture
from ..training import Recipe, TextureTraining, best_precision, crops_of
from . import door, options
from .curves import plot_losses
from .live import Interruption, ShowProgress
from .progress import say
from .release import release

RESUME = "resume.ckpt"


def main(arguments: Sequence[str]) -> int:
    return door.run("train", options.Train, lambda chosen: train(chosen)[1], arguments)


def train_with(**overrides: object) -> str:
    return str(train(door.composed("train", options.Train, overrides))[0])


def train(chosen: options.Train) -> tuple[Path, int]:
    """Learn, release and show -> (released file, exit status)."""
    started = time.monotonic()
    accelerator, precision = _hardware(chosen.trainer)
    picture = load_picture(
        chosen.exemplar,
        crop=chosen.picture.crop,
        side=chosen.picture.side,
        smallest=chosen.size,
    )
    module = build(chosen, picture, "cuda" if accelerator == "gpu" else "cpu")
    _check_resume(chosen, module)
    folder, device = _folder(chosen, picture), _device_name(accelerator)
    height, width = picture.pixels.shape[-2:]
    say("; ".join([f"exemplar {picture.name}: {height}x{width}", *picture.notes]))
    say(f"training on {device}, {precision} -> {folder}/")
    with written_whole(folder / "config.yaml") as aside:
        aside.write_text(OmegaConf.to_yaml(OmegaConf.structured(chosen)))
    log = LossLog(folder / "metrics.csv", flush_every=chosen.log.checkpoints)
    stopped = _fit(module, picture, chosen, folder, log, accelerator, precision)
    facts = {"interrupted": bool(stopped), "seconds": round(time.monotonic() - started)}
    released = release(module, picture, chosen, folder, facts | {"device": device})
    plot_losses(folder / "loss.png", log.rows, module.freeze_step)
    say(f"loss curve: {folder}/loss.png, its numbers in metrics.csv")
    if stopped:
        say(f"stopped at step {module.global_step} of {chosen.steps}")
        say(f"to go on: the same command with resume={folder}/{RESUME}")
    say(f"done in {time.monotonic() - started:.0f} s")
    return released, 128 + stopped if stopped else 0


def build(chosen: options.Train, picture: Picture, device: str) -> TextureTraining:
    """Options and an exemplar -> generator, descriptor and targets, ready to be trained."""
    recipe = _recipe(chosen)
    loaded = weights.load(chosen.descriptor.weights, download=chosen.descriptor.download)
    descriptor = Vgg(
        loaded.tensors,
        chosen.descriptor.layers,
        architecture=loaded.architecture,
        convention=loaded.convention,
        pooling=chosen.descriptor.pooling,
        fingerprint=loaded.sha256,
    ).to(device)
    crops = crops_of(picture.pixels, chosen.size, chosen.picture.crops)
    targets = targets_of((crop.to(device) for crop in crops), descriptor)
    terms = chosen.loss
    loss = TextureLoss(
        targets,
        {"gram": terms.gram, "mean": terms.mean, "deviation": terms.deviation},
        terms.layer_weights,
        terms.combine,
        terms.unit_gradient,
    )
    shape = chosen.generator
    # The first weights come from the seed and from nothing that ran before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(chosen.seed)
        architecture = Architecture(shape.scales, shape.step, shape.noise_channels)
        generator = PyramidGenerator(architecture)
    return TextureTraining(generator, descriptor, loss, recipe)


def _recipe(chosen: options.Train) -> Recipe:
    for key, least in LEAST.items():
        if (value := OmegaConf.select(OmegaConf.structured(chosen), key)) < least:
            raise Refused(f"{key} is {value}: it must be at least {least}.")
    for key, value, known in (
        ("generator.law", chosen.generator.law, list(LAWS)),
        ("optimizer.schedule", chosen.optimizer.schedule, ["cosine", "step"]),
    ):
        if value not in known:
            raise Refused(f"{key} is {value!r}.{nearest(value, known)}")
    rates = asdict(chosen.optimizer)
    return Recipe(
        size=chosen.size,
        batch=chosen.batch,
        steps=chosen.steps,
        seed=chosen.seed,
        law=chosen.generator.law,
        freeze_at=chosen.freeze.at,
        freeze_samples=chosen.freeze.samples,
        range_weight=chosen.loss.range,
        **rates | {"betas": tuple(rates["betas"])},
    )


LEAST = {
    "size": 1,
    "batch": 1,
    "steps": 1,
    "seed": 0,
    "generator.scales": 1,
    "generator.step": 1,
    "generator.noise_channels": 1,
    "picture.crops": 1,
    "optimizer.learning_rate": 0,
    "optimizer.every": 1,
    "freeze.at": 0,
    "freeze.samples": 1,
    "log.previews": 1,
    "log.checkpoints": 1,
}


def _fit(module, picture, chosen, folder, log, accelerator, precision) -> int:
    """Run Lightning's Trainer -> the number of the signal that ended it early, or 0."""
    interruption = Interruption()
    callbacks = [
        interruption,
        log,
        ShowProgress(chosen.steps),
        Previews(folder / "previews", picture.pixels, chosen.log.previews),
        Resumable(folder / RESUME, chosen.log.checkpoints),
    ]
    trainer = pl.Trainer(
        max_steps=chosen.steps,
        accelerator=accelerator,
        devices=1,
        precision=precision,
        callbacks=callbacks,
        logger=_logger(chosen, folder),
        default_root_dir=folder,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    # The data are step numbers: a step makes its own noise.
    steps = DataLoader(range(chosen.steps), batch_size=None)
    trainer.fit(module, steps, ckpt_path=chosen.resume and str(Path(chosen.resume).expanduser()))
    return interruption.signal


def _logger(chosen: options.Train, folder: Path) -> object:
    if not chosen.log.tensorboard:
        return False
    try:
        return pl.loggers.TensorBoardLogger(folder, name="tensorboard", version="")
    except ModuleNotFoundError as missing:
        remedy = "pip install 'texturenet[tensorboard]'"
        raise Refused(f"log.tensorboard=true needs more: run `{remedy}`.") from missing


def _check_resume(chosen: options.Train, module: TextureTraining) -> None:
    """Refuse a file that this run cannot go on from, before anything is written."""
    if chosen.resume is None:
        return
    if not (path := Path(chosen.resume).expanduser()).is_file():
        raise Refused(f"there is no file {path} to resume from.")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        step, found = state["global_step"], state["state_dict"]
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is not a file to resume from ({type(error).__name__}).") from error
    wanted = module.state_dict()
    for name in wanted.keys() | found.keys():
        shapes = [tuple(d[name].shape) if name in d else "nothing" for d in (found, wanted)]
        if shapes[0] != shapes[1]:
            raise Refused(
                f"{path} does not fit this run: it has {shapes[0]} where {name} is {shapes[1]}; "
                "give the same options as before."
            )
    if step >= chosen.steps:
        raise Refused(f"{path} is at step {step} of {chosen.steps} already: say a larger `steps`.")


def _folder(chosen: options.Train, picture: Picture) -> Path:
    """The folder asked for, that of the run resumed, or runs/<name>, numbered if taken."""
    if chosen.name is not None and not re.fullmatch(r"\w[\w .-]*", chosen.name):
        raise Refused(f"name is {chosen.name!r}: letters, digits, spaces, dots, - and _ only.")
    if chosen.out:
        return Path(chosen.out).expanduser()
    if chosen.resume:
        return Path(chosen.resume).expanduser().parent
    stem = Path("runs") / (chosen.name or picture.name)
    taken = (stem.with_name(f"{stem.name}-{number}") for number in range(2, 10**6))
    return stem if not stem.exists() else next(path for path in taken if not path.exists())


def _hardware(trainer: options.Trainer) -> tuple[str, str]:
    """(accelerator, precision) in Lightning's words, with `auto` decided."""
    # Lightning's advice on workers and loggers says nothing to the user of a texture.
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
    if trainer.threads:
        torch.set_num_threads(trainer.threads)
    usable = torch.cuda.is_available()
    accelerator = trainer.accelerator
    if accelerator == "auto":
        accelerator = "gpu" if usable else "cpu"
    if accelerator == "gpu":
        if not usable:
            raise Refused("no GPU can be used here: leave trainer=gpu out, or say trainer=cpu.")
        torch.set_float32_matmul_precision("high")
    precision = trainer.precision
    if precision == "auto":
        precision = best_precision(accelerator)
    known = ["auto", "32-true", "bf16-mixed"]
    if precision not in known:
        raise Refused(f"trainer.precision is {precision!r}.{nearest(precision, known)}")
    return accelerator, precision


def _device_name(accelerator: str) -> str:
    if accelerator == "gpu":
        return torch.cuda.get_device_name()
    return f"CPU, {torch.get_num_threads()} threads"
