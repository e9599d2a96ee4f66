"""Tensors (3,H,W), float32 RGB in [0,1] -> picture files; here values become bytes."""

import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, PngImagePlugin
from torch import Tensor

from .errors import Refused
from .files import write_whole


class Kind(NamedTuple):
    """A format that pictures are written in, and the longest side it can hold."""

    format: str
    longest: int
    options: dict


JPEG = Kind("JPEG", 65_500, {"quality": 92})
TIFF = Kind("TIFF", 2**31 - 1, {})
SUFFIXES = {
    ".png": Kind("PNG", 2**31 - 1, {"compress_level": 4}),
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".webp": Kind("WEBP", 16_383, {"quality": 92}),
    ".tif": TIFF,
    ".tiff": TIFF,
}


def save_picture(path: Path, pixels: Tensor, text: dict | None = None) -> Path:
    """Write (3,H,W) or (1,3,H,W) in [0,1] by the suffix of the path; text goes into a PNG as JSON.

    Raises Refused for an unknown suffix and where the file cannot be written.
    """
    path = Path(path)
    check_output(path, *pixels.shape[-2:])
    kind = SUFFIXES[path.suffix.lower()]
    options = dict(kind.options)
    if text and kind.format == "PNG":
        options["pnginfo"] = info = PngImagePlugin.PngInfo()
        info.add_text("texturenet", json.dumps(text))
    # Into memory first: Pillow itself does not notice every short write.
    data = io.BytesIO()
    Image.fromarray(to_bytes(pixels)).save(data, kind.format, **options)
    return write_whole(path, data.getvalue())


def check_output(path: Path, height: int, width: int) -> None:
    """Refuse a file whose suffix is unknown or whose format cannot hold a picture of that size."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise Refused(f"cannot write a picture as {path.name!r}: use {', '.join(SUFFIXES)}.")
    if max(height, width) > kind.longest:
        raise Refused(
            f"{path.name} cannot hold {height}x{width} pixels: {kind.format} ends at "
            f"{kind.longest} a side; use .png or .tif."
        )


def to_bytes(pixels: Tensor) -> np.ndarray:
    """(3,H,W) or (1,3,H,W) in [0,1] -> uint8 (H,W,3), rounded to the nearest."""
    pixels = pixels.reshape(pixels.shape[-3:]).detach().float().clamp(0, 1)
    return (pixels * 255).round().byte().permute(1, 2, 0).cpu().numpy()  # (H,W,3)


def beside(pictures: list[Tensor], gap: int = 8) -> Tensor:
    """Pictures (3,h,w) in one row (3,H,W) on white, centred, with a gap between them."""
    height = max(picture.shape[-2] for picture in pictures)
    width = sum(picture.shape[-1] + gap for picture in pictures) - gap
    row = torch.ones(3, height, width)
    left = 0
    for picture in pictures:
        top = (height - picture.shape[-2]) // 2
        row[:, top : top + picture.shape[-2], left : left + picture.shape[-1]] = picture
        left += picture.shape[-1] + gap
    return row
