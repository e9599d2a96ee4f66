"""The VGG of Simonyan and Zisserman 2014, configurations D and E, from a table.

Layers are named `conv3_1`, `relu3_1`, `pool3`; nothing deeper than the deepest layer asked for is
computed.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused, nearest
from .base import ZEROS, Descriptor, convolve

# Convolutions per block; each block ends in a pooling.
BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
# Of 2x2 positions, an odd last row or column left out.
POOLINGS = {"avg": F.avg_pool2d, "max": F.max_pool2d}


def convolution_names(architecture: str) -> list[str]:
    """conv1_1, conv1_2, ... in the order in which they are computed."""
    return [
        f"conv{block}_{index}"
        for block, count in enumerate(BLOCKS[architecture], 1)
        for index in range(1, count + 1)
    ]


def layer_names(architecture: str) -> list[str]:
    """Every layer that can be asked for, shallow to deep."""
    names = []
    for block, count in enumerate(BLOCKS[architecture], 1):
        for index in range(1, count + 1):
            names += [f"conv{block}_{index}", f"relu{block}_{index}"]
        names.append(f"pool{block}")
    return names


class Vgg(Descriptor):
    """A VGG, as deep as the deepest layer asked for.

    weights: {conv name: (kernel (O,I,3,3), bias (O,))}; widths are free, for small tests.
    """

    def __init__(
        self,
        weights: Mapping[str, tuple[Tensor, Tensor]],
        layers: Sequence[str],
        *,
        architecture: str,
        convention: str,
        pooling: str,
        fingerprint: str = "",
    ):
        known = layer_names(architecture)
        super().__init__(layers, known, convention, architecture)
        if pooling not in POOLINGS:
            raise Refused(f"pooling is {pooling!r}.{nearest(pooling, list(POOLINGS))}")
        self.fingerprint, self.pool = fingerprint, POOLINGS[pooling]
        self.blocks = _blocks(known[: max(map(known.index, layers)) + 1])
        for name in filter(lambda name: name.startswith("conv"), self.computed):
            self._convolution(name, *weights[name])

    def only(self, layers: Sequence[str]) -> "Vgg":
        """The same network, looked at in some of its layers and no deeper, with shared weights."""
        other = copy(self)
        other.layers = tuple(layers)
        deepest = max(map(self.computed.index, layers))
        other.blocks = _blocks(self.computed[: deepest + 1])
        return other

    @property
    def stride(self) -> int:
        """Pixels a side that one position of the deepest layer stands for."""
        return 2 ** sum(name.startswith("pool") for name in self.computed)

    @property
    def smallest(self) -> int:
        """The least side of a picture whose deepest layer still has one position."""
        return self.stride

    @property
    def geometry(self) -> dict[str, tuple[int, int, int]]:
        """{computed layer: (channels, stride, reach)}: the pixels a side that are a position's own,
        and how far beyond them it can see."""
        found, channels, stride, reach = {}, 3, 1, 0
        for name in self.computed:
            if name.startswith("conv"):
                channels = len(self.convolution(name)[1])
                reach += stride
            elif name.startswith("pool"):
                stride *= 2
            found[name] = channels, stride, reach
        return found

    def divided(self, means: Mapping[str, Tensor]) -> "Vgg":
        """Every filter over its mean (O,), {relu name: means}, and what follows undoing it."""
        changed, before = {}, torch.ones(3, device=self.mean.device)
        for name in filter(lambda name: name.startswith("conv"), self.computed):
            kernel, bias = self.convolution(name)
            # A last convolution that is not rectified keeps its scale.
            mean = means.get(f"relu{name[4:]}", torch.ones_like(bias))
            by = before.view(1, -1, 1, 1) / mean.view(-1, 1, 1, 1)
            changed[name] = kernel * by, bias / mean
            before = mean
        return self.with_weights(changed)

    def onward(self, layer: str, x: Tensor) -> dict[str, Tensor]:
        """The features from a convolution on, of what goes into it."""
        rest = self.computed[self.computed.index(layer) :]
        return self._block(rest, x, ZEROS)[1]

    def _block(
        self, names: list[str], x: Tensor, padding: tuple[str, str]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        features = {}
        for name in names:
            if name.startswith("pool"):
                x = self.pool(x, 2)
            elif name.startswith("relu"):
                # In place, unless that would overwrite a convolution somebody asked for.
                x = F.relu(x) if f"conv{name[4:]}" in features else F.relu_(x)
            else:
                x = convolve(x, *self.convolution(name), padding)
            if name in self.layers:
                features[name] = x
        return x, features


def _blocks(computed: Sequence[str]) -> list[list[str]]:
    """Layers in order, block by block."""
    return [list(names) for _, names in groupby(computed, key=lambda name: name[4])]
