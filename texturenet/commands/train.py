"""texturenet train: a photograph -> a run folder with the released net, pictures and curves of it."""

import json
import logging
import platform
import signal
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytorch_lightning as pl
import torch
from omegaconf import OmegaConf
from torch.utils.data import DataLoader

from .. import __version__, checkpoint, weights
from ..descriptor import Vgg
from ..errors import Refused
from ..files import written_whole
from ..generator import Architecture, PyramidGenerator
from ..images import Picture, beside, load_picture, save_picture
from ..losses import TextureLoss, targets_of
from ..noise import LAWS
from ..sampler import Texture
from ..training import (
    LossLog, Previews, Recipe, Resumable, TextureTraining, best_precision, crops_of,
)  # fmt: skip
from . import door, options
from .curves import plot_losses
from .progress import Bar, say


def main(arguments: Sequence[str]) -> int:
    return door.run("train", options.Train, lambda chosen: train(chosen)[1], arguments)


def train_with(**overrides: object) -> str:
    return str(train(door.composed("train", options.Train, overrides))[0])


def train(chosen: options.Train) -> tuple[Path, int]:
    """Learn, release and show -> (released file, exit status)."""
    started = time.monotonic()
    _quiet()
    if chosen.trainer.threads:
        torch.set_num_threads(chosen.trainer.threads)
    picture = load_picture(
        chosen.exemplar, crop=chosen.picture.crop, side=chosen.picture.side, smallest=chosen.size
    )
    accelerator, precision = _hardware(chosen.trainer)
    module = build(chosen, picture, accelerator)
    folder = _folder(chosen, picture)
    say(f"exemplar {picture.name}: {_size(picture)}" + "".join(f"; {n}" for n in picture.notes))
    say(f"training on {_device_name(accelerator)}, {precision}, {torch.get_num_threads()} threads -> {folder}/")
    with written_whole(folder / "config.yaml") as aside:
        aside.write_text(OmegaConf.to_yaml(OmegaConf.structured(chosen)))
    log = LossLog(folder / "metrics.csv", flush_every=chosen.log.checkpoints)
    interruption = _fit(chosen, module, picture, folder, log, accelerator, precision)
    seconds = time.monotonic() - started
    released = _release(chosen, module, picture, folder, seconds, interruption)
    plot_losses(folder / "loss.png", log.rows, module.freeze_step)
    say(f"loss curve: {folder / 'loss.png'} and {log.path}")
    if interruption:
        say(f"stopped at step {module.global_step} of {chosen.steps}: go on with resume={folder / 'resume.ckpt'}")
    say(f"done in {time.monotonic() - started:.0f} s")
    return released, 128 + interruption if interruption else 0


def build(chosen: options.Train, picture: Picture, accelerator: str) -> TextureTraining:
    """Options and an exemplar -> generator, descriptor and targets, ready to be trained."""
    loaded = weights.load(chosen.descriptor.weights, download=chosen.descriptor.download)
    descriptor = Vgg(
        loaded.tensors, chosen.descriptor.layers, architecture=loaded.architecture,
        convention=loaded.convention, pooling=chosen.descriptor.pooling,
    )  # fmt: skip
    descriptor.sha256 = loaded.sha256
    device = "cuda" if accelerator == "gpu" else "cpu"
    crops = crops_of(picture.pixels, chosen.size, chosen.picture.crops)
    targets = targets_of((crop.to(device) for crop in crops), descriptor.to(device))
    terms = chosen.loss
    loss = TextureLoss(
        targets, {"gram": terms.gram, "mean": terms.mean, "deviation": terms.deviation},
        terms.layer_weights, terms.combine, terms.unit_gradient,
    )  # fmt: skip
    shape = chosen.generator
    architecture = Architecture(shape.scales, shape.step, shape.noise_channels)
    # The weights' first values come from the seed, and from nothing that ran before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(chosen.seed)
        generator = PyramidGenerator(architecture)
    return TextureTraining(generator, descriptor, loss, _recipe(chosen))


