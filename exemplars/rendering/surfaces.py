"""Surfaces with all their maps: colour without light, height in pixels, roughness, metal.

Each function takes random numbers and gives {map: (512,512) or (512,512,3)}, all on a torus.
"""

import numpy as np

from .fields import SIDE, cells, clouds, grain, jittered, mixed, palette, smooth, step


def cobbles(random, across=9):
    """Round stones in sand, some with moss."""
    points = jittered(random, across, 0.2)
    first, second, owner = cells(random, points, wander=1.8)
    gap = smooth(second - first, 2.6)  # what is sharp at corners becomes round
    stone = step(gap, 7.5, 4.0)
    dome = 19 * np.sqrt(np.clip(gap - 5, 0, 44) / 44)
    own = random.normal(0, 2.0, len(points))[owner]
    height = smooth((dome + own) * stone, 1.4)
    height += stone * (0.8 * clouds(random, 12, 5) + 0.1 * grain(random, 0.9))
    height += (1 - stone) * (0.7 * clouds(random, 5, 4) + 0.3 * grain(random, 1.1))
    dyes = palette("#8d8478", "#6f6a66", "#a3957f", "#7a6a5c", "#64666a", "#96897c")
    tint = dyes[random.integers(len(dyes), size=len(points))]
    tint = (tint * random.normal(1, 0.09, (len(points), 1)))[owner]
    tint = tint * (1 + 0.1 * clouds(random, 9, 5) + 0.05 * grain(random, 0.8))[..., None]
    moss = step(clouds(random, 22, 5) - 0.05 * dome, 0.1, 0.9) * step(30 - gap, 4, 18)
    tint = mixed(tint, palette("#5c6a34")[0], 0.6 * moss)
    speckles = 1 + 0.16 * grain(random, 0.9) + 0.1 * clouds(random, 5, 3)
    sand = mixed(palette("#75634e")[0] * speckles[..., None], palette("#4f5a30")[0], 0.5 * moss)
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
    """Coarse linen of two colours: two sets of yarns that wind about each other."""
    rows, columns = np.mgrid[:SIDE, :SIDE] * yarns / SIDE
    rows += 0.045 * grain(random, 10)
    columns += 0.045 * grain(random, 10)
    warp, weft = (np.floor(axis).astype(int) % yarns for axis in (columns, rows))
    across_warp, across_weft = columns % 1 - 0.5, rows % 1 - 0.5
    side = np.where((warp + weft) % 2, 1, -1)  # which of the two is above
    thick = random.normal(0.47, 0.02, (2, yarns))
    one = side * 0.17 * np.cos(np.pi * across_weft) + tube(across_warp, thick[0][warp])
    other = -side * 0.17 * np.cos(np.pi * across_warp) + tube(across_weft, thick[1][weft])
    top = one > other
    across = np.where(top, across_warp, across_weft)
    along = np.where(top, rows + 0.5 * across_warp, columns + 0.5 * across_weft)
    strands = np.sin(2 * np.pi * 4 * along + 0.8 * grain(random, 2))
    height = SIDE / yarns * smooth(np.maximum(one, other), 0.7)
    height += 0.4 * strands + 0.3 * grain(random, 1.4)
    dyes = palette("#48627c", "#d6c9b0")
    own = random.normal(1, 0.07, (2, yarns))
    tint = dyes[np.where(top, 0, 1)] * np.where(top, own[0][warp], own[1][weft])[..., None]
    fibres = 0.06 * strands + 0.06 * grain(random, 0.8) + 0.05 * grain(random, 14)
    tint = tint * (1 + fibres - 0.5 * (2 * across) ** 4)[..., None]
    return {"colour": tint, "height": height, "roughness": 0.86 + 0.03 * grain(random, 3)}


def tube(across, thick):
    """Half of a flat tube of that radius; far below beside it."""
    inside = 1 - (across / thick) ** 2
    return np.where(inside > 0, 0.34 * np.sqrt(np.clip(inside, 0, None)), -0.12)


