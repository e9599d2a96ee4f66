"""PNG files of data maps with 16 bits a channel <-> their numbers, and those of 8 bits.

Pillow drops the lower half of 16 bits where there is more than grey. Sections are those of the PNG
specification (second edition).
"""

import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from .exemplars import ORIENTATION
from .large.png import SIGNATURE
from .pictures import KEY

# The colour types (section 11.2.2) by channels, and back.
TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
CHANNELS = {kind: channels for channels, kind in TYPES.items()}
LEVEL = 6
BAND = 2**24  # bytes of rows that are filtered at once


def is_png16(data: bytes) -> bool:
    """Whether a PNG file has 16 bits a channel."""
    depth, kind = struct.unpack_from(">BB", data, 24)
    return depth == 16 and kind in CHANNELS


def read_png16(data: bytes, check: Callable[[int, int, int], None]) -> tuple[np.ndarray, int]:
    """Pixels (H,W,C) uint16 as they are stored, and their EXIF orientation. Sections 5.3, 11.2.2
    and 11.2.4.

    check : refuses a height, a width and a number of channels before they are decoded
    """
    width, height, _, kind, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    channels = CHANNELS[kind]
    check(height, width, channels)
    chunks = list(_chunks(data))
    packed = b"".join(body for name, body in chunks if name == b"IDAT")
    unpacked = [
        np.asarray(Image.frombytes(mode, (width, height), packed, "zip", raw, interlaced))
        for mode, raw in _HALVES[channels]
    ]
    pairs = unpacked[0] if len(unpacked) == 1 else np.stack(unpacked, -1)
    pairs = pairs.reshape(height, width, channels, 2).astype(np.uint16)  # the upper half first
    whole: np.ndarray = pairs[..., 0] << 8 | pairs[..., 1]
    return whole, _orientation(chunks)


# What Pillow's decoder is told that 16-bit channels are: pairs of 8-bit channels, as far as there
# are such modes; of three and four channels the upper half, then the lower one.
_HALVES = {
    1: [("LA", "LA")],
    2: [("RGBA", "RGBA")],
    3: [("RGB", "RGB;16B"), ("RGB", "RGB;16L")],
    4: [("RGBA", "RGBA;16B"), ("RGBA", "RGBA;16L")],
}


def _orientation(chunks: list[tuple[bytes, bytes]]) -> int:
    """As the chunk eXIf says it (PNG specification, third edition, section 11.3.4.6)."""
    exif = Image.Exif()
    for name, body in chunks:
        if name == b"eXIf":
            exif.load(body)
    orientation: int = exif.get(ORIENTATION, 1)
    return orientation


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
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


def png(pixels: np.ndarray, text: str = "") -> bytes:
    """A file of pixels (H,W,C), uint8 or uint16, with a text. Sections 5.3, 9, 11.2, 11.3.4.3."""
    height, width, channels = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, TYPES[channels], 0, 0, 0)
    rows = pixels.astype(f">u{bits // 8}").reshape(height, -1).view(np.uint8)
    packer = zlib.compressobj(LEVEL)
    step = max(1, BAND // rows.shape[1])
    packed = [packer.compress(_filtered(rows, top, step, channels * bits // 8))
              for top in range(0, height, step)]  # fmt: skip
    body = b"".join([*packed, packer.flush()])
    said = [(b"tEXt", KEY.encode() + b"\0" + text.encode("ascii"))] if text else []
    chunks = (b"IHDR", header), *said, (b"IDAT", body), (b"IEND", b"")
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
