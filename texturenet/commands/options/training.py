"""The keys of `texturenet train`."""

from dataclasses import dataclass

from .shared import Network, Reading


@dataclass
class PictureOptions(Reading):
    crops: int  # the most crops that make up the target


@dataclass
class Generator:
    scales: int
    step: int
    noise_channels: int
    law: str
    waves: int | None


@dataclass
class Descriptor(Network):
    layers: list[str] | None
    usual_layers: dict[str, list[str]]
    usual_pooling: str
    pooling: str | None


@dataclass
class Loss:
    combine: str
    gram: float
    covariance: float
    mean: float
    deviation: float
    range: float
    detail: float
    layer_weights: dict[str, float] | None  # {relu1_1: 2.0}; 1 where absent
    unit_gradient: bool
    pooled: bool
    units: str
    ridge: float
    octaves: int


@dataclass
class Optimizer:
    kind: str
    learning_rate: float
    matrix_rate: float
    momentum: float
    betas: list[float]
    schedule: str
    hold: float
    floor: float
    decay: float
    every: int


@dataclass
class Freeze:
    at: float
    samples: int
    average: float


@dataclass
class Guard:
    times: int
    every: int
    worse: float
    alike: float
    patience: float


@dataclass
class Log:
    previews: int
    checkpoints: int
    score: bool
    tensorboard: bool


@dataclass
class Trainer:
    accelerator: str
    precision: str
    threads: int | None


@dataclass
class Train:
    exemplar: str
    name: str | None
    out: str | None
    resume: str | None
    advice: str
    seed: int
    size: int
    batch: int
    steps: int
    picture: PictureOptions
    generator: Generator
    descriptor: Descriptor
    loss: Loss
    optimizer: Optimizer
    freeze: Freeze
    guard: Guard
    log: Log
    trainer: Trainer


@dataclass
class Scales:
    scales: int | None


@dataclass
class Advise:
    exemplar: str
    size: int | None
    picture: Reading
    generator: Scales
    threads: int | None
