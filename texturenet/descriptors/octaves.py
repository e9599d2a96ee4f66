"""A descriptor applied to pictures and to their halves, quarters ...: {layer@2: (B,C,h,w)}.

Structure wider than a layer's receptive field fits into it in a smaller picture (Snelgrove 2017
matches Gram matrices over a pyramid for this reason).
"""

import torch.nn.functional as F
from torch import Tensor, nn

from .base import Descriptor


class Octaves(nn.Module):
    """Called as a descriptor with pictures (B,3,H,W) in [0,1]; `layer@2` are a layer's features of
    the picture at half its size. octaves: how many sizes, 1 for the picture alone."""

    def __init__(self, descriptor: Descriptor, octaves: int):
        super().__init__()
        self.descriptor, self.octaves = descriptor, octaves
        self.fingerprint = descriptor.fingerprint
        self.layers = tuple(
            named(layer, octave) for octave in range(octaves) for layer in descriptor.layers
        )

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = {}
        for octave in range(self.octaves):
            if octave:
                x = F.avg_pool2d(x, 2)  # (B,3,H/2,W/2)
            maps = self.descriptor(x)
            features |= {named(layer, octave): maps[layer] for layer in maps}
        return features


def named(layer: str, octave: int) -> str:
    """`relu1_1`, `relu1_1@2`, `relu1_1@4`."""
    return f"{layer}@{2**octave}" if octave else layer
