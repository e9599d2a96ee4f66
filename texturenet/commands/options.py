"""The keys of every command and their types; their defaults stand in conf/ and nowhere else."""

from dataclasses import dataclass
from typing import Any


@dataclass
class PictureOptions:
    crop: list[int] | None  # [top, left, height, width] of the upright file
    side: int | None  # the shorter side is brought down to this; null keeps the file's pixels
    crops: int  # the most crops that make up the target


@dataclass
class Generator:
    scales: int
    step: int
    noise_channels: int
    law: str


@dataclass
class Descriptor:
    weights: str  # a name, or a local file
    layers: list[str]
    pooling: str
    download: bool


@dataclass
class Loss:
    combine: str
    gram: float
    mean: float
    deviation: float
    range: float
    layer_weights: dict[str, float] | None  # {relu1_1: 2.0}; 1 where absent
    unit_gradient: bool


@dataclass
class Optimizer:
    learning_rate: float
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


@dataclass
class Log:
    previews: int
    checkpoints: int
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
    log: Log
    trainer: Trainer


@dataclass
class Sample:
    model: str
    size: Any  # one side, or [height, width]
    seed: int
    count: int
    tile: str
    matching: bool
    origin: list[int]
    precision: str
    out: str
    workers: int
    threads: int | None


@dataclass
class Film:
    model: str
    kind: str
    size: Any  # one side, or [height, width]
    seconds: float
    fps: float
    seed: int
    seeds: list[int] | None
    origin: list[int]
    tile: str
    redresse: str
    rates: list[float] | None
    path: list[Any] | None
    patch: list[int] | None
    grain: int
    easing: str
    boomerang: bool
    report: bool
    exemplar: str | None
    precision: str
    out: str | None
    threads: int | None


@dataclass
class Reproduce:
    file: str
    model: str | None
    out: str | None
    workers: int
    threads: int | None


@dataclass
class Models:
    pass
