"""Tensors (3,H,W), float32 RGB in [0,1] -> picture files, and the project's own files back.

Here values become bytes. Pictures of users are read by `exemplars`.
"""

import io
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image, PngImagePlugin, UnidentifiedImageError
from torch import Tensor

from ..errors import Refused, reason
from .files import write_whole

OWN_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF")  # those that the project writes
KEY = "texturenet"  # the name of a PNG's text
DESCRIPTION = 270  # the tag of TIFF and EXIF that holds text


def exif_text(text: str) -> dict:
    """Options of Pillow's `save` for a text in EXIF."""
    exif = Image.Exif()
    exif[DESCRIPTION] = text
    return {"exif": exif.tobytes()}


def png_text(text: str) -> dict:
    """Options of Pillow's `save` for a text in a PNG."""
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, text)
    return {"pnginfo": info}


class Kind(NamedTuple):
    """A format that pictures are written in, the longest side it can hold, its options, and how it
    takes a text."""

    format: str
    longest: int
    options: dict
    text: Callable[[str], dict]
    exact: bool = True


JPEG = Kind("JPEG", 65_500, {"quality": 92}, lambda text: {"comment": text}, exact=False)
TIFF = Kind("TIFF", 2**31 - 1, {}, lambda text: {"description": text})
LONG = "PNG", "TIFF"  # no other format holds longer sides
SUFFIXES = {
    ".png": Kind("PNG", 2**31 - 1, {"compress_level": 4}, png_text),
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".webp": Kind("WEBP", 16_383, {"quality": 92}, exif_text, exact=False),
    ".tif": TIFF,
    ".tiff": TIFF,
}


def save_picture(path: Path, pixels: Tensor, text: dict | None = None) -> Path:
    """Write a picture by the suffix of the path.

    Parameters
    ----------
    path : of the file, with a suffix of SUFFIXES
    pixels : (3,H,W) or (1,3,H,W) in [0,1]
    text : what the file carries, as JSON

    Raises
    ------
    Refused : for an unknown suffix, a size that the format cannot hold, values that are not
        numbers, and where the file cannot be written
    """
    check_output(Path(path), *pixels.shape[-2:])
    return save_bytes(Path(path), to_bytes(pixels), text)


def save_bytes(path: Path, pixels: np.ndarray, text: dict | None = None) -> Path:
    """The same for (H,W,3) uint8, of a suffix and size that `check_output` lets pass."""
    kind = SUFFIXES[path.suffix.lower()]
    options = kind.options | (kind.text(json.dumps(text)) if text else {})
    # Into memory first: Pillow itself does not notice every short write.
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, kind.format, **options)
    return write_whole(path, data.getvalue())


def read_text(path: Path) -> str | None:
    """The text that a picture or animation file carries, None if there is none. Raises Refused."""
    with opened_picture(path) as image:
        text = image.info.get(KEY) or image.info.get("comment")
        text = text or getattr(image, "tag_v2", {}).get(DESCRIPTION)
        text = text or image.getexif().get(DESCRIPTION)
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return text if isinstance(text, str) else None


def read_size(path: Path) -> tuple[int, int]:
    """(height, width) that a picture file says it has. Raises Refused."""
    with opened_picture(path) as image:
        return image.size[::-1]


def read_bytes(path: Path) -> np.ndarray:
    """A picture file -> uint8 (H,W,3). Raises Refused."""
    with opened_picture(path) as image:
        return np.asarray(image.convert("RGB"))


@contextmanager
def opened_picture(path: Path) -> Iterator[Image.Image]:
    """A picture file as Pillow's, however many pixels it says it has; faults as Refused."""
    try:
        with open(path, "rb") as file:
            yield open_image(file, OWN_FORMATS)
    except (Refused, MemoryError):
        raise
    except Exception as error:  # damaged files fail in as many ways as there are decoders
        raise Refused(f"{path} cannot be read as a picture ({reason(error)}).") from error


def open_image(file: BinaryIO, formats: Sequence[str]) -> Image.Image:
    """`PIL.Image.open` without its limit of pixels, which is one for all threads of a program; to
    check the size is for the caller.

    Parameters
    ----------
    file : opened for reading, which it stays
    formats : Pillow's names of those that are read

    Raises
    ------
    PIL.UnidentifiedImageError : for a file of none of the formats
    """
    Image.init()
    start = file.read(16)
    for name in formats:
        factory, accepts = Image.OPEN[name]
        accepted = accepts is None or accepts(start)
        if not accepted or isinstance(accepted, str):  # a reason why it cannot be read
            continue
        try:
            file.seek(0)
            return factory(file, "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue  # as Pillow does: another format may read it
    raise UnidentifiedImageError("no format that is read here")


def check_output(path: Path, height: int, width: int) -> None:
    """Refuse a file whose suffix is unknown or whose format cannot hold a picture of that size."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise Refused(f"cannot write a picture as {path.name!r}: use {', '.join(SUFFIXES)}.")
    if max(height, width) > kind.longest:
        remedy = "say a smaller size" if kind.format in LONG else "use .png or .tif"
        raise Refused(
            f"{path.name} cannot hold {height}x{width} pixels: {kind.format} ends at "
            f"{kind.longest} a side; {remedy}."
        )


def to_bytes(pixels: Tensor) -> np.ndarray:
    """(3,H,W) or (1,3,H,W) in [0,1] -> uint8 (H,W,3), rounded to the nearest. Raises Refused for
    what is no number, of which a byte could be anything."""
    pixels = pixels.reshape(pixels.shape[-3:]).detach().float().clamp(0, 1)
    if pixels.isnan().any():
        raise Refused("a picture was made that holds values that are not numbers: not written.")
    return (pixels * 255).round().byte().permute(1, 2, 0).contiguous().cpu().numpy()  # (H,W,3)
