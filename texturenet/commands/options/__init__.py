"""The keys of every command and their types; their defaults stand in conf/ and nowhere else."""

from .descriptor import KINDS, Growth, RandomFilters, RanVgg, SingleVgg
from .optimising import Gatys, Painting, PaintingLog, Reconstruct, Transfer
from .sampling import Film, Models, Reproduce, Sample
from .score import Score
from .shared import Filters, Network, Reading, Scaling
from .study import Numbers, Study
from .training import (
    Advise,
    Descriptor,
    Freeze,
    Generator,
    Guard,
    Log,
    Loss,
    Optimizer,
    PictureOptions,
    Scales,
    Train,
    Trainer,
)

__all__ = [
    "KINDS",
    "Advise",
    "Descriptor",
    "Film",
    "Filters",
    "Freeze",
    "Gatys",
    "Generator",
    "Growth",
    "Guard",
    "Log",
    "Loss",
    "Models",
    "Network",
    "Numbers",
    "Optimizer",
    "Painting",
    "PaintingLog",
    "PictureOptions",
    "RanVgg",
    "RandomFilters",
    "Reading",
    "Reconstruct",
    "Reproduce",
    "Sample",
    "Scales",
    "Scaling",
    "Score",
    "SingleVgg",
    "Study",
    "Train",
    "Trainer",
    "Transfer",
]
