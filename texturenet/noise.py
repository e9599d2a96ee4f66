"""The noise field: (seed, scale, channel, row, column) -> a number; a window is z_k (B,C,h,w).

Every cell is a pure function of its address through Philox4x32-10, a counter-based generator
(Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3;
constants and test vectors from the authors' Random123), so no window depends on another.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

MASK32 = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
WORDS = 4  # one counter yields four words: four channels of one cell
ADDRESS_BITS = 48  # rows and columns are signed 48-bit integers

# Streams keep what a net was trained and calibrated on apart from what users draw.
PICTURES, TRAINING, CALIBRATION, PREVIEWS = range(4)


def philox(counter: Sequence[Tensor], key: Sequence[Tensor]) -> list[Tensor]:
    """Philox4x32-10: four counter words and two key words -> four random words.

    All are int64 tensors holding unsigned 32-bit values, of shapes that broadcast.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for step in range(ROUNDS):
        # int64 wraps, which leaves the 64 bits of an unsigned product intact.
        p0, p1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((p1 >> 32) & MASK32) ^ c1 ^ ((k0 + step * WEYL[0]) & MASK32),
            p1 & MASK32,
            ((p0 >> 32) & MASK32) ^ c3 ^ ((k1 + step * WEYL[1]) & MASK32),
            p0 & MASK32,
        )
    return [c0, c1, c2, c3]


def address(start: int, length: int, period: int | None) -> Tensor:
    """Cell indices start .. start+length-1, modulo the period if there is one -> (length,)."""
    if not -(1 << ADDRESS_BITS - 1) <= start <= (1 << ADDRESS_BITS - 1) - length:
        raise ValueError(f"cell {start} lies outside the plane of {ADDRESS_BITS}-bit addresses")
    if period is None:
        return torch.arange(start, start + length)
    return (torch.arange(length) + start % period) % period


def cells(
    seeds: Sequence[int],
    scale: int,
    rows: Tensor,
    columns: Tensor,
    channels: int,
    stream: int = PICTURES,
) -> Tensor:
    """Uniform noise on (0,1), float32 (B,C,h,w), the same bits on every device.

    rows (h,) and columns (w,) are cell indices (int64) and decide the device.
    """
    device = rows.device
    seeds = [int(seed) & 0xFFFFFFFFFFFFFFFF for seed in seeds]
    # The seed's two halves as (B,1,1,1), the row as (h,1), the column as (w).
    low, high = (
        torch.tensor([seed >> shift & MASK32 for seed in seeds], device=device).view(-1, 1, 1, 1)
        for shift in (0, 32)
    )
    rows = rows.view(-1, 1)
    # The upper 16 bits of both 48-bit addresses share the last word.
    upper = ((rows >> 32 & 0xFFFF) << 16) | (columns >> 32 & 0xFFFF)
    groups = []
    for group in range(-(-channels // WORDS)):
        place = torch.tensor(scale | group << 8 | stream << 16, device=device)
        words = philox((columns & MASK32, rows & MASK32, place, upper), (low, high))
        groups += words
    words = torch.cat(torch.broadcast_tensors(*groups[:channels]), dim=1)  # (B,C,h,w)
    # 23 bits and a half: every value is exact in float32 and lies strictly inside (0,1).
    return ((words >> 9).float() + 0.5) * 2.0**-23


def gaussian(uniform: Tensor) -> Tensor:
    """Uniform noise on (0,1) -> standard normal noise, by the quantile function."""
    return torch.special.ndtri(uniform)


LAWS = {"uniform": lambda uniform: uniform, "gaussian": gaussian}
