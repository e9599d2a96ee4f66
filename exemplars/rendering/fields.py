"""What all of them are made of: noise, light, cells, colours."""

import numpy as np

SIDE = 512


def smooth(values, sigma):
    """Gaussian blur on a torus, by Fourier transform; sigma in pixels, or (down, right)."""
    down, right = np.broadcast_to(sigma, 2)
    frequencies = np.fft.fftfreq(SIDE)
    windows = (np.exp(-2 * (np.pi * each) ** 2 * frequencies**2) for each in (down, right))
    return np.fft.ifft2(np.fft.fft2(values) * np.outer(*windows)).real


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


def clouds(random, largest, octaves=5, fall=0.6):
    """Noise of many sizes, each half of the one before: mean 0 and deviation 1."""
    values = sum(fall**k * grain(random, largest / 2**k) for k in range(octaves))
    return (values - values.mean()) / values.std()


def palette(*colours):
    """#rrggbb -> (n,3) on [0,1]."""
    return np.array([[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in colours]) / 255


def mixed(first, second, share):
    """Between two colours or pictures (..,3); share (512,512)."""
    share = np.asarray(share)[..., None]
    return first * (1 - share) + second * share


def step(values, edge, width):
    """0 below an edge, 1 above, smooth over so wide a range."""
    x = np.clip((values - edge) / width + 0.5, 0, 1)
    return x * x * (3 - 2 * x)


def cells(random, points, wander=1.6):
    """Of points (n,2) on the torus: distances to the nearest and the second, and which is nearest,
    (512,512) each. Borders wander by so many pixels."""
    place = np.stack(np.mgrid[:SIDE, :SIDE], -1).reshape(-1, 1, 2).astype(float)
    place += wander * np.stack([grain(random, 4), grain(random, 4)], -1).reshape(-1, 1, 2)
    nearest, owner = np.empty((SIDE * SIDE, 2)), np.empty(SIDE * SIDE, int)
    for start in range(0, SIDE * SIDE, 8192):
        away = np.abs(place[start : start + 8192] - points)
        distance = np.linalg.norm(np.minimum(away, SIDE - away), axis=-1)
        owner[start : start + 8192] = distance.argmin(1)
        nearest[start : start + 8192] = np.partition(distance, 1)[:, :2]
    first, second = nearest.reshape(SIDE, SIDE, 2).transpose(2, 0, 1)
    return first, second, owner.reshape(SIDE, SIDE)


def jittered(random, across, least=0.1):
    """A point in each square of a grid."""
    grid = np.stack(np.meshgrid(*[np.arange(across)] * 2, indexing="ij"), -1).reshape(-1, 2)
    return (grid + random.uniform(least, 1 - least, grid.shape)) * SIDE / across


def patch(centre, radius):
    """Indices of a square on the torus about a point, and how far (down, right) its pixels are."""
    offsets = np.arange(-radius, radius + 1)
    where = np.ix_(*((int(c) + offsets) % SIDE for c in centre))
    down, right = np.meshgrid(*(offsets - c % 1 for c in centre), indexing="ij")
    return where, down, right
