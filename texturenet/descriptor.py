"""Frozen networks: pictures x (B,3,H,W) in [0,1] -> {layer name: features F_l (B,C,H_l,W_l)}.

VGG of Simonyan and Zisserman 2014, configurations D and E, from a table. Layers are named
`conv3_1`, `relu3_1`, `pool3`; nothing deeper than the deepest layer asked for is computed.
"""

from collections.abc import Mapping, Sequence
from copy import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from .errors import Refused, nearest

# Convolutions per block; each block ends in a pooling.
BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


# Of 2x2 positions, an odd last row or column left out.
POOLINGS = {"avg": F.avg_pool2d, "max": F.max_pool2d}

# What a convolution sees beyond a border: nothing, the other side (a tile is described as the
# endless plane of which it is one period), or the border again.
PADDINGS = ("zeros", "circular", "replicate")
ZEROS = ("zeros", "zeros")  # of rows, of columns


def _convolve(x: Tensor, kernel: Tensor, bias: Tensor, padding: tuple[str, str]) -> Tensor:
    """3x3 with one position of padding on each side."""
    rows, columns = (0 if mode == "zeros" else 1 for mode in padding)
    if columns:
        x = F.pad(x, (1, 1, 0, 0), mode=padding[1])
    if rows:
        x = F.pad(x, (0, 0, 1, 1), mode=padding[0])
    return F.conv2d(x, kernel, bias, padding=(1 - rows, 1 - columns))


# What the first convolution expects of a picture: order of colours, range, mean, deviation.
CONVENTIONS = {
    # Caffe's model: BGR, 0-255, minus the mean of ImageNet.
    "caffe": ([2, 1, 0], 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0)),
    # torchvision's transforms.
    "torchvision": ([0, 1, 2], 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}


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


class Vgg(nn.Module):
    """A VGG that only describes: no parameters, no state; gradients reach the picture.

    weights: {conv name: (kernel (O,I,3,3), bias (O,))}; widths are free, for small tests.
    fingerprint: of these weights, for whoever records what a net was trained against.
    Raises Refused for a layer that the architecture does not have.
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
        super().__init__()
        known = layer_names(architecture)
        if not layers:
            raise Refused(f"no layer was asked for; known in {architecture}: {', '.join(known)}.")
        for layer in layers:
            if layer not in known:
                raise Refused(f"{architecture} has no layer {layer!r}.{nearest(layer, known)}")
        if pooling not in POOLINGS:
            raise Refused(f"pooling is {pooling!r}.{nearest(pooling, list(POOLINGS))}")
        self.layers, self.fingerprint = tuple(layers), fingerprint
        self.computed = known[: max(map(known.index, layers)) + 1]
        self.pool = POOLINGS[pooling]
        self.order, scale, mean, deviation = CONVENTIONS[convention]
        self._constant("mean", torch.tensor(mean).view(3, 1, 1) / scale)
        self._constant("gain", scale / torch.tensor(deviation).view(3, 1, 1))
        for name in filter(lambda name: name.startswith("conv"), self.computed):
            kernel, bias = weights[name]
            # Channels lie innermost throughout, so that no convolution has to reorder its input.
            kernel = kernel.float().contiguous(memory_format=torch.channels_last)
            self._constant(f"{name}_kernel", kernel)
            self._constant(f"{name}_bias", bias.float())

    def _constant(self, name: str, value: Tensor) -> None:
        # Not persistent: a frozen network has no place in a checkpoint.
        self.register_buffer(name, value.detach().clone(), persistent=False)

    def only(self, layers: Sequence[str]) -> "Vgg":
        """The same network, looked at in some of its layers and no deeper, with shared weights."""
        other = copy(self)
        other.layers = tuple(layers)
        deepest = max(map(self.computed.index, layers))
        other.computed = self.computed[: deepest + 1]
        return other

    @property
    def smallest(self) -> int:
        """The least side of a picture whose deepest layer still has one position."""
        return 2 ** sum(name.startswith("pool") for name in self.computed)

    @property
    def geometry(self) -> dict[str, tuple[int, int, int]]:
        """{computed layer: (channels, stride, reach)}: the pixels a side that are a position's own,
        and how far beyond them it can see."""
        found, channels, stride, reach = {}, 3, 1, 0
        for name in self.computed:
            if name.startswith("conv"):
                channels = len(getattr(self, f"{name}_bias"))
                reach += stride
            elif name.startswith("pool"):
                stride *= 2
            found[name] = channels, stride, reach
        return found

    def forward(
        self, x: Tensor, padding: tuple[str, str] = ZEROS, thrifty: bool = False
    ) -> dict[str, Tensor]:
        """padding: words of PADDINGS, of rows and of columns.

        thrifty: between the passes hold only what goes from block to block, and compute the rest
        of a block again for its gradient: the same numbers from less memory in more time.
        """
        if min(x.shape[-2:]) < self.smallest:
            raise Refused(
                f"a picture of {x.shape[-2]}x{x.shape[-1]} pixels is too small for layer "
                f"{self.computed[-1]}: it needs sides of at least {self.smallest}."
            )
        x = (x[:, self.order] - self.mean) * self.gain
        x = x.contiguous(memory_format=torch.channels_last)
        features: dict[str, Tensor] = {}
        for names in self._blocks():
            if thrifty:
                x, found = checkpoint(self._block, names, x, padding, use_reentrant=False)
            else:
                x, found = self._block(names, x, padding)
            features |= found
        return features

    def _blocks(self) -> list[list[str]]:
        """The computed layers, block by block; each starts with a convolution."""
        numbers = sorted({name[4] for name in self.computed})
        return [[name for name in self.computed if name[4] == number] for number in numbers]

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
                kernel, bias = getattr(self, f"{name}_kernel"), getattr(self, f"{name}_bias")
                x = _convolve(x, kernel, bias, padding)
            if name in self.layers:
                features[name] = x
        return x, features
