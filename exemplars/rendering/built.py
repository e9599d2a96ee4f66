"""What stands in a town: a wall, boards, a painted sheet of iron, leather."""

import numpy as np

from .fields import SIDE, cells, clouds, grain, jittered, lit, mixed, palette, smooth, step


def redbrick(random, courses=16, bricks=8):
    """A wall in running bond, weathered."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 0.9 * grain(random, 18) + 0.5 * grain(random, 3)
    columns += 0.9 * grain(random, 18) + 0.5 * grain(random, 3)
    high, wide = SIDE / courses, SIDE / bricks
    course = np.floor(rows / high).astype(int) % courses
    shifted = columns / wide + 0.5 * (course % 2)
    brick = course * bricks + np.floor(shifted).astype(int) % bricks
    down, right = rows % high, (shifted % 1) * wide
    inset = np.minimum(np.minimum(down, high - down), np.minimum(right, wide - right))
    inset = inset + 0.7 * clouds(random, 4, 3) - random.uniform(0, 1.2, courses * bricks)[brick]
    face = step(inset, 2.6, 1.8)
    burnt = random.choice(6, courses * bricks, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    tint = palette("#9c4a34", "#a85a3e", "#8a3d2c", "#b8704f", "#6f3a30", "#4f3a38")[burnt]
    tint = (tint * random.normal(1, 0.08, (len(tint), 1)))[brick]
    stain = clouds(random, 14, 5)
    tint = mixed(tint, palette("#c9a58c")[0], 0.22 * step(stain, 0.8, 1.6))
    tint = tint * (1 + 0.1 * clouds(random, 3, 3) + 0.05 * grain(random, 0.6))[..., None]
    mortar = palette("#b5aa9a")[0] * (0.9 + 0.12 * clouds(random, 2, 2))[..., None]
    relief = 2.6 * smooth(face, 0.8) + 0.35 * clouds(random, 3, 4) * (0.4 + 0.6 * face)
    return mixed(mortar, tint, face) * (0.3 + 0.9 * lit(relief))[..., None]


def wood(random, boards=6):
    """Oiled boards of one oak."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    edges = np.sort((np.arange(boards) + random.uniform(-0.2, 0.2, boards)) * SIDE / boards) % SIDE
    board = np.searchsorted(np.sort(edges), columns[0]) % boards
    offset = random.integers(0, SIDE, boards)[board]
    which = (rows.astype(int) + offset) % SIDE  # every board is cut from elsewhere
    bend = smooth(random.standard_normal((SIDE, SIDE)), (70, 16))
    bend = (bend / bend.std())[which, columns.astype(int)]
    rings = np.sin(2 * np.pi * (columns / 15 + 1.6 * bend + random.uniform(0, 9, boards)[board]))
    late = step(rings, 0.35, 1.3)
    streaks = smooth(random.standard_normal((SIDE, SIDE)), (16, 0.7))
    streaks = (streaks / streaks.std())[which, columns.astype(int)]
    pores = smooth(random.standard_normal((SIDE, SIDE)), (4.5, 0.5))
    pores = step((pores / pores.std()), 1.35, 0.7) * (0.35 + 0.65 * late)
    light, dark, deep = palette("#c99a62", "#8f5a2e", "#3d2413")
    tint = mixed(light, dark, (0.62 * late + 0.14 * streaks + 0.1).clip(0, 1))
    tint = mixed(tint, deep, 0.6 * pores) * random.normal(1, 0.09, boards)[board][None, :, None]
    seam = np.min([np.minimum(np.abs(columns - e), SIDE - np.abs(columns - e)) for e in edges], 0)
    return (
        mixed(palette("#1d120b")[0], tint, 0.12 + 0.88 * step(seam, 1.8, 2.4))
        * (1 + 0.03 * grain(random, 0.6))[..., None]
    )


def rust(random):
    """Paint that flakes off a sheet of iron."""
    field = clouds(random, 44, 7, 0.62)
    bare = step(field, 0.35, 0.1)
    near = np.exp(-np.abs(field - 0.35) * 5)
    powder = clouds(random, 9, 6, 0.75)
    iron = mixed(*palette("#5a2a14", "#b4602a"), (0.5 + 0.3 * powder).clip(0, 1))
    iron = mixed(iron, palette("#e0a04c")[0], 0.5 * step(powder, 1.1, 0.9))
    iron = mixed(iron, palette("#2a1a14")[0], 0.6 * step(clouds(random, 14, 5), 0.8, 0.9))
    paint = (
        palette("#3f7f86")[0]
        * (1 + 0.05 * clouds(random, 30, 5) + 0.02 * grain(random, 0.7))[..., None]
    )
    paint = mixed(
        paint,
        palette("#8a5a34")[0],
        (0.6 * near * step(clouds(random, 6, 4), -0.2, 1.4)).clip(0, 1),
    )
    blisters = step(clouds(random, 5, 3), 1.5, 0.5) * (1 - bare)
    height = (
        2.2 * smooth(1 - bare, 0.7)
        + 0.5 * blisters
        + 0.4 * powder * bare
        + 0.1 * clouds(random, 3, 3)
    )
    return mixed(paint, iron, bare) * (0.32 + 0.88 * lit(height))[..., None]


def leather(random):
    """Grained hide: cells between creases, some of them deep."""
    first, second, owner = cells(random, jittered(random, 40, 0.03), wander=2.0)
    creases = np.exp(-(((second - first) / 2.0) ** 2))
    large, larger, _ = cells(random, jittered(random, 9, 0.03), wander=5.0)
    folds = np.exp(-(((larger - large) / 4.5) ** 2)) * step(clouds(random, 30, 3), -0.3, 1.0)
    dome = np.sqrt(np.clip(second - first, 0, 9)) / 3
    height = 1.5 * smooth(dome, 0.9) - 2.0 * smooth(folds, 1.0) + 0.22 * clouds(random, 2, 3)
    tint = mixed(*palette("#5d3420", "#8a5533"), (0.5 + 0.25 * clouds(random, 40, 5)).clip(0, 1))
    tint = tint * (random.normal(1, 0.05, owner.max() + 1)[owner])[..., None]
    tint = mixed(tint, palette("#2c160c")[0], (0.45 * creases + 0.35 * folds).clip(0, 0.8))
    light = lit(height)
    return tint * (0.35 + 0.85 * light)[..., None] + 0.35 * (light**14)[..., None]
