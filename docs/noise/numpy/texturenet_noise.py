"""The noise that the nets of texturenet draw from, in NumPy: docs/export.md says how it is made.

A number is a function of its address alone. Windows are float32 (C,h,w).
"""

from statistics import NormalDist

import numpy as np

MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
NO_SCALE = 255  # where the shift of a seed's waves is drawn
UNIT_SCALE = 254  # where the numbers of units are drawn
MASK, UPPER = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox(words, low, high):
    """Philox4x32-10: four arrays of words -> four arrays of random words; the key is two words."""
    a, b, c, d = (np.asarray(word, np.uint64) & MASK for word in words)
    for step in range(10):
        p, q = a * np.uint64(MULTIPLIERS[0]), c * np.uint64(MULTIPLIERS[1])
        one, two = (np.uint64((key + step * WEYL[n]) % 2**32) for n, key in enumerate((low, high)))
        a, b, c, d = (q >> UPPER) ^ b ^ one, q & MASK, (p >> UPPER) ^ d ^ two, p & MASK
    return a, b, c, d


def noise(seed, scale, channels, top, left, rows, columns, periods=(0, 0)):
    """Uniform noise on (0,1). top, left: of the first cell, within 2^47. periods: cells after which
    rows and columns come again; 0 where they never do."""
    row, column = top + np.arange(rows)[:, None], left + np.arange(columns)[None, :]
    return noise_at(seed, scale, channels, row, column, periods)


def noise_at(seed, scale, channels, row, column, periods=(0, 0)):
    """The same of cells by their rows and columns, which broadcast to (h,w)."""
    row = row % periods[0] if periods[0] else row
    column = column % periods[1] if periods[1] else column
    far = (row >> 32 & 0xFFFF) << 16 | (column >> 32 & 0xFFFF)
    made = []
    for group in range(-(-channels // 4)):
        words = column & 0xFFFFFFFF, row & 0xFFFFFFFF, scale | group << 8, far
        made += [word >> np.uint64(9) for word in philox(words, seed % 2**32, seed >> 32)]
    return (np.stack(made[:channels]).astype(np.float32) + np.float32(0.5)) / np.float32(2**23)


def gaussian(uniform):
    """Uniform -> standard normal, by the quantile function."""
    return np.vectorize(NormalDist().inv_cdf, otypes=[np.float32])(uniform)


def loop(first, second, angle, law="uniform"):
    """Two uniform windows -> one of the law, at an angle on a closed film."""
    turned = gaussian(first) * np.cos(angle) + gaussian(second) * np.sin(angle)
    if law == "gaussian":
        return turned.astype(np.float32)
    return np.vectorize(NormalDist().cdf, otypes=[np.float32])(turned)


def shift(seed, torus):
    """How far a seed moves the waves of a regular texture, (down, right), in pixels."""
    return tuple(int(u) for u in noise(seed, NO_SCALE, 2, 0, 0, 1, 1).ravel() * np.float32(torus))


def waves(torus, vectors, cell, moved, top, left, rows, columns):
    """Waves on [0,1], (2n,h,w): a cosine of each, then the sines. moved: what `shift` gave."""
    lines = top + np.arange(rows)[:, None], left + np.arange(columns)[None, :]
    cosines, sines = [], []
    for vector in vectors:
        angle = np.zeros((rows, columns))
        for line, by, cycles in zip(lines, moved, vector, strict=True):
            place = (2 * (line % (2 * torus)) + 1) * cell + 2 * by  # the middle of a cell
            angle = angle + cycles * place % (2 * torus) * (np.pi / torus)
        size = 0.0 if max(map(abs, vector)) * cell > 0.4 * torus else 0.5  # too fine for such cells
        cosines.append(0.5 + size * np.cos(angle))
        sines.append(0.5 + size * np.sin(angle))
    return np.stack(cosines + sines).astype(np.float32)


def units(
    seed, torus, along, across, channels, cell, moved, top, left, rows, columns, periods=(0, 0)
):
    """Numbers of the units of a lattice on (0,1), (C,h,w): the same all over a unit.

    along, across: (down, right) each, `rows` and `across` of the card's `units`. moved: what
    `shift` gave. periods: pixels after which rows and columns come again; 0 where they never do.
    """
    if max(map(abs, (*along, *across))) * cell > 0.4 * torus:  # not told
        return np.full((channels, rows, columns), 0.5, np.float32)
    (r, c), (down, right) = along, across
    area, square, lean = down * c - right * r, r * r + c * c, down * r + right * c
    row, column = top + np.arange(rows)[:, None], left + np.arange(columns)[None, :]
    y, x = (  # the middles of cells, in half pixels
        (2 * (line % (2 * torus)) + 1) * cell + 2 * by
        for line, by in zip((row, column), moved, strict=True)
    )
    # What is left to the middle of the row, and to that of the unit in it.
    over = torus - (r * y + c * x) % (2 * torus)
    turned = square * ((down * y + right * x) % (2 * torus)) + lean * over
    rest = torus * square - turned % (2 * torus * square)
    half, share = square * area * cell, 2 * square * area
    row = row * cell + (half + c * rest + r * area * over) // share
    column = column * cell + (half - r * rest + c * area * over) // share
    return noise_at(seed, UNIT_SCALE, channels, row, column, periods)
