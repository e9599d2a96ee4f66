"""Periodic channels beside the noise: waves of the exemplar, which a net learns what to make of.

After Bergmann, Jetchev, Vollgraf 2017 ("Learning Texture Manifolds with the Periodic Spatial GAN",
section 3), whose nets learn the waves of many textures. One exemplar shows its own: they are the
strongest of those that fit the torus which pictures in training are, so that they fit it exactly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Refused
from .philox import PICTURES, Period, cells, halves
from .units import Pictures, Units, Vector

HIGHEST = 0.4  # cycles in a cell, beyond which a scale is not given a wave
LARGEST = 8192  # pixels a side of a torus
NO_SCALE = 255  # where noise draws how far a seed moves its waves: of no scale that there is
Shift = tuple[int, int]


@dataclass(frozen=True)
class Waves:
    """A cosine each, then the sines, on [0,1]; then the numbers of units of their lattice.

    torus : side in pixels of the square on which all of them close
    vectors : whole cycles on that square, (down, right) each
    units : of their lattice, or None
    """

    torus: int
    vectors: tuple[Vector, ...]
    units: Units | None = None

    def __post_init__(self) -> None:
        numbers = [self.torus, *(cycles for vector in self.vectors for cycles in vector)]
        whole = all(type(number) is int for number in numbers)
        if not self.vectors or not whole or not 0 < self.torus <= LARGEST:
            raise Refused(f"there are no waves in {self.torus!r} pixels.")
        if max(map(abs, numbers)) > self.torus or {len(vector) for vector in self.vectors} != {2}:
            raise Refused(f"waves have two numbers of cycles each, in {self.torus} pixels.")
        if self.units and any(self._too_fine(wave, 1) for wave in self.units.waves):
            raise Refused(f"units are smaller than cells, in {self.torus} pixels.")

    def facts(self) -> dict[str, object]:
        """As a card states them."""
        facts = {"torus": self.torus, "vectors": [list(vector) for vector in self.vectors]}
        return facts | ({"units": self.units.facts()} if self.units else {})

    @property
    def channels(self) -> int:
        """A cosine and a sine each, and the numbers of units."""
        return 2 * len(self.vectors) + (self.units.channels if self.units else 0)

    @property
    def periods(self) -> tuple[int, int]:
        """Rows and columns after which all of them come back, and their lattice."""
        spanning = self.units.waves if self.units else ()
        down, right = (
            self.torus // math.gcd(self.torus, *cycles)
            for cycles in zip(*self.vectors, *spanning, strict=True)
        )
        return down, right

    def check_period(self, what: str, axis: int, length: int, coarsest: int) -> None:
        """Refuse a periodic length (axis 0: height, 1: width) that is no whole number of their
        periods and of coarsest cells, with the nearest."""
        least = math.lcm(self.periods[axis], coarsest)
        if length % least:
            below = length // least * least
            near = f"{below} and {below + least}" if below else f"{least}"
            raise Refused(
                f"{what} {length} is not a multiple of {least}, with which this regular texture "
                f"comes back; nearest: {near}."
            )

    def at(
        self, rows: Tensor, columns: Tensor, cell: int, shifts: Sequence[Shift] | Tensor
    ) -> Tensor:
        """The waves at a rectangle of cells.

        Parameters
        ----------
        rows, columns : cell indices (h,) and (w,), int64, on the device to compute on
        cell : pixels a side of a cell
        shifts : how far each of B pictures moves them, (down, right) in pixels; may be (B,2) there

        Returns
        -------
        float32 (B,2n,h,w) on [0,1], 1/2 for waves that are too fine for such cells
        """
        count, moved = len(self.vectors), torch.as_tensor(shifts, device=rows.device)
        size = len(shifts), 2 * count, len(rows), len(columns)
        waves = torch.full(size, 0.5, dtype=torch.float32, device=rows.device)
        for number, vector in enumerate(self.vectors):
            if self._too_fine(vector, cell):
                continue
            # One wave at a time, in place: pictures may be large.
            (down_cos, down_sin), (right_cos, right_sin) = (
                self._turns(line, cell, shift, cycles)
                for line, shift, cycles in zip(
                    (rows, columns), moved.unbind(1), vector, strict=True
                )
            )
            down_cos, down_sin = down_cos[..., None] / 2, down_sin[..., None] / 2  # (B,h,1)
            right_cos, right_sin = right_cos[:, None], right_sin[:, None]  # (B,1,w)
            waves[:, number] += down_cos * right_cos
            waves[:, number] -= down_sin * right_sin
            waves[:, count + number] += down_sin * right_cos
            waves[:, count + number] += down_cos * right_sin
        return waves

    def beside(self, rows: Tensor, columns: Tensor, cell: int, pictures: Pictures) -> Tensor:
        """All that stands beside the noise of a rectangle of cells: the waves and the numbers of
        their units, float32 (B,C,h,w) on [0,1].

        rows, columns, cell : as `at` takes them
        """
        waves = self.at(rows, columns, cell, pictures.shifts)
        if self.units is None:
            return waves
        if any(self._too_fine(wave, cell) for wave in self.units.waves):
            return F.pad(waves, (0, 0, 0, 0, 0, self.units.channels), value=0.5)
        return torch.cat([waves, self.units.at(rows, columns, cell, self.torus, pictures)], 1)

    def pictures(
        self, seeds: Sequence[int], stream: int = PICTURES, period: Period = (None, None)
    ) -> Pictures:
        """Those of these seeds."""
        shifts = torch.tensor(self.shifts(seeds, stream), dtype=torch.long).view(-1, 2)
        return Pictures(halves(seeds, torch.device("cpu")), shifts, stream, period)

    def _too_fine(self, vector: Vector, cell: int) -> bool:
        """Whether cells of so many pixels are too large for a wave."""
        return max(map(abs, vector)) * cell > HIGHEST * self.torus

    def _turns(self, line: Tensor, cell: int, moved: Tensor, cycles: int) -> tuple[Tensor, Tensor]:
        """Cosine and sine (B,length) along one axis."""
        # The middles of cells, in half pixels: whole numbers, which stay exact however far away.
        whole = 2 * self.torus
        places = (2 * (line % whole) + 1) * cell + 2 * moved[:, None]
        angles = (2 * math.pi / whole) * (cycles * places % whole).double()
        return angles.cos().float(), angles.sin().float()

    def shifts(self, seeds: Sequence[int], stream: int = PICTURES) -> list[Shift]:
        """How far each seed moves them, in whole pixels of the torus."""
        origin = torch.zeros(1, dtype=torch.long)
        drawn = cells(seeds, NO_SCALE, origin, origin, 2, stream)[..., 0, 0]  # (B,2) on (0,1)
        return [tuple(pair) for pair in (drawn * self.torus).long().tolist()]
