"""Small ICC profiles (version 2), written by the specification and not by the project."""

import struct

import numpy as np

D50 = (0.9642, 1.0, 0.8249)
# Colorants relative to D50, as the profiles of these names have them.
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))
DISPLAY_P3 = (
    (0.51512, 0.2412, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.1571, 0.06657, 0.78407),
)
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
ADOBE_GAMMA = 2.19921875


def light(values):
    """sRGB -> light, both in [0,1]."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def coded(values):
    """Light -> sRGB."""
    values = np.clip(values, 0, 1)
    power = 1.055 * np.maximum(values, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(values <= 0.0031308, 12.92 * values, power)


def in_space(picture, colorants, curve):
    """An sRGB picture (H,W,3) uint8 -> the numbers that mean the same colours in another space."""
    to_xyz, from_xyz = np.array(SRGB).T, np.linalg.inv(np.array(colorants).T)
    linear = light(picture / 255).reshape(-1, 3) @ (from_xyz @ to_xyz).T
    assert linear.min() > -0.01, "a colour that the space does not have"
    return np.round(255 * curve(np.clip(linear, 0, 1))).astype(np.uint8).reshape(picture.shape)


def meant(numbers, colorants, curve):
    """Numbers (H,W,3) uint8 in a space -> sRGB, not rounded; curve: from numbers to light."""
    linear = curve(numbers / 255).reshape(-1, 3) @ np.array(colorants)
    return 255 * coded(linear @ np.linalg.inv(np.array(SRGB))).reshape(numbers.shape)


def rgb_profile(name, colorants, gamma=None):
    """gamma: exponent from numbers to light, None for sRGB's curve."""
    curve = _curve(gamma)
    tags = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, colorants), strict=True))
    return _profile(
        name, b"RGB ", b"XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    )


def grey_profile(name, gamma):
    return _profile(name, b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk_profile(name, lab_of):
    """lab_of: (c, m, y, k) of 0 or 1 -> L, a, b; between them colours are interpolated."""
    corners = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    table = bytearray()
    for corner in corners:
        lightness, a, b = lab_of(*corner)
        table += bytes(round(value) for value in (lightness * 2.55, a + 128, b + 128))
    unit = struct.pack(">9i", *(65536 * (index % 4 == 0) for index in range(9)))
    ramp = bytes(range(256))
    head = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    return _profile(name, b"CMYK", b"Lab ", {b"A2B0": head + unit + 4 * ramp + table + 3 * ramp})


def _curve(gamma):
    if gamma is None:
        table = np.round(65535 * light(np.linspace(0, 1, 1024))).astype(">u2").tobytes()
        return b"curv" + bytes(4) + struct.pack(">I", 1024) + table
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def _xyz(values):
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def _text(text):
    data = text.encode() + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(data)) + data + bytes(78)


def _profile(name, space, connection, tags):
    tags = {b"desc": _text(name), b"cprt": b"text" + bytes(4) + b"CC0\0", b"wtpt": _xyz(D50)} | tags
    start, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for key, data in tags.items():
        table += key + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    kind = b"prtr" if space == b"CMYK" else b"mntr"
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x02200000, kind, space, connection)
    head += struct.pack(">6H4s28x", 2020, 1, 1, 0, 0, 0, b"acsp") + _xyz(D50)[8:]
    return head.ljust(128, b"\0") + table + body
