"""The keys of the commands that make pictures and films with a net."""

from dataclasses import dataclass
from typing import Any


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
    weights: str | None
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
