"""Surfaces with all their maps: colour without light, height in pixels, roughness, metal.

Each function takes random numbers and gives {map: (512,512) or (512,512,3)}, all on a torus.
"""

import numpy as np

from .fields import SIDE, cells, clouds, grain, jittered, mixed, palette, smooth, step


def cobbles(random, across=9):
    """Round stones in sand."""
    points = jittered(random, across, 0.12)
    first, second, owner = cells(random, points, wander=3.0)
    gap = second - first
    stone = step(gap, 6.0, 4.0)
    dome = 17 * np.sqrt(np.clip(gap - 4, 0, 46) / 46)
    own = random.normal(0, 2.2, len(points))[owner]
    height = smooth((dome + own) * stone, 1.6)
    height += stone * (0.7 * clouds(random, 12, 5) + 0.12 * grain(random, 0.9))
    height += (1 - stone) * (0.5 * clouds(random, 5, 4) + 0.35 * grain(random, 1.1))
    dyes = palette("#8d8478", "#6f6a66", "#a3957f", "#7a6a5c", "#5f646b", "#96897c")
    tint = dyes[random.integers(len(dyes), size=len(points))]
    tint = (tint * random.normal(1, 0.09, (len(points), 1)))[owner]
    tint = tint * (1 + 0.1 * clouds(random, 9, 5) + 0.05 * grain(random, 0.8))[..., None]
    moss = (
        step(clouds(random, 26, 5) - 0.05 * dome, 0.3, 0.9) * step(gap, 22, 18)[..., None][..., 0]
    )
    tint = mixed(tint, palette("#5c6a34")[0], 0.55 * moss)
    sand = (
        palette("#6b5b48")[0]
        * (1 + 0.16 * grain(random, 0.9) + 0.1 * clouds(random, 5, 3))[..., None]
    )
    rough = 0.58 + 0.09 * clouds(random, 9, 4) + 0.25 * moss
    return {
        "colour": mixed(sand, tint, stone),
        "height": height,
        "roughness": stone * rough + (1 - stone) * 0.92,
    }


def bricks(random, courses=12, wide_ones=6):
    """A wall in running bond; joints lie deeper and are rougher."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 1.1 * grain(random, 16) + 0.5 * grain(random, 3)
    columns += 1.1 * grain(random, 16) + 0.5 * grain(random, 3)
    high, wide = SIDE / courses, SIDE / wide_ones
    course = np.floor(rows / high).astype(int) % courses
    shifted = columns / wide + 0.5 * (course % 2)
    brick = course * wide_ones + np.floor(shifted).astype(int) % wide_ones
    down, right = rows % high, (shifted % 1) * wide
    inset = np.minimum(np.minimum(down, high - down), np.minimum(right, wide - right))
    inset = inset + 0.9 * clouds(random, 5, 3) - random.uniform(0, 1.4, courses * wide_ones)[brick]
    face = step(inset, 3.2, 2.4)
    lean = random.normal(0, 0.02, (2, courses * wide_ones))
    tilt = lean[0][brick] * (down - high / 2) + lean[1][brick] * (right - wide / 2)
    pits = step(clouds(random, 3, 3), 1.25, 0.6)
    relief = 6.5 * smooth(face, 1.1) + face * (
        random.normal(0, 0.5, courses * wide_ones)[brick] + tilt
    )
    relief += face * (0.45 * clouds(random, 9, 5) - 1.1 * pits) + (1 - face) * 0.5 * clouds(
        random, 3, 3
    )
    burnt = random.choice(6, courses * wide_ones, p=[0.3, 0.24, 0.2, 0.12, 0.09, 0.05])
    tint = palette("#a5533b", "#b26748", "#934634", "#bd7a58", "#7b443a", "#5b4644")[burnt]
    tint = (tint * random.normal(1, 0.07, (len(tint), 1)))[brick]
    tint = tint * (1 + 0.09 * clouds(random, 6, 4) + 0.05 * grain(random, 0.7))[..., None]
    tint = mixed(tint, palette("#d3b59d")[0], 0.25 * step(clouds(random, 16, 5), 0.8, 1.6))
    tint = mixed(tint, palette("#4a2e27")[0], 0.5 * pits)
    mortar = palette("#b9b0a2")[0] * (0.92 + 0.1 * clouds(random, 2, 2))[..., None]
    return {
        "colour": mixed(mortar, tint, face),
        "height": relief,
        "roughness": face * (0.72 + 0.07 * clouds(random, 5, 4)) + (1 - face) * 0.93,
    }


def planks(random, boards=5):
    """Weathered boards; grooves between them, late wood stands out, varnish is left in places."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    board = np.floor(columns / SIDE * boards).astype(int) % boards
    offset = random.integers(0, SIDE, boards)[board]
    which = (rows.astype(int) + offset) % SIDE  # every board is cut from elsewhere
    bend = smooth(random.standard_normal((SIDE, SIDE)), (80, 18))
    bend = (bend / bend.std())[which, columns.astype(int)]
    rings = np.sin(2 * np.pi * (columns / 17 + 1.5 * bend + random.uniform(0, 9, boards)[board]))
    late = step(rings, 0.3, 1.4)
    streaks = smooth(random.standard_normal((SIDE, SIDE)), (20, 0.8))
    streaks = (streaks / streaks.std())[which, columns.astype(int)]
    cracks = smooth(random.standard_normal((SIDE, SIDE)), (26, 0.9))
    cracks = step((cracks / cracks.std())[which, columns.astype(int)], 1.9, 0.5)
    wide = SIDE / boards
    aside = np.minimum(columns % wide, wide - columns % wide) + 0.3 * grain(random, 6)
    seam = step(aside, 2.4, 2.6)
    edge = step(aside, 6.0, 9.0)
    light, dark, deep = palette("#b08a5c", "#7a5231", "#2c1d12")
    tint = mixed(light, dark, (0.6 * late + 0.16 * streaks + 0.12).clip(0, 1))
    tint = mixed(tint, palette("#8f8a80")[0], 0.4 * step(clouds(random, 30, 5), 0.2, 1.6))
    tint = tint * random.normal(1, 0.1, boards)[board][..., None]
    tint = mixed(tint, deep, 0.75 * cracks)
    tint = mixed(deep * 0.6, tint, 0.1 + 0.9 * seam) * (1 + 0.03 * grain(random, 0.6))[..., None]
    height = 7 * smooth(seam, 0.8) + 1.2 * edge + random.normal(0, 0.7, boards)[board] * seam
    height += seam * (0.75 * late + 0.3 * streaks - 2.2 * smooth(cracks, 0.6))
    varnish = step(clouds(random, 36, 5), 0.1, 0.5) * seam * (1 - cracks)
    rough = 0.78 + 0.06 * streaks - 0.3 * varnish
    return {"colour": tint, "height": height, "roughness": rough * seam + (1 - seam) * 0.95}


