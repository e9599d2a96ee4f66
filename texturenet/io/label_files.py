"""Pictures of labels: whole numbers from 0 to 255, or colours, of which none may be changed."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import Refused, reason
from .exemplars import LARGEST_FILE, MOST_PIXELS
from .files import check_memory
from .map_files import LONGEST
from .pictures import open_image

FORMATS = ("PNG", "GIF", "BMP")
GREY, PALETTE = ("L", "1"), "P"
HIGHEST = 255


def read_labels(path: Path, colours: bool = False) -> np.ndarray:
    """A picture of labels.

    Parameters
    ----------
    path : a PNG, GIF or BMP file; of a palette the numbers of its entries are the labels
    colours : whether labels are colours

    Returns
    -------
    numbers uint8 (H,W), or colours uint8 (H,W,3)

    Raises
    ------
    Refused : for other formats, of which some change labels; numbers above 255; colours where
        numbers are wanted; what is transparent; damaged files, and more than LONGEST pixels a side
    """
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise Refused(f"{path} has {size} bytes, more than {LARGEST_FILE}: use a smaller size.")
        image = open_image(io.BytesIO(path.read_bytes()), FORMATS)
        _check(path, image)
        return _colours(path, image) if colours else _numbers(path, image)
    except (Refused, MemoryError):
        raise
    except OSError as error:
        if error.strerror:
            raise Refused(f"cannot read {path}: {error.strerror}.") from error
        raise Refused(
            f"{path} is no picture of labels: save it as PNG (JPEG changes labels)."
        ) from error
    except Exception as error:  # damaged files fail in as many ways as there are decoders
        raise Refused(f"{path} is damaged ({reason(error)}): get it or save it again.") from error


def _check(path: Path, image: Image.Image) -> None:
    height, width = image.height, image.width
    if max(height, width) > LONGEST or height * width > MOST_PIXELS:
        raise Refused(
            f"{path} has {height}x{width} labels, more than {LONGEST} a side or "
            f"{MOST_PIXELS // 10**6} million: say a smaller picture and scale=N."
        )
    check_memory(path, 8 * height * width, f"the {height}x{width} labels")


def _numbers(path: Path, image: Image.Image) -> np.ndarray:
    if image.mode == PALETTE:
        return np.array(image)
    if image.mode in GREY:
        return np.array(image).astype(np.uint8)
    if image.mode.startswith("I"):
        values = np.array(image)
        if values.max() > HIGHEST:
            raise Refused(
                f"{path} holds labels up to {values.max()}: they must lie between 0 and {HIGHEST}."
            )
        return values.astype(np.uint8)
    pixels = _colours(path, image)
    if (pixels != pixels[..., :1]).any():
        raise Refused(
            f"{path} holds colours, and labels are given as numbers: give them as colours, "
            "models={'#rrggbb': NAME,..}, or save it as grey or with a palette."
        )
    return pixels[..., 0].copy()


def _colours(path: Path, image: Image.Image) -> np.ndarray:
    if image.mode == PALETTE and "transparency" not in image.info:
        return np.array(image.convert("RGB"))
    pixels = np.array(image.convert("RGBA"))
    if (pixels[..., 3] < HIGHEST).any():
        raise Refused(f"{path} is transparent in parts: give these a label.")
    return pixels[..., :3].copy()
