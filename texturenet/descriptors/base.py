"""What all descriptors have in common: pictures (B,3,H,W) in [0,1] -> {layer: features (B,C,h,w)}.

A subclass says which layers it computes, of which geometry, and how; here are the input
normalisation, padding, sharing of weights, and the choice between keeping features for the
gradient and computing them a second time.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..errors import Refused, nearest
from ..types import ConvWeights, Size
from . import winograd

# What a convolution sees beyond a border: nothing, the other side (a tile is described as the
# endless plane of which it is one period), or the border pixel again.
PADDINGS = ("zeros", "circular", "replicate")
MODES = {"zeros": "constant", "circular": "circular", "replicate": "replicate"}  # of torch
ZEROS = ("zeros", "zeros")  # of rows, of columns

# What the first convolution expects of a picture: whether blue comes first, range, mean, deviation.
CONVENTIONS = {
    # Caffe's model: BGR, 0-255, minus the mean of ImageNet.
    "caffe": (True, 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0)),
    # torchvision's transforms.
    "torchvision": (False, 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


class Descriptor(nn.Module, ABC):
    """A frozen network: no parameters, no state; gradients reach the picture.

    Parameters
    ----------
    layers : the layers whose features are returned
    available : every layer that the network has, shallow to deep
    convention : a key of CONVENTIONS
    name : of the network, for refusals

    Attributes
    ----------
    blocks : the layers that are computed, in groups of which each starts with a convolution;
        nothing deeper than the deepest of `layers`
    fingerprint : SHA-256 of the weights, to record what a net was trained against
    in_float32 : whether features are float32 under autocast too

    Raises
    ------
    Refused : for no layer, or one that the network does not have
    """

    blocks: list[list[str]]
    in_float32 = False
    check: Callable[[], None] | None = None

    def __init__(self, layers: Sequence[str], available: Sequence[str], convention: str, name: str):
        super().__init__()
        if not layers:
            raise Refused(f"no layer is named; {name} has: {', '.join(available)}.")
        for layer in layers:
            if layer not in available:
                raise Refused(f"{name} has no layer {layer!r}.{nearest(layer, available)}")
        self.layers, self.fingerprint = tuple(layers), ""
        self.reversed, scale, mean, deviation = CONVENTIONS[convention]
        self._constant("mean", torch.tensor(mean).view(3, 1, 1) / scale)
        self._constant("gain", scale / torch.tensor(deviation).view(3, 1, 1))

    @property
    @abstractmethod
    def stride(self) -> int:
        """Pixels a side that one position of the deepest layer stands for."""

    @property
    @abstractmethod
    def smallest(self) -> int:
        """The least side of a picture, in pixels, that the deepest layer can be computed of."""

    @property
    @abstractmethod
    def geometry(self) -> dict[str, tuple[int, int, int]]:
        """{computed layer: (channels, stride, reach)}. stride: pixels a side of one position;
        reach: pixels that a position sees beyond these, on each side."""

    @abstractmethod
    def only(self, layers: Sequence[str]) -> "Descriptor":
        """The same network for some of its computed layers, no deeper, with shared weights."""

    @abstractmethod
    def divided(self, means: Mapping[str, Tensor]) -> "Descriptor":
        """The same network with every filter divided by its mean activation (C,), by the name of
        the rectified layer."""

    @abstractmethod
    def _block(
        self, names: Sequence[str], x: Tensor, padding: tuple[str, str]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """(input of the next block, {layer: features}) of the layers of one block."""

    @property
    def computed(self) -> list[str]:
        """The layers of all blocks, in the order of computation."""
        return [name for names in self.blocks for name in names]

    def convolution(self, name: str) -> ConvWeights:
        """Its kernel (O,I,k,k) and bias (O,)."""
        return getattr(self, f"{name}_kernel"), getattr(self, f"{name}_bias")

    def cache_bytes(self, size: Size, half: bool = False) -> int:
        """Bytes that stay allocated between two pictures of this size (height, width), beside the
        weights. half: under autocast to bfloat16."""
        return 0

    def with_weights(self, convolutions: Mapping[str, ConvWeights]) -> "Descriptor":
        """The same network with other kernels and biases for some of its convolutions."""
        other = copy(self)
        other._buffers = dict(self._buffers)
        for name, (kernel, bias) in convolutions.items():
            other._buffers[f"{name}_kernel"] = kernel
            other._buffers[f"{name}_bias"] = bias
        return other

    def interruptible(self, check: Callable[[], None] | None) -> "Descriptor":
        """The same network, which calls `check` before every convolution and, in the backward
        pass, after the gradient of every convolution. What `check` raises ends the computation:
        one layer of a large picture takes seconds, all of them take minutes."""
        other = copy(self)
        other.check = check
        return other

    def forward(
        self, x: Tensor, padding: tuple[str, str] = ZEROS, recompute: bool = False
    ) -> dict[str, Tensor]:
        """Features of pictures.

        Parameters
        ----------
        x : (B,3,H,W) in [0,1]
        padding : two of PADDINGS, for rows and for columns
        recompute : between the passes keep only what goes from block to block, and compute the
            rest of a block again for its gradient: the same numbers, less memory, more time

        Returns
        -------
        {layer: (B,C,h,w)}

        Raises
        ------
        Refused : for a picture smaller than `smallest`
        """
        if min(x.shape[-2:]) < self.smallest:
            raise Refused(
                f"a picture of {x.shape[-2]}x{x.shape[-1]} pixels is too small for layer "
                f"{self.computed[-1]}: it needs sides of at least {self.smallest}."
            )
        return self.run(self.normalised_input(x), self.blocks, padding, recompute)

    def normalised_input(self, x: Tensor) -> Tensor:
        """A picture (B,3,H,W) as the first convolution takes it."""
        # `flip`: a list of indices would have to reach a GPU in every step.
        x = ((x.flip(1) if self.reversed else x) - self.mean) * self.gain
        return x.contiguous(memory_format=torch.channels_last)

    def run(
        self,
        x: Tensor,
        blocks: Sequence[Sequence[str]],
        padding: tuple[str, str] = ZEROS,
        recompute: bool = False,
    ) -> dict[str, Tensor]:
        """The features of some blocks; x is the input of the first of them."""
        features: dict[str, Tensor] = {}
        for names in blocks:
            if recompute:
                x, computed = checkpoint(self._block, names, x, padding, use_reentrant=False)
            else:
                x, computed = self._block(names, x, padding)
            features |= computed
        return features

    def _check_at(self, x: Tensor) -> None:
        """Call `check` now, and once more when the gradient of x is there."""
        if self.check is None:
            return
        self.check()
        if x.requires_grad:
            x.register_hook(self._check_gradient)

    def _check_gradient(self, gradient: Tensor) -> None:
        self.check()

    def _constant(self, name: str, value: Tensor) -> None:
        # Not persistent: a frozen network has no place in a checkpoint.
        self.register_buffer(name, value.detach().clone(), persistent=False)

    def _convolution(self, name: str, kernel: Tensor, bias: Tensor) -> None:
        # Channels lie innermost throughout, so that no convolution has to reorder its input.
        kernel = kernel.float().contiguous(memory_format=torch.channels_last)
        self._constant(f"{name}_kernel", kernel)
        self._constant(f"{name}_bias", bias.float())


def convolve(
    x: Tensor, kernel: Tensor, bias: Tensor, padding: tuple[str, str], frozen: bool = False
) -> Tensor:
    """Convolution (B,I,h,w) -> (B,O,h,w).

    Parameters
    ----------
    padding : two of PADDINGS, for rows and for columns
    frozen : the kernel serves again and again, so that what it is prepared to is worth keeping
    """
    reach = kernel.shape[-1] // 2
    # Both ways to convolve pad with zeros themselves, without a copy.
    zeros = tuple(reach if mode == "zeros" else 0 for mode in padding)
    x = padded(x, reach, padding, zeros=False)
    if frozen and winograd.saves(x, kernel, zeros):
        return winograd.convolve(x, kernel, bias, zeros)
    return F.conv2d(x, kernel, bias, padding=zeros)


def padded(x: Tensor, reach: int, padding: tuple[str, str], zeros: bool = True) -> Tensor:
    """(B,C,h,w) -> (B,C,h+2*reach,w+2*reach). zeros=False: axes padded with zeros are left out."""
    rows, columns = padding
    if columns != "zeros" or zeros:
        x = F.pad(x, (reach, reach, 0, 0), mode=MODES[columns])
    if rows != "zeros" or zeros:
        x = F.pad(x, (0, 0, reach, reach), mode=MODES[rows])
    return x
