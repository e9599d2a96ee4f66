"""What a step of training sees: noise of seeds on a torus, and crops of the exemplar."""

import math
from itertools import product

import torch
from torch import Tensor

from ..generator.architecture import Architecture
from ..noise.laws import LAWS
from ..noise.philox import address, cells
from ..noise.waves import Waves


def torus_noise(
    architecture: Architecture,
    law: str,
    waves: Waves | None,
    seeds: range,
    size: int,
    stream: int,
    device: torch.device,
) -> list[Tensor]:
    """The noise of one batch, periodic, one sample for each seed: z_1 .. z_K, coarse to fine.

    Parameters
    ----------
    law : a name of `noise.laws.LAWS`
    waves : what stands in the channels behind the noise, or None
    seeds : one for each of the B samples
    size : pixels a side of the pictures, a multiple of the coarsest cell
    stream : of `noise.philox`, e.g. TRAINING

    Returns
    -------
    float32 (B,C_z,h_k,h_k) each, h_k = size / cell of scale k, on `device`
    """
    channels = architecture.noise_channels - (waves.channels if waves else 0)
    shifts = waves.shifts(seeds, stream) if waves else []
    noise = []
    for scale in range(architecture.scales):
        cell = architecture.cell(scale)
        line = address(0, size // cell, None).to(device)
        drawn = LAWS[law](cells(seeds, scale, line, line, channels, stream))
        parts = [drawn, waves.at(line, line, cell, shifts)] if waves else [drawn]
        noise.append(torch.cat(parts, 1))
    return noise


def crops_of(picture: Tensor, size: int, most: int) -> list[Tensor]:
    """Crops size x size of (1,3,H,W), evenly spread, half overlapping, `most` of them at the most.

    Their mean statistics are the target: seen through crops as large as the pictures trained on.
    """
    per_axis = max(1, math.isqrt(most))

    def starts(length: int) -> list[int]:
        count = min(per_axis, 1 + math.ceil((length - size) / (size / 2)))
        if count == 1:
            return [(length - size) // 2]
        return [round(i * (length - size) / (count - 1)) for i in range(count)]

    places = product(starts(picture.shape[-2]), starts(picture.shape[-1]))
    return [picture[..., top : top + size, left : left + size] for top, left in places]
