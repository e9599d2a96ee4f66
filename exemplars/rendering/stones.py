"""Stones, and what is made of stone."""

import numpy as np

from .fields import cells, clouds, grain, jittered, lit, mixed, palette, smooth, step


def pebbles(random, across=15):
    """Stones around jittered points: how high follows from the two nearest points."""
    points = jittered(random, across)
    first, second, owner = cells(random, points)
    gap = second - first
    stone = np.clip((gap - 3) / 4, 0, 1)
    height = smooth(9 * np.sqrt(np.clip(gap - 2, 0, None) / 12), 1.2) + 0.12 * grain(random, 0.8)
    colours = np.array([[172, 150, 126], [128, 120, 116], [196, 178, 150], [118, 84, 66],
                        [92, 104, 118], [212, 205, 196], [150, 104, 74]]) / 255  # fmt: skip
    tint = colours[random.integers(len(colours), size=len(points))]
    tint = (tint * random.normal(1, 0.08, (len(points), 1)))[owner]
    tint *= 1 + 0.06 * grain(random, 1.0)[..., None] + 0.05 * grain(random, 6)[..., None]
    sand = np.array([64, 52, 42]) / 255 * (1 + 0.25 * grain(random, 0.7)[..., None])
    shade = (0.35 + 0.75 * lit(height))[..., None]
    return stone[..., None] * tint * shade + (1 - stone[..., None]) * sand


def terrazzo(random):
    """Chips of stone in cement, ground flat."""
    first, second, owner = cells(random, jittered(random, 19, 0.02), wander=0.8)
    size = random.uniform(1.5, 11, owner.max() + 1)[owner]
    chip = step(second - first, size, 1.6)
    colours = palette(
        "#7c2d25", "#c8643c", "#e9dcc3", "#3d4a45", "#8fa08b", "#d9b26f", "#2b2a2c", "#b9b4aa"
    )
    tint = colours[random.integers(len(colours), size=owner.max() + 1)]
    tint = (tint * random.normal(1, 0.06, (len(tint), 1)))[owner]
    veins = np.abs(clouds(random, 9, 4))[..., None]
    tint = tint * (0.9 + 0.1 * veins) * (1 + 0.03 * grain(random, 0.6)[..., None])
    cement = palette("#cfc8ba")[0] * (1 + 0.03 * clouds(random, 5, 4))[..., None]
    grit = step(grain(random, 0.9), 2.1, 0.5)
    cement = mixed(cement, palette("#6e6a63")[0], 0.7 * grit)
    return mixed(cement, tint, chip)


def lichen(random):
    """Grey rock under lichens of three kinds."""
    height = 1.6 * clouds(random, 24, 6, 0.55) + 0.35 * grain(random, 1.0)
    rock = mixed(*palette("#57534f", "#8f8981"), (0.5 + 0.3 * clouds(random, 10, 5)).clip(0, 1))
    rock = rock * (1 + 0.1 * grain(random, 0.7))[..., None]
    kinds = [
        ("#9aa25a", "#c9c77d", 70, 9),
        ("#b9bdb0", "#e2e3d6", 46, 12),
        ("#b5651d", "#e39a35", 26, 9),
    ]
    for dark, light, size, across in kinds:
        first, _, owner = cells(random, jittered(random, across, 0.02), wander=2.2)
        radius = (random.uniform(0.1, 0.62, owner.max() + 1) * size)[owner]
        radius = radius * (1 + 0.22 * clouds(random, 7, 4))
        inside = step(radius - first, 1.5, 3) * step(clouds(random, 16, 4), -0.6, 0.5)
        rings = (
            0.5 + 0.3 * np.sin(first / 2.6 + 1.5 * clouds(random, 6, 3)) + 0.2 * grain(random, 0.9)
        )
        rim = np.exp(-(((radius - first) / 3) ** 2))
        rock = mixed(
            rock, mixed(*palette(dark, light), (0.7 * rings + 0.5 * rim).clip(0, 1)), inside
        )
        height = height + inside * (0.8 + 0.5 * rings + 0.3 * grain(random, 1.2))
    return rock * (0.25 + 0.95 * lit(1.1 * height))[..., None]