def cloth(random, yarns=20):
    """Coarse linen of two colours: over and under."""
    pitch = SIDE / yarns
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 1.0 * grain(random, 10)
    columns += 1.0 * grain(random, 10)
    warp, weft = (np.floor(axis / pitch).astype(int) % yarns for axis in (columns, rows))
    across_warp, across_weft = ((axis / pitch) % 1 - 0.5 for axis in (columns, rows))
    bulge = (
        np.where((warp + weft) % 2, 1, -1)
        * np.cos(np.pi * across_warp)
        * np.cos(np.pi * across_weft)
    )
    round_warp, round_weft = (
        np.sqrt(np.clip(0.24 - a**2, 0, None)) for a in (across_warp, across_weft)
    )
    top = bulge + round_warp - round_weft > 0
    profile = np.where(top, round_warp, round_weft) + 0.3 * np.abs(bulge)
    along = np.where(top, rows + 8 * across_warp, columns + 8 * across_weft)
    strands = np.sin(2 * np.pi * along / 6.4 + 0.8 * grain(random, 2))
    height = 11 * smooth(profile, 0.8) + 0.55 * strands + 0.25 * grain(random, 0.8)
    dyes = palette("#4d6478", "#d8cbb2")
    tint = dyes[np.where(top, 0, 1)]
    own = random.normal(1, 0.07, (2, yarns))
    tint = tint * np.where(top, own[0][warp], own[1][weft])[..., None]
    tint = (
        tint
        * (1 + 0.05 * strands + 0.06 * grain(random, 0.8) + 0.05 * grain(random, 14))[..., None]
    )
    return {"colour": tint, "height": height, "roughness": 0.86 + 0.04 * grain(random, 3)}


def plates(random):
    """A painted sheet of iron; where the paint is off, bare metal with rust."""
    field = clouds(random, 40, 6, 0.6)
    bare = step(field, 0.45, 0.08)
    powder = clouds(random, 10, 6, 0.72)
    rust = step(powder + 0.9 * np.exp(-np.abs(field - 0.45) * 4), 0.45, 0.7) * bare
    scratches = smooth(random.standard_normal((SIDE, SIDE)), (0.6, 22))
    scratches = scratches / scratches.std()
    metal = palette("#9b9d9f")[0] * (1 + 0.05 * scratches + 0.04 * grain(random, 3))[..., None]
    corroded = mixed(*palette("#5b2b15", "#b5632d"), (0.5 + 0.3 * powder).clip(0, 1))
    corroded = mixed(corroded, palette("#d99748")[0], 0.45 * step(powder, 1.0, 0.9))
    paint = (
        palette("#2f6f8f")[0]
        * (1 + 0.04 * clouds(random, 30, 5) + 0.02 * grain(random, 0.8))[..., None]
    )
    colour = mixed(paint, mixed(metal, corroded, rust), bare)
    height = 3.0 * smooth(1 - bare, 0.8) + rust * (0.9 + 0.55 * powder)
    height += 0.1 * scratches * (1 - rust) * bare + (1 - bare) * 0.25 * clouds(random, 8, 4)
    rough = (1 - bare) * (0.38 + 0.05 * clouds(random, 20, 4)) + bare * (
        rust * (0.88 + 0.04 * powder) + (1 - rust) * (0.3 + 0.04 * scratches)
    )
    return {"colour": colour, "height": height, "roughness": rough, "metallic": bare * (1 - rust)}


def slopes(height):
    """Across and down, per pixel, of a height that repeats."""
    return tuple((np.roll(height, -1, axis) - np.roll(height, 1, axis)) / 2 for axis in (1, 0))


def occlusion(height):
    """How open the sky is: less, the deeper a place lies below what is around it, near and far."""
    depth = sum(np.clip(smooth(height, s) - height, 0, None) / s for s in (1.5, 3, 6, 12, 24))
    return np.exp(-0.55 * depth)
