"""Frozen networks: pictures x (B,3,H,W) in [0,1] -> {layer name: features F_l (B,C,H_l,W_l)}.

What those of vgg.py and of filters.py have in common: convolutions that may see around a border,
blocks of layers that can be computed twice instead of kept, nothing that is not asked for.
"""

from collections.abc import Mapping, Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..errors import Refused, nearest

# What a convolution sees beyond a border: nothing, the other side (a tile is described as the
# endless plane of which it is one period), or the border again.
PADDINGS = ("zeros", "circular", "replicate")
MODES = {"zeros": "constant", "circular": "circular", "replicate": "replicate"}  # of torch
ZEROS = ("zeros", "zeros")  # of rows, of columns


def convolve(x: Tensor, kernel: Tensor, bias: Tensor, padding: tuple[str, str]) -> Tensor:
    """As many positions as before; padding: words of PADDINGS, of rows and of columns."""
    reach = kernel.shape[-1] // 2
    # conv2d pads with zeros itself, without a copy.
    rest = tuple(reach if mode == "zeros" else 0 for mode in padding)
    return F.conv2d(surrounded(x, reach, padding, zeros=False), kernel, bias, padding=rest)


def surrounded(x: Tensor, reach: int, padding: tuple[str, str], zeros: bool = True) -> Tensor:
    """With so many positions more on each side. zeros: also where these would be nothing."""
    rows, columns = padding
    if columns != "zeros" or zeros:
        x = F.pad(x, (reach, reach, 0, 0), mode=MODES[columns])
    if rows != "zeros" or zeros:
        x = F.pad(x, (0, 0, reach, reach), mode=MODES[rows])
    return x


# What the first convolution expects of a picture: order of colours, range, mean, deviation.
CONVENTIONS = {
    # Caffe's model: BGR, 0-255, minus the mean of ImageNet.
    "caffe": ([2, 1, 0], 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0)),
    # torchvision's transforms.
    "torchvision": ([0, 1, 2], 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


class Descriptor(nn.Module):
    """A network that only describes: no parameters, no state; gradients reach the picture.

    known: every layer that can be asked for. blocks: the computed layers, in groups of which each
    starts with a convolution. fingerprint: of the weights, for whoever records what a net was
    trained against. Raises Refused for a layer that there is not.
    """

    blocks: list[list[str]]
    in_float32 = False  # features, whatever precision was asked for

    def __init__(self, layers: Sequence[str], known: Sequence[str], convention: str, what: str):
        super().__init__()
        if not layers:
            raise Refused(f"no layer was asked for; known in {what}: {', '.join(known)}.")
        for layer in layers:
            if layer not in known:
                raise Refused(f"{what} has no layer {layer!r}.{nearest(layer, known)}")
        self.layers, self.fingerprint = tuple(layers), ""
        self.order, scale, mean, deviation = CONVENTIONS[convention]
        self._constant("mean", torch.tensor(mean).view(3, 1, 1) / scale)
        self._constant("gain", scale / torch.tensor(deviation).view(3, 1, 1))

    def _constant(self, name: str, value: Tensor) -> None:
        # Not persistent: a frozen network has no place in a checkpoint.
        self.register_buffer(name, value.detach().clone(), persistent=False)

    def _convolution(self, name: str, kernel: Tensor, bias: Tensor) -> None:
        # Channels lie innermost throughout, so that no convolution has to reorder its input.
        kernel = kernel.float().contiguous(memory_format=torch.channels_last)
        self._constant(f"{name}_kernel", kernel)
        self._constant(f"{name}_bias", bias.float())

    def convolution(self, name: str) -> tuple[Tensor, Tensor]:
        """Its kernel (O,I,k,k) and bias (O,)."""
        return getattr(self, f"{name}_kernel"), getattr(self, f"{name}_bias")

    def kept(self, size: tuple[int, int]) -> int:
        """Bytes that it keeps for itself from one picture of a size to the next."""
        return 0

    @property
    def computed(self) -> list[str]:
        return [name for names in self.blocks for name in names]

    def with_weights(self, convolutions: Mapping[str, tuple[Tensor, Tensor]]) -> "Descriptor":
        """The same network with other kernels and biases for some of its convolutions."""
        other = copy(self)
        other._buffers = dict(self._buffers)
        for name, (kernel, bias) in convolutions.items():
            other._buffers[f"{name}_kernel"] = kernel
            other._buffers[f"{name}_bias"] = bias
        return other

    def forward(
        self, x: Tensor, padding: tuple[str, str] = ZEROS, recompute: bool = False
    ) -> dict[str, Tensor]:
        """padding: words of PADDINGS, of rows and of columns.

        recompute: between the passes hold only what goes from block to block, and compute the rest
        of a block again for its gradient: the same numbers from less memory in more time.
        """
        if min(x.shape[-2:]) < self.smallest:
            raise Refused(
                f"a picture of {x.shape[-2]}x{x.shape[-1]} pixels is too small for layer "
                f"{self.computed[-1]}: it needs sides of at least {self.smallest}."
            )
        return self.run(self.normalised_input(x), self.blocks, padding, recompute)

    def normalised_input(self, x: Tensor) -> Tensor:
        """A picture as the first convolution takes it."""
        x = (x[:, self.order] - self.mean) * self.gain
        return x.contiguous(memory_format=torch.channels_last)

    def run(
        self,
        x: Tensor,
        blocks: Sequence[Sequence[str]],
        padding: tuple[str, str] = ZEROS,
        recompute: bool = False,
    ) -> dict[str, Tensor]:
        """The features of some blocks, of what goes into the first of them."""
        features: dict[str, Tensor] = {}
        for names in blocks:
            if recompute:
                x, found = checkpoint(self._block, names, x, padding, use_reentrant=False)
            else:
                x, found = self._block(names, x, padding)
            features |= found
        return features
