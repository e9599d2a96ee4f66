"""The state dict of the PyTorch port of Texture Networks (J. Gutierrez) -> a frozen pyramid.

Its normalisation and colours are folded into plain convolutions, in float64.
"""

from pathlib import Path

import torch
from torch import Tensor

from ..errors import Refused
from ..io.untrusted import read_pickle
from ..types import Card
from .architecture import Architecture
from .frozen import FrozenPyramid, finite_weights, fold_block

MOST_PORTED = 2**26  # bytes of a state dict of the port, a hundred times what it writes
CAFFE_MEAN = (103.939, 116.779, 123.68)  # BGR, what the port's nets leave out of their pictures


def read_port(path: Path) -> tuple[FrozenPyramid, Card]:
    """The port's Pyramid2D: cb{k}_1 branches, cb{k}_2 bodies, up{k} joins, running statistics."""
    state = read_pickle(path, MOST_PORTED, shared=False)
    if not isinstance(state, dict) or "last_conv.weight" not in state:
        raise Refused(f"{path} is neither a texturenet model nor the state dict of a Pyramid2D.")
    # Folded in float64, so that only the last rounding is ours.
    state = {key: tensor.double() for key, tensor in state.items()}
    scales = max(int(key[2:].split("_")[0]) for key in state if key.startswith("cb"))
    first = state["cb1_1.conv1.weight"]
    frozen: dict[str, Tensor] = {}
    for scale in range(scales):
        frozen |= fold_block(f"branch.{scale}", _port_block(state, f"cb{scale + 1}_1"))
        if scale:
            # The port normalises the coarse side of a join only.
            scale_up, shift = _port_norm(state, f"up{scale}.bn")
            ones = torch.ones_like(first[:, 0, 0, 0])  # (step)
            zeros = torch.zeros_like(ones)
            joined = [torch.cat([scale_up, ones]), torch.cat([shift, zeros])]  # (step k + step)
            frozen |= fold_block(f"body.{scale}", _port_block(state, f"cb{scale + 1}_2"), joined)
    # Its pictures are BGR minus the mean, 0-255: the last convolution is linear and takes that in.
    weight, bias = (
        state["last_conv.weight"],
        state["last_conv.bias"] + torch.tensor(CAFFE_MEAN).double(),
    )
    frozen |= {"output.weight": weight.flip(0) / 255, "output.bias": bias.flip(0) / 255}
    architecture = Architecture.growing(scales, len(first), first.shape[1])
    card = {"name": path.stem, "law": "uniform", "imported": "Pyramid2D state dict"}
    return FrozenPyramid(architecture, finite_weights(frozen, path)), card


def _port_norm(state: dict[str, Tensor], name: str, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    scale = state[f"{name}.weight"] * torch.rsqrt(state[f"{name}.running_var"] + eps)
    return scale, state[f"{name}.bias"] - state[f"{name}.running_mean"] * scale


def _port_block(state: dict[str, Tensor], name: str) -> list[tuple[Tensor, Tensor]]:
    """(weight, bias) of the three convolutions of a block with their normalisation folded in."""
    block = []
    for index in (1, 2, 3):
        scale, shift = _port_norm(state, f"{name}.bn{index}")
        weight, bias = (state[f"{name}.conv{index}.{part}"] for part in ("weight", "bias"))
        block.append((weight * scale.view(-1, 1, 1, 1), bias * scale + shift))
    return block
