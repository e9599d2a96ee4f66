"""Renders the materials of the project: python exemplars/materials.py [folder] [name ..]

Each is a function of rendering/surfaces.py of that name: formulas and random numbers, no
photographs. Heights are 16-bit PNG; normals (y up) are exactly their slopes; sizes are 512x512.
"""

import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from rendering.surfaces import bricks, cloth, cobbles, occlusion, planks, plates, slopes

ALL = [cobbles, bricks, planks, cloth, plates]  # in this order: the place is the seed
SEED = 100
QUALITY = 92


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "materials"
    for place, surface in enumerate(ALL):
        if sys.argv[2:] and surface.__name__ not in sys.argv[2:]:
            continue
        written(surface.__name__, rendered(surface, SEED + place), folder)


def rendered(surface, seed: int) -> dict[str, np.ndarray]:
    """All maps of a surface on [0,1]."""
    maps = surface(np.random.default_rng(seed))
    height = maps["height"]
    across, down = slopes(height)
    normal = np.stack([-across, down, np.ones_like(height)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    maps["normal"], maps["occlusion"] = (normal + 1) / 2, occlusion(height)
    maps["height"] = (height - height.min()) / (height.max() - height.min())
    return {name: values.clip(0, 1) for name, values in maps.items()}


def written(name: str, maps: dict[str, np.ndarray], folder: Path) -> None:
    """NAME/NAME_MAP.jpg or .png in that folder."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    for kind, values in maps.items():
        path = place / f"{name}_{'color' if kind == 'colour' else kind}"
        if kind == "height":
            path.with_suffix(".png").write_bytes(png16(values))
            continue
        image = Image.fromarray((values * 255).round().astype(np.uint8))
        image.save(path.with_suffix(".jpg"), quality=QUALITY, subsampling=0)


def png16(values: np.ndarray) -> bytes:
    """Grey of 16 bits; rows as differences from those above."""
    rows = (values * 65535).round().astype(np.int64)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    high = ((rows >> 8) - (above >> 8)) & 255  # bytes are differences by themselves
    low = ((rows & 255) - (above & 255)) & 255
    lines = np.stack([high, low], -1).astype(np.uint8).reshape(len(rows), -1)
    data = b"".join(b"\x02" + line.tobytes() for line in lines)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


if __name__ == "__main__":
    main()
