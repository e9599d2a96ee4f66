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
# Cells worked on at a time; on a CPU by each thread, in whose cache all ten rounds then stay.
AT_ONCE = {"cpu": 2**15, "cuda": 2**24}
ADDRESS_BITS = 48  # rows and columns are signed 48-bit integers
Period = tuple[int | None, int | None]  # rows and columns, in pixels; None where it never repeats
# Streams keep what a net was trained and calibrated on, what mixtures of nets are measured on, and
# what random weights are made of, apart from what users draw.
PICTURES, TRAINING, CALIBRATION, PREVIEWS, STARTS, WEIGHTS, MIXTURES = range(7)


def philox(counter: Sequence[Tensor], key: Sequence[Tensor]) -> list[Tensor]:
    """Philox4x32-10: four counter words and two key words -> four random words.

    All are int64 tensors holding unsigned 32-bit values, of shapes that broadcast.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for step in range(ROUNDS):
        # int64 wraps, which leaves the 64 bits of an unsigned product intact; what stands above the
        # lower 32 of c1 and c3 is masked where it would count.
        p0, p1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((p1 >> 32) ^ c1 ^ (k0 + step * WEYL[0])) & MASK32,
            p1,
            ((p0 >> 32) ^ c3 ^ (k1 + step * WEYL[1])) & MASK32,
            p0,
        )
    return [c0, c1 & MASK32, c2, c3 & MASK32]


def address(start: int, length: int, period: int | None) -> Tensor:
    """Cell indices start .. start+length-1, modulo the period if there is one.

    -> (length,), int64, on the CPU.
    """
    if not -(1 << ADDRESS_BITS - 1) <= start <= (1 << ADDRESS_BITS - 1) - length:
        raise ValueError(f"cell {start} lies outside the plane of {ADDRESS_BITS}-bit addresses")
    if period is None:
        return torch.arange(start, start + length)
    return (torch.arange(length) + start % period) % period


def halves(seeds: Sequence[int], device: torch.device) -> Tensor:
    """Seeds of 64 bits -> their lower and their upper halves (2,B), int64."""
    seeds = [int(seed) & 0xFFFFFFFFFFFFFFFF for seed in seeds]
    both = [[seed >> shift & MASK32 for seed in seeds] for shift in (0, 32)]
    return torch.tensor(both, device=device)


def cells(
    seeds: Sequence[int] | Tensor,
    scale: int,
    rows: Tensor,
    columns: Tensor,
    channels: int,
    stream: int = PICTURES,
) -> Tensor:
    """Uniform noise on (0,1), float32 (B,C,h,w), the same bits on every device.

    rows (h,) and columns (w,) are cell indices (int64) and decide the device; seeds may be their
    `halves` there.
    """
    device = rows.device
    # The seed's two halves as (B,1,1), the row as (h,1), the column as (w).
    low, high = seeds if isinstance(seeds, Tensor) else halves(seeds, device)
    low, high = low.view(-1, 1, 1), high.view(-1, 1, 1)
    size = len(low), channels, len(rows), len(columns)
    field = torch.empty(size, dtype=torch.float32, device=device)
    threads = torch.get_num_threads() if device.type == "cpu" else 1
    step = max(1, threads * AT_ONCE[device.type] // (len(columns) * len(low)))
    # The upper 16 bits of both 48-bit addresses share the last word.
    before = _one(columns >> 32 & 0xFFFF)
    for part, some in zip(field.split(step, dim=2), rows.view(-1, 1).split(step), strict=True):
        upper = _one(some >> 32 & 0xFFFF) << 16 | before
        _draw((low, high), scale, (some & MASK32, columns & MASK32, upper), part, stream)
    return field


def cells_at(
    seeds: Tensor, scale: int, rows: Tensor, columns: Tensor, to: Tensor, stream: int = PICTURES
) -> None:
    """Write the uniform noise of single cells to a tensor (B,C,h,w), float32.

    seeds : halves (2,B,1,1)
    rows, columns : cell indices (B,h,w) each
    """
    upper = _one(rows >> 32 & 0xFFFF) << 16 | _one(columns >> 32 & 0xFFFF)
    low, high = seeds
    _draw((low, high), scale, (rows & MASK32, columns & MASK32, upper), to, stream)


def _draw(
    key: Sequence[Tensor], scale: int, address: Sequence[Tensor], to: Tensor, stream: int
) -> None:
    """address : lower words of rows and columns, and the upper halves of both, of shapes that
    broadcast to that of `to` without its channels."""
    row, column, upper = address
    for first in range(0, to.shape[1], WORDS):
        place = torch.full((), scale | first // WORDS << 8 | stream << 16, device=to.device)
        words = philox((column, row, place, upper), key)
        for channel, word in enumerate(words[: to.shape[1] - first], first):
            to[:, channel] = word >> 9
    # 23 bits and a half: every value is exact in float32 and lies strictly inside (0,1).
    to.add_(0.5).mul_(2.0**-23)


def _one(values: Tensor) -> Tensor:
    """A scalar where all of them are the same, as nearly always: the first rounds then have little
    to do. Of a CPU's alone, since a GPU would have to be waited for."""
    if values.device.type != "cpu" or not values.numel():
        return values
    first = values.flatten()[0]
    return values if (values != first).any() else first
