"""What a step of training sees: noise of seeds, on a torus or in a window of the plane, and crops
of the exemplar."""

import math
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ..generator.architecture import Architecture, Drop
from ..noise.laws import LAWS
from ..noise.philox import address, cells
from ..noise.waves import NO_SCALE, Shift, Waves


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
    shifts = waves.shifts(seeds, stream) if waves else []
    noise = []
    for scale in range(architecture.scales):
        cell = architecture.cell(scale)
        line = address(0, size // cell, None).to(device)
        noise.append(_cells(architecture, law, waves, seeds, stream, scale, (line, line), shifts))
    return noise


class Window(NamedTuple):
    """What a generator takes in: noise (B,C_z,h_k,w_k), coarse to fine, with its halo, and what it
    drops of it."""

    noise: list[Tensor]
    drops: list[Drop] | None


def window_noise(
    architecture: Architecture,
    law: str,
    waves: Waves | None,
    seeds: range,
    size: int,
    stream: int,
    device: torch.device,
    octave: int = 0,
) -> Window:
    """The noise of one batch: a window of the plane of each seed, at `origin_of` the first of them,
    with its halo. Takes what `torus_noise` takes, but `size` may be any; octave: how many times the
    pictures are halved, so that their finest scales are left out."""
    drawing = architecture.reduced(octave)
    origin = origin_of(drawing, seeds.start, stream)
    rows, columns = (drawing.spans(start, size) for start in origin)
    shifts = waves.shifts(seeds, stream) if waves else []
    noise = []
    for scale, spans in enumerate(zip(rows, columns, strict=True)):
        lines = tuple(address(span.start, span.length, None).to(device) for span in spans)
        noise.append(_cells(architecture, law, waves, seeds, stream, scale, lines, shifts))
    drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
    return Window(noise, drops)


def origin_of(architecture: Architecture, seed: int, stream: int) -> tuple[int, int]:
    """Where windows of a batch lie: at another corner of a coarsest cell for every batch, so that
    their borders meet the cells of all scales everywhere."""
    place = torch.tensor([1])  # waves draw at 0
    down, right = cells([seed], NO_SCALE, place, place, 2, stream).flatten().tolist()
    return int(down * architecture.coarsest), int(right * architecture.coarsest)


def _cells(
    architecture: Architecture,
    law: str,
    waves: Waves | None,
    seeds: range,
    stream: int,
    scale: int,
    lines: tuple[Tensor, Tensor],
    shifts: list[Shift],
) -> Tensor:
    """Noise of a scale, and behind it the waves, at rows and columns: (B,C_z,h,w)."""
    channels = architecture.noise_channels - (waves.channels if waves else 0)
    drawn = LAWS[law](cells(seeds, scale, *lines, channels, stream))
    parts = [drawn, waves.at(*lines, architecture.cell(scale), shifts)] if waves else [drawn]
    return torch.cat(parts, 1)


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
