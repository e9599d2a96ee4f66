"""The keys of every command and their types; their defaults stand in conf/ and nowhere else."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Reading:
    crop: list[int] | None  # [top, left, height, width] of the upright file
    side: int | None  # the shorter side is brought down to this; null keeps the file's pixels


@dataclass
class PictureOptions(Reading):
    crops: int  # the most crops that make up the target


@dataclass
class Generator:
    scales: int
    step: int
    noise_channels: int
    law: str


@dataclass
class Network:
    weights: str  # a name, or a local file
    download: bool


@dataclass
class Descriptor(Network):
    layers: list[str]
    pooling: str


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


@dataclass
class Scaling:
    factor: float
    channels: float
    positions: float
    pixels: float


@dataclass
class PaintingLog:
    previews: int
    checkpoints: int


@dataclass
class Painting:
    """What gatys, transfer and reconstruct have in common."""

    out: str | None
    resume: str | None
    seed: int
    init: str
    noise: float
    steps: int
    pooling: str
    normalise: bool
    range_weight: float
    tv_weight: float
    tv_exponent: float | None
    bounds: str
    units: str
    optimizer: str
    learning_rate: float
    history: int
    line_search: bool
    restart: int | None
    betas: list[float]
    decay: float
    every: int
    device: str
    precision: str
    max_memory: float | None
    threads: int | None
    descriptor: Network
    log: PaintingLog


@dataclass
class Gatys(Painting):
    exemplar: str | None
    size: Any  # one side, [height, width], or null
    tile: str
    scales: int | None
    coarse_steps: int
    picture: Reading
    layers: list[str]
    layer_weights: dict[str, float] | None
    statistics: dict[str, float]
    combine: str
    scaling: Scaling


@dataclass
class Transfer(Painting):
    content: str
    style: str
    size: Any  # the longer side, or [height, width], one of which may be null
    scales: int | None
    coarse_steps: int
    style_scale: float
    stretch: bool
    colours: str
    difference: bool
    content_layers: list[str]
    content_layer_weights: dict[str, float] | None
    content_weight: float
    content_combine: str
    content_scaling: Scaling
    style_layers: list[str]
    style_layer_weights: dict[str, float] | None
    style_weight: float
    style_combine: str
    style_scaling: Scaling
    statistics: dict[str, float]


@dataclass
class Reconstruct(Painting):
    image: str
    layers: list[str]
    together: bool
    picture: Reading
