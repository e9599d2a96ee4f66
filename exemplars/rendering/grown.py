"""What grew: leaves that fell, scales of a fish; and beads of glass, strewn like leaves."""

import numpy as np

from .fields import SIDE, clouds, grain, mixed, palette, patch, smooth, step


def leaves(random, count=520):
    """Leaves of autumn, each above those before it, with its shadow on them."""
    ground = palette("#2b2119")[0] * (1 + 0.25 * clouds(random, 4, 4))[..., None]
    picture = np.broadcast_to(ground, (SIDE, SIDE, 3)).copy()
    colours = palette("#c9862b", "#b4491f", "#8c2a1b", "#d9b24a", "#6d4a26", "#7d7a35", "#a8642a")
    blotches = clouds(random, 7, 4)
    for _ in range(count):
        place, angle = random.uniform(0, SIDE, 2), random.uniform(0, 2 * np.pi)
        length, wide = random.uniform(24, 38), random.uniform(0.3, 0.46)
        where, down, right = patch(place, 46)
        along = (
            right * np.cos(angle) + down * np.sin(angle)
        ) / length  # -1 at the stalk, 1 at the tip
        across = (down * np.cos(angle) - right * np.sin(angle)) / length
        across = across + random.normal(0, 0.12) * along**2
        shape = np.clip(1 - np.abs(along) ** 1.9, 0, None) ** 0.9 * (1 - 0.35 * along)
        edge = wide * shape * (1 + 0.05 * np.sin(38 * along))
        inside = step((edge - np.abs(across)) * length, 0.6, 1.4)
        stalk = step(0.025 - np.abs(across), 0, 0.02) * (along < -0.8) * (along > -1.3)
        veins = np.abs(((along - 1.1 * np.abs(across)) * 7) % 1 - 0.5)
        veins = 0.5 * step(veins, 0.42, 0.1) + step(0.02 - np.abs(across), 0, 0.02)
        tint = colours[random.integers(len(colours))] * random.normal(1, 0.08)
        other = colours[random.integers(len(colours))]
        tint = mixed(
            tint, other, step(blotches[where] + 1.2 * np.abs(across) / wide, 1.1, 1.6) * 0.6
        )
        fold = 0.16 * np.sign(across) * np.sin(angle - 0.9) + 0.12 * along * np.cos(angle - 0.7)
        tint = tint * (0.95 + fold + 0.05 * grain_at(random, where))[..., None]
        tint = mixed(tint, tint * 0.62 + 0.12, veins.clip(0, 0.75))
        under, _, _ = patch(place + np.array([2.5, 2.0]), 46)
        shadow = smooth_patch(np.maximum(inside, stalk))
        picture[under] *= (1 - 0.55 * shadow)[..., None]
        cover = np.maximum(inside, stalk)
        picture[where] = mixed(picture[where], tint.clip(0, 1), cover)
    return picture * 0.95


def grain_at(random, where):
    return random.standard_normal((where[0].size, where[1].size))


def smooth_patch(values):
    """A blur of some three pixels."""
    for axis in (0, 1):
        for _ in range(3):
            values = (np.roll(values, 1, axis) + values + np.roll(values, -1, axis)) / 3
    return values


def scales(random, across=16, down=32):
    """A fish: rows of scales, each over the one below it."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 1.2 * grain(random, 20)
    columns += 1.2 * grain(random, 20)
    high, wide = SIDE / down, SIDE / across
    found = np.full((SIDE, SIDE), -1)
    reach, away = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for behind in (2, 1, 0):  # the uppermost row that reaches a pixel covers it
        row = np.floor(rows / high).astype(int) - behind
        place = columns / wide - 0.5 * (row % 2)
        column = np.floor(place).astype(int)
        right = (place - column - 0.5) * wide
        below = rows - row * high
        distance = np.hypot(right / (0.53 * wide), (below - 0.35 * high) / (1.95 * high))
        free = (found < 0) & (distance < 1)
        number = row % down * across + column % across
        found[free] = number[free]
        reach[free], away[free] = distance[free], right[free] / wide
    number = np.where(found < 0, 0, found)
    sheen = clouds(random, 60, 3)
    tint = mixed(*palette("#1f5a63", "#6f9f5c"), (0.5 + 0.35 * sheen).clip(0, 1))
    tint = mixed(tint, palette("#d9a94e")[0], 0.7 * step(clouds(random, 40, 3), 0.4, 1.4))
    tint = tint * random.normal(1, 0.12, down * across)[number][..., None]
    rings = 0.06 * np.sin(26 * reach + 3 * grain(random, 9))
    rays = 0.04 * np.sin(34 * away) * reach
    rim = np.exp(-(((reach - 0.9) / 0.06) ** 2))
    shade = 0.35 + 0.75 * reach**1.6 + rings + rays + 0.25 * rim - 0.5 * step(reach, 0.97, 0.06)
    shade = shade - 0.35 * away + 0.04 * grain(random, 0.7)
    return tint * shade[..., None]


def beads(random, count=1500):
    """Glass beads in a heap."""
    picture = np.full((SIDE, SIDE, 3), 0.04)
    colours = palette(
        "#c62828", "#1e88a8", "#f2b632", "#2e7d4f", "#7b3fa0", "#e8e2d4", "#e0672f", "#22335c"
    )
    for _ in range(count):
        radius, place = random.uniform(10, 15), random.uniform(0, SIDE, 2)
        where, down, right = patch(place, 20)
        squared = (down**2 + right**2) / radius**2
        inside = step(radius - np.hypot(down, right), 0.3, 1.4)
        height = np.sqrt(np.clip(1 - squared, 0, None))
        light = (-0.5 * down / radius - 0.45 * right / radius + 0.74 * height).clip(0, 1)
        through = (0.5 * down / radius + 0.45 * right / radius + 0.4 * height).clip(0, 1)
        tint = colours[random.integers(len(colours))] * random.normal(1, 0.07)
        colour = (
            tint * (0.25 + 0.6 * light + 0.45 * through**2)[..., None]
            + 0.85 * (light**40)[..., None]
        )
        under, _, _ = patch(place + np.array([2.0, 2.0]), 20)
        picture[under] *= (1 - 0.5 * smooth_patch(inside))[..., None]
        picture[where] = mixed(picture[where], colour.clip(0, 1), inside)
    return picture * (1 + 0.015 * smooth(random.standard_normal((SIDE, SIDE)), 0.5))[..., None]
