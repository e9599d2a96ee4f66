"""The keys of the per-image optimiser."""

from dataclasses import dataclass
from typing import Any

from .shared import Network, Reading, Scaling


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
    layers: list[str] | None
    usual_layers: dict[str, list[str]]
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
    content_layers: list[str] | None
    usual_content_layers: dict[str, list[str]]
    content_layer_weights: dict[str, float] | None
    content_weight: float
    content_combine: str
    content_scaling: Scaling
    style_layers: list[str] | None
    usual_style_layers: dict[str, list[str]]
    style_layer_weights: dict[str, float] | None
    style_weight: float
    style_combine: str
    style_scaling: Scaling
    statistics: dict[str, float]


@dataclass
class Reconstruct(Painting):
    image: str
    layers: list[str] | None
    usual_layers: dict[str, list[str]]
    together: bool
    picture: Reading
