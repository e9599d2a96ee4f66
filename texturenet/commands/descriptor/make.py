"""Options of any kind -> a descriptor file."""

from pathlib import Path

from ...descriptors.random import RANDOM_FILTERS
from .draw import draw
from .run import build


def make(chosen: object) -> tuple[Path, int]:
    """-> (descriptor file, exit status)."""
    return draw(chosen) if chosen.kind == RANDOM_FILTERS else build(chosen)
