"""The keys of `texturenet descriptor`, one dataclass for each kind."""

from dataclasses import dataclass

from .shared import Reading


@dataclass
class RandomFilters:
    """What `texturenet descriptor` makes with kind=random_filters."""

    kind: str
    image: str | None
    out: str | None
    seed: int
    sides: list[int]
    maps: int
    centred: float


@dataclass
class Growth:
    """What kind=ranvgg and kind=singlevgg have in common."""

    kind: str
    image: str
    out: str | None
    resume: str | None
    seed: int
    picture: Reading
    architecture: str
    width: float
    deviation: float
    normalize: bool
    pooling: str
    layers: list[str]
    targets: str
    weighting: str
    evaluations: int
    noise: float
    history: int
    line_search: bool
    device: str
    precision: str
    max_memory: float | None
    threads: int | None


@dataclass
class RanVgg(Growth):
    n_samples: int


@dataclass
class SingleVgg(Growth):
    n_epochs: int
    weight_steps: int
    learning_rate: float


KINDS = {"ranvgg": RanVgg, "singlevgg": SingleVgg, "random_filters": RandomFilters}
