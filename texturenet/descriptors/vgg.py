"""The VGG of Simonyan and Zisserman 2014 (arXiv 1409.1556), configurations D and E, table 1.

Layers are named `conv3_1`, `relu3_1`, `pool3`; nothing deeper than the deepest named layer is
computed.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused, nearest
from ..types import ConvWeights, Size
from . import winograd
from .base import ZEROS, Descriptor, convolve

# Convolutions per block; each block ends in a pooling.
BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
# Of 2x2 positions; an odd last row or column is left out.
POOLINGS = {"avg": F.avg_pool2d, "max": F.max_pool2d}


def convolution_names(architecture: str) -> list[str]:
    """conv1_1, conv1_2, ... in the order in which they are computed."""
    return [
        f"conv{block}_{index}"
        for block, count in enumerate(BLOCKS[architecture], 1)
        for index in range(1, count + 1)
    ]


def layer_names(architecture: str) -> list[str]:
    """Every layer of the network, shallow to deep."""
    names = []
    for block, count in enumerate(BLOCKS[architecture], 1):
        for index in range(1, count + 1):
            names += [f"conv{block}_{index}", f"relu{block}_{index}"]
        names.append(f"pool{block}")
    return names


class Vgg(Descriptor):
    """A VGG, as deep as the deepest named layer.

    Parameters
    ----------
    weights : {conv name: (kernel (O,I,3,3), bias (O,))}; widths are free, for small tests
    layers : the layers whose features are returned
    architecture : a key of BLOCKS
    convention : a key of `base.CONVENTIONS`
    pooling : a key of POOLINGS
    fingerprint : of the weights

    Raises
    ------
    Refused : for a layer or a pooling that there is not
    """

    def __init__(
        self,
        weights: Mapping[str, ConvWeights],
        layers: Sequence[str],
        *,
        architecture: str,
        convention: str,
        pooling: str,
        fingerprint: str = "",
    ):
        available = layer_names(architecture)
        super().__init__(layers, available, convention, architecture)
        if pooling not in POOLINGS:
            raise Refused(f"pooling is {pooling!r}.{nearest(pooling, list(POOLINGS))}")
        self.fingerprint, self.pool = fingerprint, POOLINGS[pooling]
        self.blocks = _blocks(available[: max(map(available.index, layers)) + 1])
        for name in self._convolutions():
            self._convolution(name, *weights[name])

    def only(self, layers: Sequence[str]) -> "Vgg":
        other = copy(self)
        other.layers = tuple(layers)
        deepest = max(map(self.computed.index, layers))
        other.blocks = _blocks(self.computed[: deepest + 1])
        return other

    @property
    def stride(self) -> int:
        return 2 ** sum(name.startswith("pool") for name in self.computed)

    @property
    def smallest(self) -> int:
        return self.stride

    @property
    def geometry(self) -> dict[str, tuple[int, int, int]]:
        layers, channels, stride, reach = {}, 3, 1, 0
        for name in self.computed:
            if name.startswith("conv"):
                channels = len(self.convolution(name)[1])
                reach += stride
            elif name.startswith("pool"):
                stride *= 2
            layers[name] = channels, stride, reach
        return layers

    def cache_bytes(self, size: Size, half: bool = False) -> int:
        """Bytes of what is kept of kernels for a picture of that size."""
        if half:
            return 0
        total = 0
        for name in self._convolutions():
            stride = self.geometry[name][1]
            positions = tuple(length // stride for length in size)
            total += winograd.kept_bytes(self.convolution(name)[0], positions)
        return total

    def divided(self, means: Mapping[str, Tensor]) -> "Vgg":
        """Every filter over its mean activation (O,), {relu name: means}; the next
        convolution multiplies its inputs by them again, so that only the scale changes."""
        changed, before = {}, torch.ones(3, device=self.mean.device)
        for name in self._convolutions():
            kernel, bias = self.convolution(name)
            # A last convolution that is not rectified keeps its scale.
            mean = means.get(f"relu{name[4:]}", torch.ones_like(bias))
            factors = before.view(1, -1, 1, 1) / mean.view(-1, 1, 1, 1)  # (O,I,1,1)
            changed[name] = kernel * factors, bias / mean
            before = mean
        return self.with_weights(changed)

    def onward(self, layer: str, x: Tensor) -> dict[str, Tensor]:
        """The features from a convolution on; x (B,I,h,w) is its input."""
        rest = self.computed[self.computed.index(layer) :]
        return self._block(rest, x, ZEROS)[1]

    def _convolutions(self) -> list[str]:
        return [name for name in self.computed if name.startswith("conv")]

    def _block(
        self, names: Sequence[str], x: Tensor, padding: tuple[str, str]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        features = {}
        for name in names:
            if name.startswith("pool"):
                x = self.pool(x, 2)
            elif name.startswith("relu"):
                # In place, unless that would overwrite a convolution that is returned.
                x = F.relu(x) if f"conv{name[4:]}" in features else F.relu_(x)
            else:
                self._check_at(x)
                x = convolve(x, *self.convolution(name), padding, frozen=True)
            if name in self.layers:
                features[name] = x
        return x, features


def _blocks(computed: Sequence[str]) -> list[list[str]]:
    """Layers in order, block by block."""
    return [list(names) for _, names in groupby(computed, key=lambda name: name[4])]
