"""Frozen networks: pictures x (B,3,H,W) in [0,1] -> {layer name: features F_l (B,C,H_l,W_l)}.

VGG of Simonyan and Zisserman 2014, configurations D and E, from a table. Layers are named
`conv3_1`, `relu3_1`, `pool3`; nothing deeper than the deepest layer asked for is computed.
"""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .errors import Refused, nearest

# Convolutions per block; each block ends in a pooling.
BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


class _HalfAverage(torch.autograd.Function):
    """2x2 average pooling for CPUs; torch's own takes several times as long (bench/layers.py)."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        width = x.shape[-1]
        rows = x.reshape(*x.shape[:-2], x.shape[-2] // 2, 2 * width)  # two rows in one
        rows = rows[..., :width] + rows[..., width:]
        return (rows[..., ::2] + rows[..., 1::2]).mul_(0.25)  # (B,C,H/2,W/2)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        wide = (gradient * 0.25).repeat_interleave(2, -1)  # (B,C,H/2,W)
        return wide.repeat_interleave(2, -2)  # (B,C,H,W)


def average_pool(x: Tensor) -> Tensor:
    """Mean of 2x2 positions, an odd last row or column left out: (B,C,H,W) -> (B,C,H/2,W/2)."""
    if x.device.type == "cpu" and not (x.shape[-1] % 2 or x.shape[-2] % 2):
        return _HalfAverage.apply(x)
    return F.avg_pool2d(x, 2)


def max_pool(x: Tensor) -> Tensor:
    """Largest of 2x2 positions, an odd last row or column left out: (B,C,H,W) -> (B,C,H/2,W/2)."""
    return F.max_pool2d(x, 2)


POOLINGS = {"avg": average_pool, "max": max_pool}

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
            self._constant(f"{name}_kernel", kernel.float())
            self._constant(f"{name}_bias", bias.float())

    def _constant(self, name: str, value: Tensor) -> None:
        # Not persistent: a frozen network has no place in a checkpoint.
        self.register_buffer(name, value.detach().clone(), persistent=False)

    @property
    def smallest(self) -> int:
        """The least side of a picture whose deepest layer still has one position."""
        return 2 ** sum(name.startswith("pool") for name in self.computed)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        if min(x.shape[-2:]) < self.smallest:
            raise Refused(
                f"a picture of {x.shape[-2]}x{x.shape[-1]} pixels is too small for layer "
                f"{self.computed[-1]}: it needs sides of at least {self.smallest}."
            )
        x = (x[:, self.order] - self.mean) * self.gain
        features = {}
        for name in self.computed:
            if name.startswith("pool"):
                x = self.pool(x)
            elif name.startswith("relu"):
                # In place, unless that would overwrite a convolution somebody asked for.
                x = F.relu(x) if f"conv{name[4:]}" in features else F.relu_(x)
            else:
                kernel, bias = getattr(self, f"{name}_kernel"), getattr(self, f"{name}_bias")
                x = F.conv2d(x, kernel, bias, padding=1)
            if name in self.layers:
                features[name] = x
        return features
