"""The keys of `texturenet study`."""

from dataclasses import dataclass


@dataclass
class Numbers:
    side: int
    built: int
    n_samples: int
    n_epochs: int
    evaluations: int
    maps: int
    reconstruct_steps: int
    gatys_steps: int
    coarse_steps: int
    train_steps: int


@dataclass
class Study:
    subject: str
    exemplar: str
    quick: bool
    out: str | None
    trained: str
    architecture: str
    width: float
    seed: int
    device: str
    threads: int | None
    full: Numbers
    short: Numbers
