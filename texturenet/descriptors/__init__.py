"""Weights and the layers to be looked at -> the descriptor that they make."""

from collections.abc import Sequence

from ..errors import Refused, nearest
from .base import Descriptor
from .filters import FilterBank
from .vgg import POOLINGS, Vgg
from .weights import FILTERS, Weights


def family(weights: Weights) -> str:
    """What its layers are called after: "vgg" or "filters"."""
    return FILTERS if weights.architecture == FILTERS else "vgg"


def network(weights: Weights, layers: Sequence[str], pooling: str) -> Descriptor:
    """pooling: of a VGG; a bank of filters has none. Raises Refused for what there is not."""
    layers = list(dict.fromkeys(layers))
    known = {"convention": weights.convention, "fingerprint": weights.sha256}
    if pooling not in POOLINGS:
        raise Refused(f"pooling is {pooling!r}.{nearest(pooling, list(POOLINGS))}")
    if weights.pooling not in (None, pooling):
        raise Refused(
            f"{weights.source} was made for pooling={weights.pooling}, not {pooling}: say "
            f"pooling={weights.pooling} (of train: descriptor.pooling={weights.pooling})."
        )
    if family(weights) == FILTERS:
        return FilterBank(weights.tensors, layers, **known)
    return Vgg(weights.tensors, layers, architecture=weights.architecture, pooling=pooling, **known)
