"""The power of a picture's waves, to quarters of a cycle."""

from functools import cached_property

import torch
from torch import Tensor

from ..noise.waves import HIGHEST
from .regularity import detrend

PADDED = 4  # times its size, to which a picture is padded: waves lie at quarters of a cycle
NEAR = 2  # of these quarters, within which a wave is sought
SEVERAL = 12  # of the strongest waves, in which a lattice is found
CYCLES = 3  # in the picture's shorter side, which a wave that is found has at least
ALONE = 2  # cycles by which two waves differ at least (Hann's window)
WEAKEST = 0.05  # of the power of the strongest, which others have at least


class Spectrum:
    """Of a picture (1,3,h,w), without its light and faded to its borders, summed over colours.

    Attributes
    ----------
    size : (h,w)
    power : (PADDED*h, PADDED*w/2+1)
    down, right : cycles a pixel of its rows and columns
    """

    def __init__(self, picture: Tensor):
        self.size: tuple[int, int] = tuple(picture.shape[-2:])
        flat = torch.stack([detrend(colour.double()) for colour in picture[0]])
        lines = [torch.hann_window(length, dtype=torch.float64) for length in self.size]
        fading = torch.outer(*lines) / (lines[0].sum() * lines[1].sum())
        # Of what is seen, the mean is 0: what is left of it would show at all waves near 0.
        flat = (flat - (flat * fading).sum((1, 2), keepdim=True)) * fading
        height, width = (PADDED * length for length in self.size)
        self.power = torch.fft.rfft2(flat, (height, width)).abs().square().sum(0)
        self.down = torch.fft.fftfreq(height, dtype=torch.float64)
        self.right = torch.fft.rfftfreq(width, dtype=torch.float64)

    def at(self, waves: Tensor) -> Tensor:
        """The most power (n,) within half a cycle of waves (n,2), in cycles a pixel."""
        waves = torch.where(waves[:, 1:] < 0, -waves, waves)
        row, column = (
            (waves[:, axis] * PADDED * length).round().long()
            for axis, length in enumerate(self.size)
        )
        steps = torch.arange(-NEAR, NEAR + 1)
        rows = (row[:, None] + steps) % len(self.power)
        columns = (column[:, None] + steps).clamp(0, self.power.shape[1] - 1)
        return self.power[rows[:, :, None], columns[:, None]].amax((1, 2))

    @cached_property
    def strongest(self) -> tuple[Tensor, Tensor] | None:
        """SEVERAL waves (n,2) at the most, in cycles a pixel, the strongest first, and their power
        (n,); None of a picture of one colour."""
        power = self._searched()
        waves: list[tuple[float, float]] = []
        powers: list[float] = []
        while len(waves) < SEVERAL:
            row, column = divmod(int(power.argmax()), power.shape[1])
            most = power[row, column].item()
            if not most or (powers and most < WEAKEST * powers[0]):
                break
            wave = self.down[row].item(), self.right[column].item()
            waves.append(wave)
            powers.append(most)
            for sign in (1, -1):
                down = (self.down - sign * wave[0]) * self.size[0]
                right = (self.right - sign * wave[1]) * self.size[1]
                power[torch.hypot(down[:, None], right[None]) < ALONE] = 0
        return (torch.tensor(waves, dtype=torch.float64), torch.tensor(powers)) if waves else None

    def _searched(self) -> Tensor:
        """The power of waves that are neither too long nor too short, of both vectors of each, of
        one."""
        power, side = self.power.clone(), min(self.size)
        cycles = torch.hypot(self.down[:, None], self.right[None]) * side
        power[cycles < CYCLES - 1e-6] = 0
        power[self.down.abs() > HIGHEST] = 0
        power[:, self.right > HIGHEST] = 0
        power[len(power) // 2 :, 0] = 0  # what stands in the first column stands there twice
        return power
