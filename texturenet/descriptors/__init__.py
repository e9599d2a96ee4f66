"""Frozen networks that describe pictures: (B,3,H,W) in [0,1] -> {layer: features (B,C,h,w)}.

In: weights, from a file, the one download of the project, or a seed. Out: a `Descriptor`, through
which gradients reach the picture. May import io, noise and the ground.

Modules in reading order: `base` (what every descriptor can do), `vgg` and `filters` (the two
families), `winograd` and `fft` (faster convolutions), `octaves` (one descriptor at several sizes);
then where weights come from: `weights` (checked tensors by layer), `formats` (files), `sources`
(names, cache, download), `random` (seeds).
"""

from collections.abc import Sequence

from ..errors import Refused, nearest
from .base import Descriptor
from .filters import FilterBank
from .vgg import POOLINGS, Vgg
from .weights import FILTERS, Weights


def network(weights: Weights, layers: Sequence[str], pooling: str) -> Descriptor:
    """Weights and the names of layers -> the descriptor of these layers.

    Parameters
    ----------
    weights : checked weights
    layers : names of layers, repeated ones counting once
    pooling : a key of `vgg.POOLINGS`; a bank of filters has no pooling

    Raises
    ------
    Refused : for a layer or pooling that there is not, or weights made for the other pooling
    """
    layers = list(dict.fromkeys(layers))
    origin = {"convention": weights.convention, "fingerprint": weights.sha256}
    if pooling not in POOLINGS:
        raise Refused(f"pooling is {pooling!r}.{nearest(pooling, list(POOLINGS))}")
    if weights.pooling not in (None, pooling):
        raise Refused(
            f"{weights.source} was made for pooling={weights.pooling}, not {pooling}: say "
            f"pooling={weights.pooling} (of train: descriptor.pooling={weights.pooling})."
        )
    if family(weights) == FILTERS:
        return FilterBank(weights.tensors, layers, **origin)
    architecture = weights.architecture
    return Vgg(weights.tensors, layers, architecture=architecture, pooling=pooling, **origin)


def family(weights: Weights) -> str:
    """How its layers are named: "vgg" (relu3_1) or "filters" (relu7x7)."""
    return FILTERS if weights.architecture == FILTERS else "vgg"
