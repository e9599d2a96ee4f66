"""Options of training, refused where they cannot be, before anything is loaded."""

from ..errors import Refused
from ..generator.architecture import Architecture
from ..losses.statistics import STATISTICS
from ..losses.texture import TextureLoss
from ..noise.laws import LAWS
from ..training.recipe import OPTIMIZERS, SCHEDULES
from . import options
from .checks import MANY, check_betas, check_numbers, check_words

# (least, most) of every number; noise is addressed with 32 bits of the seed.
RANGES = {
    "size": (1, 8192),
    "batch": (1, 4096),
    "steps": (1, MANY),
    "seed": (0, 2**32 - 1),
    "picture.side": (1, MANY),
    "picture.crops": (1, MANY),
    "generator.waves": (0, 16),
    "loss.gram": (0, 1e6),
    "loss.covariance": (0, 1e6),
    "loss.mean": (0, 1e6),
    "loss.deviation": (0, 1e6),
    "loss.range": (0, 1e6),
    "loss.detail": (0, 1e6),
    "loss.ridge": (0, 1e6),
    "loss.octaves": (1, 6),
    "optimizer.learning_rate": (1e-12, 10),
    "optimizer.matrix_rate": (1e-12, 10),
    "optimizer.momentum": (0, 0.9999),
    "optimizer.hold": (0, 1),
    "optimizer.floor": (0, 1),
    "optimizer.decay": (0, 1),
    "optimizer.every": (1, MANY),
    "freeze.at": (0, 1),
    "freeze.samples": (1, 4096),
    "freeze.average": (0, 1),
    "guard.times": (0, 1000),
    "guard.every": (1, MANY),
    "guard.worse": (1, 1e6),
    "guard.alike": (0, 1),
    "guard.patience": (0, 1),
    "log.previews": (1, MANY),
    "log.checkpoints": (1, MANY),
    "trainer.threads": (1, 1024),
}
WORDS = {
    "advice": ("told", "followed", "none"),
    "generator.law": LAWS,
    "loss.combine": TextureLoss.COMBINATIONS,
    "loss.units": TextureLoss.UNITS,
    "optimizer.kind": OPTIMIZERS,
    "optimizer.schedule": SCHEDULES,
}


def check(chosen: options.Train) -> None:
    """Refuse numbers out of their range and words that do not exist, before anything is loaded."""
    check_numbers(chosen, RANGES)
    check_words(chosen, WORDS)
    check_betas("optimizer.betas", chosen.optimizer.betas)
    loss = chosen.loss
    if not any(getattr(loss, name) for name in STATISTICS):
        names = ", ".join(f"loss.{name}" for name in STATISTICS)
        raise Refused(f"{names} are all 0: nothing would be learnt.")
    shape = architecture(chosen, 2 * (chosen.generator.waves or 0))
    shape.check_period("size", chosen.size)


def architecture(chosen: options.Train, behind: int) -> Architecture:
    """behind: channels beside those of the noise."""
    shape = chosen.generator
    return Architecture(shape.scales, shape.step, shape.noise_channels + behind)
