"""One layer of filters of several sizes: pictures x (B,3,H,W) in [0,1] -> {layer name: features}.

Ustyuzhaninov, Brendel, Gatys, Bethge 2016 (arXiv 1606.00021), section 2: no pooling, 'same'
padding, ReLU. Layers are named after the side of their filters, `conv55x55` and `relu55x55`;
`relu_all` holds the maps of all sizes side by side, so that its Gram matrix also has what they have
in common.
"""

from collections.abc import Mapping, Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import ConvWeights, Size
from .base import ZEROS, Descriptor, convolve, padded
from .fft import correlate, period, spectrum

ALL = "relu_all"
# From this side on FFT is faster on CPUs (bench/filters.py).
FOURIER = 15


def side_of(layer: str) -> int:
    """Pixels a side of the filters of a layer, `conv7x7` or `relu7x7`."""
    return int(layer[4:].partition("x")[0])


def layer_names(convolutions: Sequence[str]) -> list[str]:
    """Every layer of a bank, small filters to large."""
    names = []
    for name in sorted(convolutions, key=side_of):
        names += [name, f"relu{name[4:]}"]
    return [*names, ALL]


class FilterBank(Descriptor):
    """A bank of filters side by side, all of which see the picture itself.

    Parameters
    ----------
    weights : {"conv7x7": (kernel (M,3,7,7), bias (M,))}; sides are odd
    layers : the layers whose features are returned; only their sides are computed
    convention : a key of `base.CONVENTIONS`
    fingerprint : of the weights

    Raises
    ------
    Refused : for a layer that there is not
    """

    in_float32 = True  # FFT is, and `relu_all` joins the maps of all sides

    def __init__(
        self,
        weights: Mapping[str, ConvWeights],
        layers: Sequence[str],
        *,
        convention: str,
        fingerprint: str = "",
    ):
        super().__init__(layers, layer_names(list(weights)), convention, "a bank of filters")
        self.fingerprint, self.sides = fingerprint, sorted(map(side_of, weights))
        self.fourier = FOURIER  # the least side that FFT computes
        for name in weights:
            self._convolution(name, *weights[name])
        self._choose(layers)

    def _choose(self, layers: Sequence[str]) -> None:
        self.layers, self.spectra = tuple(layers), {}
        pairs = [[f"conv{side}x{side}", f"relu{side}x{side}"] for side in self.sides]
        self.blocks = [pair for pair in pairs if any(name in (*pair, ALL) for name in layers)]

    def only(self, layers: Sequence[str]) -> "FilterBank":
        other = copy(self)
        other._choose(layers)
        return other

    def with_weights(self, convolutions: Mapping[str, ConvWeights]) -> "FilterBank":
        other = super().with_weights(convolutions)
        other.spectra = {}
        return other

    @property
    def stride(self) -> int:
        return 1

    @property
    def smallest(self) -> int:
        # The least side that can wrap around the largest filter.
        return side_of(self.computed[-1]) // 2 + 1

    @property
    def geometry(self) -> dict[str, tuple[int, int, int]]:
        layers = {}
        for names in self.blocks:
            for name in names:
                layers[name] = len(self.convolution(names[0])[1]), 1, side_of(name) // 2
        if ALL in self.layers:
            maps = sum(len(self.convolution(conv)[1]) for conv, _ in self.blocks)
            layers[ALL] = maps, 1, side_of(self.computed[-1]) // 2
        return layers

    def cache_bytes(self, size: Size, half: bool = False) -> int:
        """Bytes of the spectra that large filters need for a picture of that size."""
        total = 0
        for conv, _ in self.blocks:
            if (side := side_of(conv)) >= self.fourier:
                rows, columns = period(tuple(length + side - 1 for length in size))
                total += len(self.convolution(conv)[0]) * 3 * rows * (columns // 2 + 1) * 8
        return total

    def divided(self, means: Mapping[str, Tensor]) -> "FilterBank":
        changed = {}
        for conv, relu in self.blocks:
            kernel, bias = self.convolution(conv)
            changed[conv] = kernel / means[relu].view(-1, 1, 1, 1), bias / means[relu]
        return self.with_weights(changed)

    def run(
        self,
        x: Tensor,
        blocks: Sequence[Sequence[str]],
        padding: tuple[str, str] = ZEROS,
        recompute: bool = False,
    ) -> dict[str, Tensor]:
        features = super().run(x, blocks, padding, recompute)
        if ALL in self.layers:
            features[ALL] = torch.cat([features[relu] for _, relu in blocks], 1)  # (B,sum M,H,W)
        return {layer: features[layer] for layer in self.layers}

    def _block(
        self, names: Sequence[str], x: Tensor, padding: tuple[str, str]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        conv, relu = names
        self._check_at(x)
        responses = self._responses(conv, x, padding)
        # The input of every block is the picture.
        if conv in self.layers:
            return x, {conv: responses, relu: F.relu(responses)}
        return x, {relu: F.relu_(responses)}

    def _responses(self, conv: str, x: Tensor, padding: tuple[str, str]) -> Tensor:
        """(B,3,H,W) -> (B,M,H,W)."""
        kernel, bias = self.convolution(conv)
        if (side := side_of(conv)) < self.fourier:
            return convolve(x, kernel, bias, padding)
        x = padded(x, side // 2, padding)
        responses = correlate(x, self._spectrum(conv, kernel, x), side // 2, self.check)
        return responses + bias.view(-1, 1, 1)

    def _spectrum(self, name: str, kernel: Tensor, x: Tensor) -> Tensor:
        """Of the filters of a layer, kept for the next picture of the same size."""
        sides = period(tuple(x.shape[-2:]))
        key = sides, kernel.device
        if name not in self.spectra or self.spectra[name][0] != key:
            self.spectra[name] = key, spectrum(kernel, sides)
        return self.spectra[name][1]
