"""The numbers of a training run, and the learning rate of each of its steps."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """The numbers of a training run, named as in conf/, where they have their defaults."""

    size: int  # side of the training pictures, in pixels
    windows: bool  # whether they are windows of a plane, not tori
    batch: int
    steps: int
    seed: int
    law: str  # of the noise, a key of `noise.laws.LAWS`
    kind: str  # of optimiser, one of OPTIMIZERS
    learning_rate: float  # of Adam
    matrix_rate: float  # of Muon, for convolutions
    momentum: float  # of Muon
    betas: tuple[float, float]  # of Adam
    schedule: str  # of the rate: "cosine" falls to the floor, "step" decays every so many steps
    hold: float  # cosine: share of the steps at the full rate
    floor: float  # the least share of the rate
    decay: float  # step: factor
    every: int  # step: steps between two factors
    freeze_at: float  # share of the steps after which statistics are fixed
    freeze_samples: int  # pictures that the fixed statistics are measured on
    whole_from: float  # share of the steps before which a narrower descriptor may be used
    average: float  # share of itself that the mean of the weights keeps in a step, once fixed
    recorded: bool = True  # on a GPU: whether steps are CUDA graphs


SCHEDULES = ("cosine", "step")
OPTIMIZERS = ("adam", "muon")


def rate_factor(recipe: Recipe, step: int) -> float:
    """The rate of a step, from 0, as a share of the recipe's: from `floor` to 1."""
    if recipe.schedule == "step":
        return max(recipe.decay ** (step // recipe.every), recipe.floor)
    past = (step / recipe.steps - recipe.hold) / max(1 - recipe.hold, 1e-9)
    wave = 0.5 * (1 + math.cos(math.pi * min(max(past, 0.0), 1.0)))
    return recipe.floor + (1 - recipe.floor) * wave


def open_share(recipe: Recipe) -> float:
    """Share of the steps in which nothing depends on how many there will be."""
    held = recipe.hold if recipe.schedule == "cosine" else 1.0
    return min(held, recipe.freeze_at, recipe.whole_from or 1.0)