def plates(random, across=12):
    """Painted iron with raised lozenges, walked on: bare on them, rusty where the paint is off."""
    lozenge = lozenges(random, across)
    worn = clouds(random, 20, 6, 0.65) + 2.0 * lozenge - 1.5
    bare = step(worn, 0.25, 0.12)
    powder = clouds(random, 9, 6, 0.72)
    rust = step(powder - 1.7 * lozenge + 0.8 * np.exp(-4 * np.abs(worn - 0.25)), -0.3, 0.8) * bare
    scratches = smooth(random.standard_normal((SIDE, SIDE)), (3, 0.7))
    scratches = scratches / scratches.std()
    metal = palette("#a5a29e")[0] * (1 + 0.03 * scratches + 0.05 * clouds(random, 8, 4))[..., None]
    corroded = mixed(*palette("#54301f", "#94572f"), (0.5 + 0.3 * powder).clip(0, 1))
    corroded = mixed(corroded, palette("#b98550")[0], 0.4 * step(powder, 1.0, 0.9))
    paint = 1 + 0.05 * clouds(random, 30, 5) + 0.02 * grain(random, 0.8)
    paint = palette("#3c6d70")[0] * paint[..., None]
    paint = mixed(paint, palette("#7b6a54")[0], 0.35 * step(clouds(random, 12, 5), 0.7, 1.6))
    height = 7 * lozenge + 1.3 * smooth(1 - bare, 0.8) + rust * (0.4 + 0.35 * powder)
    height += 0.06 * scratches * (bare - rust) + (1 - bare) * 0.25 * clouds(random, 8, 4)
    rough = (1 - bare) * (0.42 + 0.06 * clouds(random, 20, 4))
    rough += rust * (0.88 + 0.04 * powder) + (bare - rust) * (0.32 + 0.04 * scratches)
    return {
        "colour": mixed(paint, mixed(metal, corroded, rust / np.maximum(bare, 1e-6)), bare),
        "height": height,
        "roughness": rough,
        "metallic": bare - rust,
    }


def lozenges(random, across):
    """Bars on a grid, by turns to either side: 1 on them, 0 beside them."""
    rows, columns = (np.mgrid[:SIDE, :SIDE] + 0.5) * across / SIDE
    turn = np.where((np.floor(rows) + np.floor(columns)) % 2, 1, -1)
    down, right = rows % 1 - 0.5, columns % 1 - 0.5
    along, aside = (right + turn * down) / 2**0.5, (right - turn * down) / 2**0.5
    inset = 0.13 * (1 - (along / 0.56) ** 2) - np.abs(aside) + 0.006 * grain(random, 3)
    return smooth(step(inset, 0.02, 0.09), 0.8)


def roof(random, across=8, down=10):
    """Rounded tiles of clay, each row over the one below it."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 0.6 * grain(random, 24) + 0.3 * grain(random, 3)
    columns += 0.6 * grain(random, 24) + 0.3 * grain(random, 3)
    high, wide = SIDE / down, SIDE / across
    lift, tilt, shift = random.normal(0, 1, (3, down * across))
    found = np.full((SIDE, SIDE), -1)
    height, inset = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for behind in (1, 0):  # the row above a pixel reaches over that of the pixel
        row = np.floor(rows / high).astype(int) - behind
        place = columns / wide - 0.5 * (row % 2)
        number = row % down * across + np.floor(place).astype(int) % across
        right = (place % 1 - 0.5) * wide  # from the middle of a tile
        below = rows - row * high + 1.2 * shift[number]  # from the edge of the row above
        reach = high * (0.95 + 0.85 * np.sqrt(np.clip(1 - (right / (0.53 * wide)) ** 2, 0, 1)))
        edge = np.minimum(reach - below, 0.5 * wide - 0.8 - np.abs(right))
        free = (found < 0) & (edge > 0)
        found[free], inset[free] = number[free], edge[free]
        slope = 11 * below / high + 0.9 * lift[number] + 0.02 * tilt[number] * right
        height[free] = slope[free]
    number = np.maximum(found, 0)
    body = step(inset, 1.2, 3.4) * (found >= 0)
    pits = step(clouds(random, 3.5, 3), 1.3, 0.6)
    height = smooth(height - 2.0 * (1 - body), 1.0)
    height += body * (0.5 * clouds(random, 10, 5) - 0.8 * pits)
    burnt = random.choice(6, down * across, p=[0.3, 0.24, 0.18, 0.12, 0.1, 0.06])
    tint = palette("#a4573c", "#b1694a", "#8c4633", "#bd8261", "#74463a", "#5c4a45")[burnt]
    tint = (tint * random.normal(1, 0.06, (len(tint), 1)))[number]
    tint = tint * (1 + 0.1 * clouds(random, 7, 5) + 0.04 * grain(random, 0.8))[..., None]
    lichen = step(clouds(random, 9, 5) + 0.5 * clouds(random, 40, 2), 1.35, 0.7) * body
    tint = mixed(tint, palette("#4a3029")[0], 0.4 * pits)
    tint = mixed(tint, palette("#a9a07c")[0], 0.7 * lichen)
    soot = (1 - body) * 0.6
    rough = 0.72 + 0.06 * clouds(random, 6, 4) + 0.2 * lichen
    return {
        "colour": mixed(tint, palette("#33241e")[0], soot),
        "height": height + 0.5 * lichen,
        "roughness": rough * body + 0.9 * (1 - body),
    }


def slopes(height):
    """Across and down, per pixel, of a height that repeats."""
    return tuple((np.roll(height, -1, axis) - np.roll(height, 1, axis)) / 2 for axis in (1, 0))


def occlusion(height):
    """How open the sky is: less, the deeper a place lies below what is around it, near and far."""
    depth = sum(np.clip(smooth(height, s) - height, 0, None) / s for s in (1.5, 3, 6, 12, 24))
    return np.exp(-0.55 * depth)
