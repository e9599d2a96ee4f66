"""Files of data maps (heights, normals, roughness) <-> their numbers, which no profile touches.

A map says numbers, not colours: profiles, gamma chunks and colour spaces of a file are passed over.
Formats: PNG and TIFF, also of 16 bits, JPEG, WebP, and OpenEXR (extra `exr`).
"""

import contextlib
import io
import struct
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ..errors import Refused, reason
from . import colour
from .exemplars import LARGEST_FILE, MOST_PIXELS, ORIENTATION
from .files import check_memory, write_whole
from .large.png import SIGNATURE
from .pictures import open_image

LONGEST = 16_384  # pixels a side
WHITE = {8: 255, 16: 65535}  # of whole numbers
MODES = ("grey", "grey and alpha", "RGB", "RGBA")  # by the number of channels
PILLOW = ("JPEG", "PNG", "WEBP")
STARTS = {b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF", b"MM\0+": "TIFF",
          b"v/1\1": "EXR"}  # fmt: skip
# The colour types of PNG (section 11.2.2) by channels, and back.
PNG_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
PNG_CHANNELS = {kind: channels for channels, kind in PNG_TYPES.items()}
PNG_LEVEL = 6
BAND = 2**24  # bytes of rows that are filtered at once
# The channels of an EXR that are understood, and their order.
EXR_NAMES = (("R", "G", "B", "A"), ("R", "G", "B"), ("Y", "A"), ("X", "Y", "Z"), ("Y",))
EXR_WRITTEN = {1: "Y", 2: "YA", 3: "RGB", 4: "RGBA"}
NO_EXR = "OpenEXR files need: pip install 'texturenet[exr]'; or save the map as PNG of 16 bits."
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
    """

    values: Tensor
    bits: int
    format: str

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


def _check_upright(path: Path, orientation: int) -> None:
    """Normals that are turned point elsewhere, and whoever wrote them knows whether they were."""
    if orientation in range(2, 9):
        raise Refused(f"{path} is stored turned (orientation {orientation}): save it upright.")


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
    return MapFile(torch.from_numpy(values), min(bits, 32), form)


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
    _check_upright(path, image.getexif().get(ORIENTATION, 1))
    if mode == "P":
        return _of(path, _of_palette(path, image), form)
    return _of(path, np.array(image.convert("L") if mode == "1" else image), form)


def _of_palette(path: Path, image: Image.Image) -> np.ndarray:
    """(H,W): 256 greys are often stored as a palette, which loses nothing; 256 colours are few."""
    pixels = np.array(image.convert("RGB"))
    if (pixels != pixels[..., :1]).any():
        raise Refused(f"{path} holds a palette of colours, no numbers: save it as grey or RGB.")
    return pixels[..., 0]


def _read_png(path: Path) -> MapFile:
    """Of 16 bits by its own chunks: Pillow drops the lower half where there is more than grey.

    The PNG specification (second edition), sections 5.3, 11.2.2 and 11.2.4.
    """
    data = path.read_bytes()
    width, height, depth, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    if depth != 16 or kind not in PNG_CHANNELS:
        return _read_pillow(path)
    channels = PNG_CHANNELS[kind]
    _check(path, height, width, channels)
    packed = b"".join(body for name, body in _png_chunks(data) if name == b"IDAT")
    unpacked = [
        np.asarray(Image.frombytes(mode, (width, height), packed, "zip", raw, interlaced))
        for mode, raw in _PNG_HALVES[channels]
    ]
    pairs = unpacked[0] if len(unpacked) == 1 else np.stack(unpacked, -1)
    pairs = pairs.reshape(height, width, channels, 2).astype(np.uint16)  # the upper half first
    return _of(path, pairs[..., 0] << 8 | pairs[..., 1], "PNG")


# What Pillow's decoder is told that 16-bit channels are: pairs of 8-bit channels, as far as there
# are such modes; of three and four channels the upper half, then the lower one.
_PNG_HALVES = {
    1: [("LA", "LA")],
    2: [("RGBA", "RGBA")],
    3: [("RGB", "RGB;16B"), ("RGB", "RGB;16L")],
    4: [("RGBA", "RGBA;16B"), ("RGBA", "RGBA;16L")],
}


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, place + 8 + length)
        if checksum != zlib.crc32(name + body):
            raise ValueError(f"checksum of {name!r}")
        yield name, body
        if name == b"IEND":
            return
        place += 12 + length
    raise ValueError("it has no end")


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
        _check_upright(path, page.tags.valueof(ORIENTATION, 1))
        _check(path, page.imagelength, page.imagewidth, page.samplesperpixel)
        found = _of(path, _tiff_pixels(path, page), "TIFF")
    if kind == "MINISWHITE":
        return MapFile(1 - found.values, found.bits, "TIFF")
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


def _read_exr(path: Path) -> MapFile:
    library = _openexr(path)
    header = _exr_file(library, path, header_only=True)
    if len(header.parts) != 1:
        raise Refused(f"{path} holds {len(header.parts)} parts: a map is one still picture.")
    low, high = header.header()["dataWindow"]
    names = [channel.name for channel in header.header()["channels"]]
    wanted = _exr_channels(path, names)
    width, height = (int(end) - int(start) + 1 for start, end in zip(low, high, strict=True))
    _check(path, height, width, len(names))
    channels = _exr_file(library, path).channels()
    planes = [channels[name].pixels for name in wanted]
    if any(plane.shape != (height, width) for plane in planes):
        raise Refused(f"{path} has channels of several sizes: save it as plain RGB.")
    return _of(path, np.stack(planes, -1), "EXR")


def _exr_file(library: Any, path: Path, header_only: bool = False) -> Any:
    """It prints what is wrong with a file, which is said otherwise here."""
    with contextlib.redirect_stdout(None):
        return library.File(str(path), separate_channels=True, header_only=header_only)


def _exr_channels(path: Path, names: list[str]) -> list[str]:
    """Those of a map, in order: of a layer too, or the only one, whatever it is called."""
    if len(names) == 1:
        return names
    last = {name.rpartition(".")[2]: name for name in names}
    for known in EXR_NAMES:
        if set(known) == set(last) and len(last) == len(names):
            return [last[letter] for letter in known]
    raise Refused(f"{path} has the channels {', '.join(names)}: save it as RGB, RGBA or Y alone.")


def _openexr(path: Path) -> Any:
    try:
        import OpenEXR
    except ImportError as error:
        raise Refused(f"{path}: {NO_EXR}") from error
    return OpenEXR


def write_map(path: Path, values: Tensor, bits: int) -> Path:
    """Write a map by the suffix of the path; the same values make the same bytes.

    Parameters
    ----------
    path : .png, .tif, .tiff or .exr
    values : (C,H,W) on [0,1], C from 1 to 4: grey, grey and alpha, RGB, RGBA
    bits : 8 or 16 (PNG, TIFF), rounded to the nearest; 16 or 32 (EXR), as floating point

    Raises
    ------
    Refused : for other suffixes and bits, values that are not numbers, a missing extra, and where
        the file cannot be written
    """
    path = Path(path)
    writers = {".png": (_png, (8, 16)), ".tif": (_tiff, (8, 16)), ".exr": (_exr, (16, 32))}
    suffix = path.suffix.lower().replace(".tiff", ".tif")
    if suffix not in writers:
        raise Refused(f"cannot write a map as {path.name!r}: use .png, .tif or .exr.")
    writer, known = writers[suffix]
    if bits not in known:
        raise Refused(
            f"{path.name} cannot have {bits} bits: use {known[0]} or {known[1]}, or another suffix."
        )
    if values.ndim != 3 or len(values) not in PNG_TYPES:
        raise Refused(f"a map of the shape {tuple(values.shape)} is none: it is (1 to 4,H,W).")
    if not values.isfinite().all():
        raise Refused("a map was made that holds values that are not numbers: not written.")
    if suffix == ".exr":
        pixels = _interleaved(values, torch.float32).astype(f"f{bits // 8}")
    else:
        pixels = whole_numbers(values, bits)
    return write_whole(path, writer(path, pixels))


def _interleaved(values: Tensor, dtype: torch.dtype) -> np.ndarray:
    return np.ascontiguousarray(values.detach().to("cpu", dtype).permute(1, 2, 0).numpy())


def whole_numbers(values: Tensor, bits: int) -> np.ndarray:
    """Values (C,H,W) on [0,1] -> (H,W,C) uint8 or uint16, as files have them; in double precision,
    in which 16 bits are rounded as they are."""
    scaled = _interleaved(values, torch.float64).clip(0, 1) * WHITE[bits]
    return scaled.round().astype(f"u{bits // 8}")


def _png(_: Path, pixels: np.ndarray) -> bytes:
    """(H,W,C) uint8 or uint16. The PNG specification (second edition), sections 5.3, 9 and 11.2."""
    height, width, channels = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, PNG_TYPES[channels], 0, 0, 0)
    rows = pixels.astype(f">u{bits // 8}").reshape(height, -1).view(np.uint8)
    packer = zlib.compressobj(PNG_LEVEL)
    step = max(1, BAND // rows.shape[1])
    packed = [packer.compress(_filtered(rows, top, step, channels * bits // 8))
              for top in range(0, height, step)]  # fmt: skip
    body = b"".join([*packed, packer.flush()])
    chunks = (b"IHDR", header), (b"IDAT", body), (b"IEND", b"")
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def _filtered(rows: np.ndarray, top: int, count: int, distance: int) -> bytes:
    """Rows (H,bytes) from `top` on, each by the filter whose differences are smallest.

    Sections 9.2 (filters, of which None, Sub and Up are tried) and 12.8 (how one is chosen).
    """
    some = rows[top : top + count]
    left, above = np.zeros_like(some), np.zeros_like(some)
    left[:, distance:] = some[:, :-distance]
    above[1:] = some[:-1]
    if top:
        above[0] = rows[top - 1]
    tried = [some, some - left, some - above]
    sizes = [np.abs(one.view(np.int8).astype(np.int16)).sum(1, dtype=np.int64) for one in tried]
    best = np.argmin(sizes, axis=0)
    chosen = np.choose(best[:, None], tried)
    return np.concatenate([best[:, None].astype(np.uint8), chosen], 1).tobytes()


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(name))
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def _tiff(path: Path, pixels: np.ndarray) -> bytes:
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
    data = io.BytesIO()
    pixels = pixels if channels > 1 else pixels[..., 0]
    tifffile.imwrite(
        data, pixels, compression="zlib", predictor=True, metadata=None, software=False, **options
    )
    return data.getvalue()


def _exr(path: Path, pixels: np.ndarray) -> bytes:
    library = _openexr(path)
    header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    letters = EXR_WRITTEN[pixels.shape[-1]]
    planes = {
        letter: np.ascontiguousarray(pixels[..., index]) for index, letter in enumerate(letters)
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "map.exr"
        library.File(header, planes).write(str(file))
        return file.read_bytes()
