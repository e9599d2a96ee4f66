"""What a step of training sees: noise of seeds, on a torus or in a window of the plane, and crops
of the exemplar."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ..generator.architecture import Architecture, Drop
from ..noise.laws import LAWS
from ..noise.philox import Period, address, cells, halves
from ..noise.units import Pictures
from ..noise.waves import NO_SCALE, Waves

ORIGINS = 8  # few: a GPU records a step for each of them


class Places(NamedTuple):
    """Where the noise of a batch of B pictures is drawn, int64.

    seeds : their halves (2,B), see `noise.philox`
    lines : cell indices (h_k,) and (w_k,) of the rows and columns of every scale, coarse to fine
    shifts : how far waves are moved for each picture (B,2); none without waves
    drops : what the generator drops of every scale, or None on a torus
    """

    seeds: Tensor
    lines: list[tuple[Tensor, Tensor]]
    shifts: Tensor
    drops: list[Drop] | None

    @property
    def form(self) -> Hashable:
        """What is alike in batches that the same operations make pictures of."""
        lengths = tuple((len(rows), len(columns)) for rows, columns in self.lines)
        return self.seeds.shape[1], lengths, self.drops and tuple(self.drops)

    @property
    def period(self) -> Period:
        """Pixels after which pictures on a torus come back."""
        if self.drops:
            return None, None
        rows, columns = self.lines[-1]
        return len(rows), len(columns)

    def shown(self, size: torch.Size) -> tuple[Tensor, Tensor]:
        """Cell indices (H,) and (W,) of the rows and columns of pictures (..,H,W) that are drawn
        there, in cells of their own pixels: without the halo."""
        rows, columns = (
            cells.narrow(0, (len(cells) - length) // 2, length)
            for cells, length in zip(self.lines[-1], size[-2:], strict=True)
        )
        return rows, columns

    def packed(self) -> Tensor:
        """All numbers in one tensor (n,)."""
        lines = [line for pair in self.lines for line in pair]
        return torch.cat([self.seeds.flatten(), *lines, self.shifts.flatten()])

    def unpacked(self, numbers: Tensor) -> "Places":
        """Such numbers (n,), wherever they are, as places of this form: views of them."""
        lengths = [len(line) for pair in self.lines for line in pair]
        parts = numbers.split([self.seeds.numel(), *lengths, self.shifts.numel()])
        lines = list(zip(parts[1:-1:2], parts[2:-1:2], strict=True))
        seeds, shifts = parts[0].view_as(self.seeds), parts[-1].view_as(self.shifts)
        return Places(seeds, lines, shifts, self.drops)

    def share(self, number: int, of: int) -> "Places":
        """Those of the pictures that one of several processes draws, as many in each."""
        count = self.seeds.shape[1] // of
        its = slice(number * count, (number + 1) * count)
        shifts = self.shifts[its] if len(self.shifts) else self.shifts
        return self._replace(seeds=self.seeds[:, its], shifts=shifts)

    def to(self, device: torch.device) -> "Places":
        return self.unpacked(self.packed().to(device))


class Window(NamedTuple):
    """What a generator takes in: noise (B,C_z,h_k,w_k), coarse to fine, with its halo, and what it
    drops of it."""

    noise: list[Tensor]
    drops: list[Drop] | None


@dataclass(frozen=True)
class Source:
    """The noise that a net is trained on.

    law : a name of `noise.laws.LAWS`
    waves : what stands in the channels behind the noise, or None
    stream : of `noise.philox`, e.g. TRAINING
    """

    architecture: Architecture
    law: str
    waves: Waves | None
    stream: int

    def torus(self, seeds: range, size: int) -> Places:
        """A whole period each; size: pixels a side, a multiple of the coarsest cell."""
        cells_a_side = (
            size // self.architecture.cell(scale) for scale in range(self.architecture.scales)
        )
        lines = [(address(0, count, None),) * 2 for count in cells_a_side]
        return self._places(seeds, lines, None)

    def window(self, seeds: range, size: int, octave: int = 0) -> Places:
        """A window of each seed's plane, at `origin_of` the first of them, with its halo; size:
        pixels a side, any number; octave: how many times the pictures are halved, so that their
        finest scales are left out."""
        drawing = self.architecture.reduced(octave)
        origin = origin_of(drawing, seeds.start, self.stream)
        spans = zip(*(drawing.spans(start, size) for start in origin), strict=True)
        pairs = list(spans)
        lines = [tuple(address(s.start, s.length, None) for s in pair) for pair in pairs]
        return self._places(seeds, lines, [(row.drop, column.drop) for row, column in pairs])

    def _places(
        self, seeds: range, lines: list[tuple[Tensor, Tensor]], drops: list[Drop] | None
    ) -> Places:
        shifts = self.waves.shifts(seeds, self.stream) if self.waves else []
        moved = torch.tensor(shifts, dtype=torch.long).view(-1, 2)
        return Places(halves(seeds, torch.device("cpu")), lines, moved, drops)

    def draw(self, places: Places) -> Window:
        """float32, on the device of the places."""
        noise = []
        for scale, (rows, columns) in enumerate(places.lines):
            channels = self.architecture.noise_channels
            channels -= self.waves.channels if self.waves else 0
            uniform = cells(places.seeds, scale, rows, columns, channels, self.stream)
            parts = [LAWS[self.law](uniform)]
            if self.waves:
                cell = self.architecture.cell(scale)
                whose = Pictures(places.seeds, places.shifts, self.stream, places.period)
                parts.append(self.waves.beside(rows, columns, cell, whose))
            noise.append(torch.cat(parts, 1))
        return Window(noise, places.drops)


def origin_of(architecture: Architecture, seed: int, stream: int) -> tuple[int, int]:
    """Where windows of a batch lie: one of ORIGINS places over a coarsest cell, drawn for every
    batch, so that their borders meet the cells of all scales in many ways."""
    place = torch.tensor([1])  # waves draw at 0
    drawn = cells([seed], NO_SCALE, place, place, 1, stream)
    number = int(drawn * ORIGINS)
    # Multiples of the golden section and of another irrational number fill the cell evenly.
    down, right = ((number * step) % 1 for step in (0.618034, 0.754878))
    return int(down * architecture.coarsest), int(right * architecture.coarsest)


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
