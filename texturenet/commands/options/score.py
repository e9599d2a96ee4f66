"""The keys of `texturenet score`."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Score:
    model: str | None
    image: str | None
    exemplar: str | None
    side: int | None
    crop: list[int] | None
    seeds: int
    size: Any  # one side, or [height, width]
    weights: str
    out: str | None
    threads: int | None
