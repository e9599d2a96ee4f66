"""A course for a net that is not told one: turned pieces of its plane, joined.

The plane is cut into square cells, each of which is drawn by a map of its own (`charts`). Where
cells meet, two pictures that have nothing to do with each other are mixed over a few pixels, and
their contrast is kept: grain is broken there, though its direction is not. Where the course is the
same in two cells their maps are one, and nothing is joined.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ..errors import Refused
from ..generator.architecture import COLOURS
from ..materials.planes import Layout
from ..noise.fields import Bordered, Field, Plane
from ..noise.steering import Course
from ..noise.together import Together
from ..types import Place, Size
from .charts import CELL, JOINT, LARGEST, Cell, Chart, cells_of, chart_of, pieces, shortest
from .film import Film
from .texture import Texture

MEASURED = 256  # pixels a side whose mean colour joints keep contrast about
LOOKED = 2048  # pixels a side of a picture, at the most, whose maps and joints are looked at
SIZED = 64  # places a side where a window's sizes are looked at
ROUNDING = 2e-3  # octaves, which far places are off by rounding
MEET = 0.5  # mean cosine of what waves are apart, from which on they meet


class Distortion(NamedTuple):
    """Of the maps of a window: times that sizes, and degrees that angles are off, at most."""

    size: float
    angle: float


@dataclass(frozen=True, eq=False)
class Warped(Texture):
    """A texture whose plane is turned and resized, piece by piece, as a course says.

    It draws colour alone, and does not repeat.
    """

    course: Course

    @cached_property
    def layout(self) -> Layout | None:
        return None  # normals would have to turn too

    def plane(self, size: Size, seed: int, tile: str = "none") -> Plane:
        """The noise of a seed. Raises Refused for a tile."""
        if tile != "none":
            raise Refused(
                f"tile={tile}: a plane that is turned piece by piece does not repeat; a net that "
                "was trained with steer=rotation makes such tiles."
            )
        return super().plane(size, seed)

    def film(self, kind: str, seconds: float = 4.0, fps: float = 30.0, **more: object) -> Film:
        """As `Texture.film`, but not "displace"."""
        if kind == "displace":
            raise Refused("a film of kind displace needs a net trained with steer, given a field.")
        return super().film(kind, seconds, fps, **more)

    def _bordered(self, inside: Plane, border: int, origin: Place) -> Bordered:
        raise Refused("tiles that match need a net trained with steer, where a field is given.")

    @torch.inference_mode()
    def window(self, field: Field, size: Size, origin: Place, planes: int = COLOURS) -> Tensor:
        """One window: unclamped (1,3,h,w)."""
        found = pieces(self.course, *lines_of(size, origin))
        noise = Together(field, (c for one in found for c in self.cells(one.size, one.origin)))

        def look(size: Size, origin: Place) -> Tensor:
            return Texture.window(self, noise, size, origin)

        sum_ = torch.zeros(3, *size, device=self.device)
        squares = torch.zeros(*size, device=self.device)
        for piece in found:
            weight = piece.weight().to(self.device)
            sum_[:, piece.down, piece.right] += weight * (piece.drawn(look) - self._mean)
            squares[piece.down, piece.right] += weight.square()
        return (self._mean + sum_ / squares.sqrt())[None]

    @cached_property
    def _mean(self) -> Tensor:
        """Mean colour of the plane, (3,1,1)."""
        picture = Texture(self.net, self.card).render(MEASURED, MEASURED)
        return picture.mean((1, 2))[:, None, None].to(self.device)

    def joints(self, size: Size, origin: Place = (0, 0)) -> Tensor:
        """Where a window is joined, (h,w) in [0,1]: 0 where one map draws, 1 where two are even."""
        most = torch.zeros(*size, dtype=torch.float64)
        for piece in pieces(self.course, *lines_of(size, origin)):
            part = most[piece.down, piece.right]
            part.copy_(part.maximum(piece.weight()))
        return (2 * (1 - most)).clamp(0, 1).float()

    def meeting(self, size: Size, origin: Place = (0, 0)) -> Tensor | None:
        """How well the waves of a regular texture go on from one map to the next, (h,w): at joints
        the mean cosine of what they are apart, 1 where they meet and 0 on average by chance;
        elsewhere 1. None for a texture without waves."""
        if self.waves is None:
            return None
        waves = torch.zeros(len(self.waves.vectors), *size, dtype=torch.complex128)
        alone = torch.zeros(*size, dtype=torch.float64)
        for piece in pieces(self.course, *lines_of(size, origin)):
            places, weight = piece.chart.at(piece.rows, piece.columns), piece.weight()
            alone[piece.down, piece.right] += weight.square()
            for wave, (down, right) in zip(waves, self.waves.vectors, strict=True):
                turns = (right * places.real - down * places.imag) / self.waves.torus
                wave[piece.down, piece.right] += torch.polar(weight, 2 * math.pi * turns)
        # The energy of a sum of unit waves by shares that sum to 1: of their squares by chance.
        energy = waves.abs().square().mean(0)
        return torch.where(alone < 1, (energy - alone) / (1 - alone), 1.0).float()

    def chart(self, cell: tuple[int, int]) -> Chart:
        """The map of a cell."""
        return chart_of(self.course, cell)

    def remarks(self, size: Size, origin: Place = (0, 0)) -> list[str]:
        """What the maps of a window make of the course, in sentences; none where it is even."""
        said, (size_off, angle_off) = [], self.distortion(size, origin)
        if size_off != 1 or angle_off >= 0.01 or not self._whole(size, origin):
            said.append(
                "this net was trained without steer: its plane is turned in pieces of "
                f"{CELL} pixels, joined over {JOINT}. In them sizes are off by {size_off:.2f} "
                f"times at most, and angles by {angle_off:.0f} degrees. "
                f"{self._broken(size, origin)}"
            )
        return said + self._beyond(size, origin)

    def _beyond(self, size: Size, origin: Place) -> list[str]:
        """That sizes of a window are larger or smaller than maps make them, in a sentence."""
        rows, columns = (line[:: max(1, len(line) // SIZED)] for line in lines_of(size, origin))
        sizes = self.course(rows, columns)[1]
        if not bool((sizes.abs() > LARGEST).any()):
            return []
        low, high = (2 ** float(one) for one in sizes.aminmax())
        return [
            f"the field has sizes from {low:.2g} to {high:.2g}: what lies beyond "
            f"{2**-LARGEST:.2f} and {2**LARGEST:.2f} is drawn at these ends."
        ]

    def _broken(self, size: Size, origin: Place) -> str:
        """Where, in a sentence. Pictures that are too large are looked at in part."""
        size = min(size[0], LOOKED), min(size[1], LOOKED)
        joined = self.joints(size, origin) > 0
        said = f"Joints are {float(joined.float().mean()):.0%} of the picture"
        if (meeting := self.meeting(size, origin)) is None or not joined.any():
            return f"{said}; what they cut, breaks."
        apart = float((meeting[joined] < MEET).float().mean())
        return f"{said}; in {apart:.0%} of them its waves do not meet: there the pattern breaks."

    def distortion(self, size: Size, origin: Place) -> Distortion:
        """What the maps of a window make of the course; of a large one those of `looked_at`."""
        rows, columns = (line[::8] for line in lines_of(size, origin))
        stretch, off = 1.0, 0.0
        for cell in looked_at(rows, columns):
            chart = self.chart(cell)
            inside = (
                line[(line - number * CELL >= 0) & (line - number * CELL < CELL)]
                for line, number in zip((rows, columns), cell, strict=True)
            )
            its = self._off(chart, *inside)
            stretch, off = max(stretch, chart.stretch, its.size), max(off, its.angle)
        return Distortion(stretch, off)

    def _whole(self, size: Size, origin: Place) -> bool:
        """Whether one map draws all of a window."""
        charts = [self.chart(cell) for cell in looked_at(*lines_of(size, origin))]
        return not any(one.bend for one in charts) and len({one.turn for one in charts}) == 1

    def _off(self, chart: Chart, rows: Tensor, columns: Tensor) -> Distortion:
        """How far a map is off the course, at most; half a turn is none."""
        if not len(rows) or not len(columns):
            return Distortion(1.0, 0.0)
        small = 0.5
        step = chart.at(rows, columns + small) - chart.at(rows, columns - small)
        angles, sizes = self.course(rows, columns)
        turned = shortest(-torch.rad2deg(step.angle()) - angles).abs().max()
        wanted = sizes.clamp(-LARGEST, LARGEST)
        resized = (step.abs().log2() + wanted).abs().max()  # octaves
        resized = resized if resized > ROUNDING else resized.new_zeros(())
        return Distortion(float(resized.exp2()), float(turned))


def looked_at(rows: Tensor, columns: Tensor) -> Iterator[Cell]:
    """The cells of a window; where it is longer than LOOKED some of them, spread over all of it."""
    most = LOOKED // CELL
    chosen = []
    for axis, lines in enumerate(((rows, columns[:1]), (rows[:1], columns))):
        numbers = sorted({cell[axis] for cell in cells_of(*lines)})
        count = min(len(numbers), most + 1)
        chosen.append([numbers[i * (len(numbers) - 1) // max(1, count - 1)] for i in range(count)])
    yield from product(*chosen)


def lines_of(size: Size, origin: Place) -> tuple[Tensor, Tensor]:
    """Rows and columns of a window, float64."""
    rows, columns = (
        torch.arange(start, start + length, dtype=torch.float64)
        for start, length in zip(origin, size, strict=True)
    )
    return rows, columns
