"""Renders the colour exemplars of the project: python exemplars/render.py [folder]

pebbles.jpg: rounded stones of several colours in dark sand. weave.jpg: a plain weave of dyed yarn.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 512


def smooth(values, sigma):
    """Gaussian blur on a torus, by Fourier transform."""
    frequencies = np.fft.fftfreq(SIDE)
    window = np.exp(-2 * (np.pi * sigma) ** 2 * frequencies**2)
    return np.fft.ifft2(np.fft.fft2(values) * np.outer(window, window)).real


def grain(random, sigma):
    """Smooth noise of mean 0 and deviation 1."""
    values = smooth(random.standard_normal((SIDE, SIDE)), sigma)
    return (values - values.mean()) / values.std()


def lit(height, light=(-0.55, -0.45, 0.7)):
    """Lambert shading of a height field."""
    down, right = np.gradient(height)
    normal = np.stack([-down, -right, np.ones_like(height)])
    normal /= np.linalg.norm(normal, axis=0)
    return np.tensordot(np.array(light) / np.linalg.norm(light), normal, 1).clip(0)


def pebbles(random, across=15):
    """Stones around jittered points: how high follows from the two nearest points."""
    grid = np.stack(np.meshgrid(*[np.arange(across)] * 2, indexing="ij"), -1).reshape(-1, 2)
    points = (grid + random.uniform(0.1, 0.9, grid.shape)) * SIDE / across
    place = np.stack(np.mgrid[:SIDE, :SIDE], -1).reshape(-1, 1, 2).astype(float)
    # The border between stones wanders a little.
    place += 1.6 * np.stack([grain(random, 4), grain(random, 4)], -1).reshape(-1, 1, 2)
    nearest = np.empty((SIDE * SIDE, 2))
    owner = np.empty(SIDE * SIDE, int)
    for start in range(0, SIDE * SIDE, 8192):
        away = np.abs(place[start : start + 8192] - points)
        distance = np.linalg.norm(np.minimum(away, SIDE - away), axis=-1)
        owner[start : start + 8192] = distance.argmin(1)
        nearest[start : start + 8192] = np.partition(distance, 1)[:, :2]
    gap = (nearest[:, 1] - nearest[:, 0]).reshape(SIDE, SIDE)
    stone = np.clip((gap - 3) / 4, 0, 1)
    height = smooth(9 * np.sqrt(np.clip(gap - 2, 0, None) / 12), 1.2) + 0.12 * grain(random, 0.8)
    palette = np.array([[172, 150, 126], [128, 120, 116], [196, 178, 150], [118, 84, 66],
                        [92, 104, 118], [212, 205, 196], [150, 104, 74]]) / 255  # fmt: skip
    tint = palette[random.integers(len(palette), size=len(points))]
    tint = (tint * random.normal(1, 0.08, (len(points), 1)))[owner].reshape(SIDE, SIDE, 3)
    tint *= 1 + 0.06 * grain(random, 1.0)[..., None] + 0.05 * grain(random, 6)[..., None]
    sand = np.array([64, 52, 42]) / 255 * (1 + 0.25 * grain(random, 0.7)[..., None])
    shade = (0.35 + 0.75 * lit(height))[..., None]
    return stone[..., None] * tint * shade + (1 - stone[..., None]) * sand


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


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for seed, picture in enumerate((pebbles, weave)):
        values = picture(np.random.default_rng(seed)).clip(0, 1)
        image = Image.fromarray((values * 255).round().astype(np.uint8))
        image.save(folder / f"{picture.__name__}.jpg", quality=92)


if __name__ == "__main__":
    main()
