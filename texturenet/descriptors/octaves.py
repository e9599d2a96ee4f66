"""Pictures -> features of them and of the same brought down by octaves: {layer@2: (B,C,h,w)}.

What spans more pixels than a layer sees, it sees in a smaller picture (Snelgrove 2017 matches Gram
matrices over a pyramid, for this).
"""

import torch.nn.functional as F
from torch import Tensor, nn

from .base import Descriptor


class Octaves(nn.Module):
    """Called as a descriptor. `layer@2` is a layer's view of the picture at half its size."""

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
                x = F.avg_pool2d(x, 2)
            found = self.descriptor(x)
            features |= {named(layer, octave): maps for layer, maps in found.items()}
        return features


def named(layer: str, octave: int) -> str:
    """`relu1_1`, `relu1_1@2`, `relu1_1@4`."""
    return f"{layer}@{2**octave}" if octave else layer
