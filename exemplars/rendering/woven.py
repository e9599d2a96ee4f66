"""Of yarn."""

import numpy as np

from .fields import SIDE, grain, lit, palette, smooth


def weave(random, yarns=32):
    """Over and under: at every crossing the yarn that bulges upwards hides the other."""
    pitch = SIDE / yarns
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 0.7 * grain(random, 9)
    columns += 0.7 * grain(random, 9)
    warp, weft = (np.floor(axis / pitch).astype(int) % yarns for axis in (columns, rows))
    across_warp, across_weft = ((axis / pitch) % 1 - 0.5 for axis in (columns, rows))
    bulge = (
        np.where((warp + weft) % 2, 1, -1)
        * np.cos(np.pi * across_warp)
        * np.cos(np.pi * across_weft)
    )
    round_warp, round_weft = (
        np.sqrt(np.clip(0.23 - a**2, 0, None)) for a in (across_warp, across_weft)
    )
    top = bulge + round_warp - round_weft > 0
    dyes = np.array([[28, 58, 102], [188, 60, 42], [224, 196, 140], [40, 96, 84]]) / 255
    pattern = np.array([0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 1, 3, 3, 1, 1])
    tint = dyes[pattern[np.where(top, warp, weft) % len(pattern)]]
    profile = np.where(top, round_warp, round_weft) + 0.25 * np.abs(bulge)
    along = np.where(top, rows + 9 * across_warp * pitch / 8, columns + 9 * across_weft * pitch / 8)
    twist = 0.08 * np.sin(2 * np.pi * along / 4.0) + 0.07 * grain(random, 0.7)
    shade = 0.25 + 0.55 * lit(5 * smooth(profile, 0.8)) + 0.55 * profile
    return tint * ((shade + twist) * (1 + 0.05 * grain(random, 12)))[..., None]


def knit(random, across=32, down=40):
    """Stocking stitch, two colours on a third: every stitch is a V of two strands."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(float)
    rows += 1.1 * grain(random, 14) + 0.35 * grain(random, 2.5)
    columns += 1.0 * grain(random, 14) + 0.35 * grain(random, 2.5)
    stitch = columns / SIDE * across
    beside = stitch % 1 - 0.5  # from the middle of a stitch
    along = rows / SIDE * down + 1.15 * np.abs(beside)
    strand = along % 1 - 0.5
    bulge = np.sqrt(np.clip(0.27 - strand**2, 0, None)) * np.sqrt(
        np.clip(1.04 - (4 * np.abs(np.abs(beside) - 0.25)) ** 2, 0, None)
    )
    yarns = palette("#24424f", "#e8dcc4", "#b0412f")
    row, column = np.floor(along).astype(int) % down, np.floor(stitch).astype(int) % across
    motif = np.array([
        [0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 2, 0, 0, 0, 0], [0, 0, 2, 2, 2, 0, 0, 0], [0, 2, 2, 1, 2, 2, 0, 0],
        [0, 0, 2, 2, 2, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0, 0],
    ])  # fmt: skip
    tint = yarns[motif[row % 8, column % 8]]
    turns = np.sin(
        2 * np.pi * (2.1 * along + 3.2 * np.sign(beside) * strand + 2.4 * np.abs(beside))
    )
    fibres = 0.05 * turns + 0.09 * grain(random, 0.6) + 0.05 * grain(random, 1.4)
    shade = 0.22 + 0.5 * lit(7 * smooth(bulge, 0.8)) + 0.75 * bulge
    return tint * (shade + fibres)[..., None] * (1 + 0.04 * grain(random, 16))[..., None]
