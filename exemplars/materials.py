"""Renders the materials of the project: python exemplars/materials.py [folder] [name ..]

Each is a function of rendering/surfaces.py of that name: formulas and random numbers, no
photographs. Maps are of 512x512 pixels. Normals (y up) are the slopes of the height in pixels, so
that the depth of a surface is that of its numbers; its file has 16 bits and fills the range.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from rendering.surfaces import bricks, cloth, cobbles, occlusion, planks, plates, roof, slopes

ALL = [cobbles, bricks, planks, cloth, plates, roof]  # in this order: the place is the seed
SEED = 100
QUALITY = 92
ROOM = 1_190_000  # bytes of all maps; normals are PNG, or the best JPEG that there is room for


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "materials"
    for place, surface in enumerate(ALL):
        if sys.argv[2:] and surface.__name__ not in sys.argv[2:]:
            continue
        written(surface.__name__, rendered(surface, SEED + place), folder)


def rendered(surface: Callable, seed: int) -> dict[str, np.ndarray]:
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
    """NAME/NAME_MAP.jpg or .png in that folder, in place of those that were there."""
    files = {"color.jpg": coded(maps["colour"], "JPEG", quality=QUALITY)}
    for kind in ("height", "roughness", "occlusion", "metallic"):
        if kind in maps:
            files[f"{kind}.png"] = coded(maps[kind], "PNG", bits=16 if kind == "height" else 8)
    ending, content = normals(maps["normal"], ROOM - sum(map(len, files.values())))
    files[f"normal.{ending}"] = content
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob(f"{name}_*"):
        old.unlink()
    for ending, content in files.items():
        (place / f"{name}_{ending}").write_bytes(content)


def normals(values: np.ndarray, room: int) -> tuple[str, bytes]:
    """The best file of at most so many bytes, with its ending."""
    best = coded(values, "PNG")
    if len(best) <= room:
        return "png", best
    for quality in range(98, QUALITY, -1):
        content = coded(values, "JPEG", quality=quality)
        if len(content) <= room:
            return "jpg", content
    raise ValueError(f"{room} bytes are too few for normals: make the surface smoother.")


def coded(values: np.ndarray, kind: str, bits: int = 8, quality: int = 0) -> bytes:
    """A file of numbers on [0,1]."""
    whole = (values * (2**bits - 1)).round().astype(np.uint8 if bits == 8 else np.uint16)
    how = {"quality": quality, "subsampling": 0} if kind == "JPEG" else {"optimize": True}
    file = io.BytesIO()
    Image.fromarray(whole).save(file, kind, **how)
    return file.getvalue()


if __name__ == "__main__":
    main()