def _recipe(chosen: options.Train) -> Recipe:
    checks = {
        "size": chosen.size >= 1, "batch": chosen.batch >= 1, "steps": chosen.steps >= 1,
        "seed": 0 <= chosen.seed < 2**31, "freeze.at": 0 <= chosen.freeze.at <= 1,
        "freeze.samples": chosen.freeze.samples >= 1, "log.previews": chosen.log.previews >= 1,
        "log.checkpoints": chosen.log.checkpoints >= 1, "picture.crops": chosen.picture.crops >= 1,
        "optimizer.learning_rate": chosen.optimizer.learning_rate > 0,
        "optimizer.every": chosen.optimizer.every >= 1,
    }  # fmt: skip
    for key, sound in checks.items():
        if not sound:
            value = OmegaConf.select(OmegaConf.structured(chosen), key)
            raise Refused(f"{key} is {value}: that is out of its range.")
    for key, value, known in (
        ("generator.law", chosen.generator.law, list(LAWS)),
        ("optimizer.schedule", chosen.optimizer.schedule, ["cosine", "step"]),
    ):
        if value not in known:
            raise Refused(f"{key} is {value!r}: known are {', '.join(known)}.")
    rates = asdict(chosen.optimizer)
    return Recipe(
        size=chosen.size, batch=chosen.batch, steps=chosen.steps, seed=chosen.seed,
        law=chosen.generator.law, freeze_at=chosen.freeze.at, freeze_samples=chosen.freeze.samples,
        range_weight=chosen.loss.range, **rates | {"betas": tuple(rates["betas"])},
    )  # fmt: skip


def _fit(chosen, module, picture, folder, log, accelerator, precision) -> int:
    """Run Lightning's Trainer -> the number of the signal that ended it early, or 0."""
    interruption = Interruption()
    callbacks = [
        interruption, log, ShowProgress(chosen.steps),
        Previews(folder / "previews", picture.pixels, chosen.log.previews),
        Resumable(folder / "resume.ckpt", chosen.log.checkpoints),
    ]  # fmt: skip
    logger = False
    if chosen.log.tensorboard:
        try:
            logger = pl.loggers.TensorBoardLogger(folder, name="tensorboard", version="")
        except ModuleNotFoundError as missing:
            raise Refused("log.tensorboard=true needs `pip install 'texturenet[tensorboard]'`.") from missing
    trainer = pl.Trainer(
        max_steps=chosen.steps, accelerator=accelerator, devices=1, precision=precision,
        callbacks=callbacks, logger=logger, default_root_dir=folder, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
    )  # fmt: skip
    try:
        # The data are the step numbers: a step makes its own noise.
        trainer.fit(module, DataLoader(range(chosen.steps), batch_size=None), ckpt_path=_resume(chosen))
    except (KeyError, RuntimeError, EOFError) as error:
        if chosen.resume and not trainer.global_step:
            reason = str(error).splitlines()[0][:120]
            raise Refused(f"{chosen.resume} does not fit this run ({reason}).") from error
        raise
    return interruption.signal


def _resume(chosen: options.Train) -> str | None:
    if chosen.resume is None:
        return None
    if not (path := Path(chosen.resume).expanduser()).is_file():
        raise Refused(f"there is no file {path} to resume from.")
    return str(path)


class Interruption(pl.Callback):
    """Ctrl-C or SIGTERM ends the run after the step at hand, so that it is released like any other."""

    NUMBERS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self):
        self.signal = 0

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        # Now and not earlier: Lightning has put its own handlers in place by then.
        self.before = {number: signal.signal(number, self._note) for number in self.NUMBERS}

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        trainer.should_stop = bool(self.signal)

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        say("stopping after this step and saving; once more stops at once")


class ShowProgress(pl.Callback):
    """The bar, with the loss that is minimised and the mean relative error."""

    def __init__(self, steps: int):
        self.steps = steps

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar = Bar("training", self.steps, trainer.global_step).__enter__()

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx) -> None:
        error = sum(module.errors.values()) / len(module.errors)
        self.bar.advance(f"loss {module.values['loss']:.3f} error {error:.4f}")

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.bar.__exit__()

    def on_exception(self, trainer, module, exception: BaseException) -> None:
        self.bar.__exit__()


