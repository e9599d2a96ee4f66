"""Files of data maps (heights, normals, roughness) <-> their numbers, which no profile touches.

A map says numbers, not colours: profiles, gamma chunks and colour spaces of a file are passed over.
Formats: PNG and TIFF, also of 16 bits, JPEG, WebP, and OpenEXR (extra `exr`).
"""

import contextlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ..errors import Refused, reason
from . import colour, map_exr, map_png
from .exemplars import EXR, LARGEST_FILE, MOST_PIXELS, ORIENTATION
from .files import check_memory, write_whole
from .large.png import SIGNATURE
from .pictures import open_image

LONGEST = 16_384  # pixels a side
# By orientation the axes along which a picture is turned round, from 5 on after it is transposed.
FLIPPED = {2: (2,), 3: (1, 2), 4: (1,), 5: (), 6: (2,), 7: (1, 2), 8: (1,)}
WHITE = {8: 255, 16: 65535}  # of whole numbers
MODES = ("grey", "grey and alpha", "RGB", "RGBA")  # by the number of channels
PILLOW = ("JPEG", "PNG", "WEBP")
STARTS = {b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF", b"MM\0+": "TIFF",
          EXR: "EXR"}  # fmt: skip
NO_TIFF = "TIFF maps need: pip install 'texturenet[big]'; or save the map as PNG of 16 bits."


@dataclass(frozen=True)
class MapFile:
    """A map as its file has it.

    Attributes
    ----------
    values : (C,H,W) float32, C from 1 to 4; whole numbers are divided by their white, floating
        point is as it is
    bits : of each number in the file: 8, 16 (also half precision) or 32
    format : "PNG", "JPEG", "WEBP", "TIFF" or "EXR"
    floating : whether they are floating point, of any range
    turned : whether it lay otherwise in its file, and was turned upright by its EXIF orientation
    """

    values: Tensor
    bits: int
    format: str
    floating: bool = False
    turned: bool = False

    @property
    def mode(self) -> str:
        """Which channels there are, in words."""
        return MODES[len(self.values) - 1]


def read_map(path: Path) -> MapFile:
    """Read a map by what its first bytes say it is.

    Raises
    ------
    Refused : for CMYK, palettes of colours, numbers that are NaN or infinite, several pictures,
        more than LONGEST pixels a side or MOST_PIXELS in all, damaged files, and other formats
    """
    start = _start(path)
    name = STARTS.get(start[:4], "PNG" if start.startswith(SIGNATURE) else "other")
    reader = {"TIFF": _read_tiff, "EXR": _read_exr, "PNG": _read_png}.get(name, _read_pillow)
    with _damage_refused(path):
        return reader(path)


def _start(path: Path) -> bytes:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise Refused(f"{path} is not a file.")
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise Refused(f"{path} has {size} bytes, more than {LARGEST_FILE}: use a smaller size.")
        with open(path, "rb") as file:
            start = file.read(16)
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}.") from error
    if not start:
        raise Refused(f"{path} is empty (0 bytes).")
    return start


