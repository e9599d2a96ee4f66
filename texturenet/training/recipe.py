"""The numbers of a training run, and the learning rate of each of its steps."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """The numbers of a training run, named as in conf/; they have no defaults here."""

    size: int  # side of the pictures trained on, in pixels
    batch: int
    steps: int
    seed: int
    law: str  # of the noise
    kind: str  # of optimiser: "adam" or "muon"
    learning_rate: float
    matrix_rate: float  # muon: of convolutions
    momentum: float  # muon
    betas: tuple[float, float]
    schedule: (
        str  # "cosine": hold, then decay to the floor; "step": times decay every so many steps
    )
    hold: float  # cosine: share of the steps at the full rate
    floor: float  # the least share of the learning rate
    decay: float  # step: factor
    every: int  # step: steps between two factors
    freeze_at: float  # share of the steps after which statistics are fixed
    freeze_samples: int  # pictures that the fixed statistics are measured on
    average: float  # share that the mean of the weights keeps of itself in a step, once fixed


SCHEDULES = ("cosine", "step")
OPTIMIZERS = ("adam", "muon")


def rate_factor(recipe: Recipe, step: int) -> float:
    """The learning rate of a step as a share of the recipe's."""
    if recipe.schedule == "step":
        return max(recipe.decay ** (step // recipe.every), recipe.floor)
    past = (step / recipe.steps - recipe.hold) / max(1 - recipe.hold, 1e-9)
    wave = 0.5 * (1 + math.cos(math.pi * min(max(past, 0.0), 1.0)))
    return recipe.floor + (1 - recipe.floor) * wave
