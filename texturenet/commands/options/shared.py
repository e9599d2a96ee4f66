"""Groups of keys that several commands have."""

from dataclasses import dataclass


@dataclass
class Reading:
    crop: list[int] | None  # [top, left, height, width] of the upright file
    side: int | None  # the shorter side is brought down to this; null keeps the file's pixels


@dataclass
class Filters:
    sides: list[int]
    maps: int
    seed: int
    centred: float


@dataclass
class Network:
    weights: str  # a name, a local file, or a folder with one
    download: bool
    filters: Filters | None  # of random_filters


@dataclass
class Scaling:
    factor: float
    channels: float
    positions: float
    pixels: float