@contextlib.contextmanager
def _damage_refused(path: Path) -> Iterator[None]:
    try:
        yield
    except (Refused, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise Refused(
            f"{path} is no map that can be read: save it as PNG, TIFF, EXR, JPEG or WebP."
        ) from error
    except Exception as error:  # damaged files fail in as many ways as there are decoders
        raise Refused(f"{path} is damaged ({reason(error)}): get it or save it again.") from error


def _check(path: Path, height: int, width: int, channels: int) -> None:
    """Refuse by what a file claims, before it is decoded."""
    if max(height, width) > LONGEST or height * width > MOST_PIXELS:
        raise Refused(
            f"{path} has {height}x{width} pixels, more than {LONGEST} a side or "
            f"{MOST_PIXELS // 10**6} megapixels: use a smaller size of this set."
        )
    if not 1 <= channels <= 4:
        raise Refused(f"{path} has {channels} channels: save it as grey, RGB or RGBA.")
    # Decoded, turned to channels first, and as floating point.
    check_memory(path, 12 * height * width * channels, f"the {height}x{width} pixels")


def _upright(file: MapFile, orientation: int) -> MapFile:
    """As it is to be seen (Exif 2.32, section 4.6.4, Orientation)."""
    if orientation not in range(2, 9):
        return file
    values = file.values.transpose(1, 2) if orientation > 4 else file.values
    return replace(file, values=values.flip(FLIPPED[orientation]).contiguous(), turned=True)


def _of(path: Path, array: np.ndarray, form: str) -> MapFile:
    """Numbers (H,W) or (H,W,C) of a file."""
    planes = np.moveaxis(np.atleast_3d(array), -1, 0)  # (C,H,W)
    bits = 8 * array.dtype.itemsize
    if array.dtype in (np.uint8, np.uint16):
        values = planes.astype(np.float32) / np.float32(WHITE[bits])
        return MapFile(torch.from_numpy(np.ascontiguousarray(values)), bits, form)
    if array.dtype.kind != "f":
        raise Refused(
            f"{path} holds {array.dtype} numbers: save it with 8 or 16 bits, or floating point."
        )
    with np.errstate(over="ignore"):  # what does not fit is infinite, which is refused
        values = np.ascontiguousarray(planes, np.float32)
    if wrong := int((~np.isfinite(values)).sum()):
        raise Refused(f"{path} holds {wrong} values that are NaN or infinite: replace them first.")
    return MapFile(torch.from_numpy(values), min(bits, 32), form, floating=True)


def _read_pillow(path: Path) -> MapFile:
    """JPEG, WebP, and PNG of up to 8 bits."""
    image = open_image(io.BytesIO(colour.without_profile(path.read_bytes())), PILLOW)
    form, mode = str(image.format).replace("MPO", "JPEG"), image.mode
    if mode == "CMYK":
        raise Refused(f"{path} holds CMYK colours, no numbers: save it as grey or RGB.")
    _check(path, image.height, image.width, len(image.getbands()))
    # What phones write as JPEG can hold a second, smaller picture (MPO): the first is meant.
    if (frames := getattr(image, "n_frames", 1)) > 1 and form != "JPEG":
        raise Refused(f"{path} holds {frames} frames: a map is one still picture.")
    if mode == "P":
        pixels = _of_palette(path, image)
    else:
        pixels = np.array(image.convert("L") if mode == "1" else image)
    return _upright(_of(path, pixels, form), image.getexif().get(ORIENTATION, 1))


def _of_palette(path: Path, image: Image.Image) -> np.ndarray:
    """(H,W): 256 greys are often stored as a palette, which loses nothing; 256 colours are few."""
    pixels = np.array(image.convert("RGB"))
    if (pixels != pixels[..., :1]).any():
        raise Refused(f"{path} holds a palette of colours, no numbers: save it as grey or RGB.")
    return pixels[..., 0]


def _read_png(path: Path) -> MapFile:
    """Of 16 bits by its own chunks."""
    data = path.read_bytes()
    if not map_png.is_png16(data):
        return _read_pillow(path)
    pixels, orientation = map_png.read_png16(data, partial(_check, path))
    return _upright(_of(path, pixels, "PNG"), orientation)


def _read_exr(path: Path) -> MapFile:
    return _of(path, map_exr.read_exr(path, partial(_check, path)), "EXR")


def _read_tiff(path: Path) -> MapFile:
    try:
        import tifffile
    except ImportError as error:
        raise Refused(f"{path}: {NO_TIFF}") from error
    with tifffile.TiffFile(path) as file:
        pages: list[Any] = [page for page in list[Any](file.pages) if not page.is_reduced]
        if len(pages) != 1:
            raise Refused(f"{path} holds {len(pages)} pages: a map is one still picture.")
        page, kind = pages[0], pages[0].photometric.name
        if kind not in ("MINISBLACK", "MINISWHITE", "RGB"):
            raise Refused(f"{path} holds {kind} colours, no numbers: save it as grey or RGB.")
        if page.bitspersample not in (8, 16, 32, 64):
            raise Refused(f"{path} has {page.bitspersample} bits a channel: save it with 8 or 16.")
        _check(path, page.imagelength, page.imagewidth, page.samplesperpixel)
        found = _of(path, _tiff_pixels(path, page), "TIFF")
        found = _upright(found, page.tags.valueof(ORIENTATION, 1))
    if kind == "MINISWHITE":
        return replace(found, values=1 - found.values)
    return found


def _tiff_pixels(path: Path, page: Any) -> np.ndarray:
    """(H,W) or (H,W,C)."""
    try:
        array: np.ndarray = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        raise Refused(
            f"{path} is compressed by {page.compression.name}, which is not read here: save it "
            "without compression, or with that of ZIP (deflate)."
        ) from error
    if page.samplesperpixel > 1 and page.planarconfig == 2:  # its channels apart, (C,H,W)
        array = np.moveaxis(array, 0, -1)
    return array


def write_map(path: Path, values: Tensor, bits: int, record: Mapping | None = None) -> Path:
    """Write a map by the suffix of the path; the same values make the same bytes.

    Parameters
    ----------
    path : .png, .tif, .tiff or .exr
    values : (C,H,W) on [0,1], C from 1 to 4: grey, grey and alpha, RGB, RGBA
    bits : 8 or 16 (PNG, TIFF), rounded to the nearest; 16 or 32 (EXR), as floating point
    record : what the file carries, as JSON

    Raises
    ------
    Refused : for other suffixes and bits, values that are not numbers, a missing extra, and where
        the file cannot be written
    """
    path = Path(path)
    writers = {".png": (_png, (8, 16)), ".tif": (_tiff, (8, 16)), ".exr": (map_exr.exr, (16, 32))}
    suffix = path.suffix.lower().replace(".tiff", ".tif")
    if suffix not in writers:
        raise Refused(f"cannot write a map as {path.name!r}: use .png, .tif or .exr.")
    writer, known = writers[suffix]
    if bits not in known:
        raise Refused(
            f"{path.name} cannot have {bits} bits: use {known[0]} or {known[1]}, or another suffix."
        )
    if values.ndim != 3 or len(values) not in range(1, 5):
        raise Refused(f"a map of the shape {tuple(values.shape)} is none: it is (1 to 4,H,W).")
    if not values.isfinite().all():
        raise Refused("a map was made that holds values that are not numbers: not written.")
    if suffix == ".exr":
        pixels = _interleaved(values, torch.float32).astype(f"f{bits // 8}")
    else:
        pixels = whole_numbers(values, bits)
    return write_whole(path, writer(path, pixels, json.dumps(record) if record else ""))


def _interleaved(values: Tensor, dtype: torch.dtype) -> np.ndarray:
    return np.ascontiguousarray(values.detach().to("cpu", dtype).permute(1, 2, 0).numpy())


def whole_numbers(values: Tensor, bits: int) -> np.ndarray:
    """Values (C,H,W) on [0,1] -> (H,W,C) uint8 or uint16, as files have them; in double precision,
    in which 16 bits are rounded as they are."""
    scaled = _interleaved(values, torch.float64).clip(0, 1) * WHITE[bits]
    return scaled.round().astype(f"u{bits // 8}")


def _png(_: Path, pixels: np.ndarray, text: str) -> bytes:
    return map_png.png(pixels, text)


def _tiff(path: Path, pixels: np.ndarray, text: str) -> bytes:
    try:
        import tifffile
    except ImportError as error:
        raise Refused(f"{path.name}: {NO_TIFF}") from error
    channels = pixels.shape[-1]
    options: dict[str, Any] = {"photometric": "rgb" if channels > 2 else "minisblack"}
    if channels in (2, 4):
        options |= {"extrasamples": ["unassalpha"]}
    if channels > 1:
        options |= {"planarconfig": "contig"}
    options |= {"description": text} if text else {}
    data = io.BytesIO()
    pixels = pixels if channels > 1 else pixels[..., 0]
    tifffile.imwrite(
        data, pixels, compression="zlib", predictor=True, metadata=None, software=False, **options
    )
    return data.getvalue()