def _release(chosen, module, picture, folder, seconds, interruption) -> Path:
    """Freeze, judge, write the released file and the pictures that show it."""
    device = module.device
    net = module.release()
    errors = module.judge(net)
    name = chosen.name or picture.name
    card = {
        "name": name, "law": chosen.generator.law, "step": module.global_step,
        "interrupted": bool(interruption), "seconds": round(seconds),
        "device": _device_name(device.type), "errors": {k: round(v, 6) for k, v in errors.items()},
        "exemplar": {
            "name": picture.name, "sha256": picture.sha256, "size": list(picture.pixels.shape[-2:]),
            **{key: picture.source[key] for key in ("origin", "licence") if key in picture.source},
        },
        "descriptor": {"weights": Path(chosen.descriptor.weights).name, "sha256": module.descriptor.sha256},
        "recipe": {k: v for k, v in asdict(chosen).items() if k not in ("out", "resume", "exemplar")},
        "versions": {"texturenet": __version__, "torch": torch.__version__, "python": platform.python_version()},
    }  # fmt: skip
    released = checkpoint.save(folder / f"{name}.safetensors", net.cpu(), card)
    texture = Texture(net, card)
    samples = [texture.render(256, 256, seed) for seed in range(4)]
    for seed, sample in enumerate(samples):
        save_picture(folder / f"{name}_{seed}.png", sample, {"model": name, "seed": seed})
    save_picture(folder / f"{name}_sheet.png", beside([picture.pixels[0, :, :256, :256], *samples]))
    side = max(texture.coarsest, 512 // texture.coarsest * texture.coarsest)
    tile = texture.render(side, side, 0, tile="xy")
    save_picture(folder / f"{name}_tile.png", tile, {"model": name, "seed": 0, "tile": "xy"})
    save_picture(folder / f"{name}_tile_2x2.png", tile.repeat(1, 2, 2))
    say("relative errors of the frozen net: " + ", ".join(f"{k} {v:.4f}" for k, v in errors.items()))
    say(f"released net: {released} ({released.stat().st_size / 1000:.0f} kB)")
    say(f"samples: {folder}/{name}_0.png to _3.png, beside the exemplar in {name}_sheet.png")
    say(f"tile of {side}x{side}: {folder}/{name}_tile.png, repeated in {name}_tile_2x2.png")
    return released


def _folder(chosen: options.Train, picture: Picture) -> Path:
    """The run's folder: the one asked for, that of the run resumed, or runs/<name>, numbered if taken."""
    if chosen.out:
        return Path(chosen.out).expanduser()
    if chosen.resume:
        return Path(chosen.resume).expanduser().parent
    stem = Path("runs") / (chosen.name or picture.name)
    taken = (stem.with_name(f"{stem.name}-{number}") for number in range(2, 10**6))
    return stem if not stem.exists() else next(path for path in taken if not path.exists())


def _hardware(trainer: options.Trainer) -> tuple[str, str]:
    """(accelerator, precision) in Lightning's words, with `auto` decided."""
    accelerator = trainer.accelerator
    if accelerator == "auto":
        accelerator = "gpu" if torch.cuda.is_available() else "cpu"
    if accelerator == "gpu" and not torch.cuda.is_available():
        raise Refused("trainer=gpu, but no GPU can be used here: leave it out, or say trainer=cpu.")
    if accelerator == "gpu":
        torch.set_float32_matmul_precision("high")
    precision = trainer.precision
    if precision == "auto":
        precision = best_precision("cuda" if accelerator == "gpu" else "cpu")
    if precision not in ("32-true", "bf16-mixed"):
        raise Refused(f"trainer.precision is {precision!r}: known are auto, 32-true and bf16-mixed.")
    return accelerator, precision


def _device_name(accelerator: str) -> str:
    if accelerator in ("gpu", "cuda"):
        return torch.cuda.get_device_name()
    return f"CPU ({torch.get_num_threads()} threads)"


def _size(picture: Picture) -> str:
    return "{}x{}".format(*picture.pixels.shape[-2:])


def _quiet() -> None:
    """Lightning's advice on workers, loggers and hardware says nothing to the user of a texture."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
