"""Pictures as damaged disks and enemies make them, and what reading each one costs.

    python bench/reliability/malformed.py

tests/reliability/test_malformed.py reads the same ones.
"""

import io
import random
import resource
import struct
import tempfile
import time
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin

from texturenet.errors import Refused
from texturenet.io.exemplars import load_picture

SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "TIFF": "tif", "BMP": "bmp",
            "GIF": "gif", "PPM": "ppm"}  # fmt: skip
CUTS, FLIPS = 16, 16  # of each format


def picture(height=40, width=56, mode="RGB"):
    rows, columns = np.mgrid[:height, :width]
    colours = np.stack([rows * 5, columns * 4, rows * columns], -1).astype(np.uint8)
    return Image.fromarray(colours).convert(mode)


def encoded(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def pictures():
    """(file name, bytes) of every one, always the same."""
    draw = random.Random(0)
    for kind, suffix in SUFFIXES.items():
        whole = encoded(picture(), kind)
        for share in range(CUTS):
            yield f"cut_{share}.{suffix}", whole[: len(whole) * share // CUTS]
        for number in range(FLIPS):
            damaged = bytearray(whole)
            for _ in range(1 + number // 4):
                damaged[draw.randrange(len(damaged))] = draw.randrange(256)
            yield f"flipped_{number}.{suffix}", bytes(damaged)
        yield f"garbage.{suffix}", whole[:16] + draw.randbytes(500)
        yield f"tail.{suffix}", whole + draw.randbytes(500)
        for other in SUFFIXES.values():
            if other != suffix:
                yield f"is_{suffix}.{other}", whole
    yield from _modes()
    yield from _shapes()
    yield from _bombs()
    yield from _texts()


def _modes():
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16"):
        image = Image.new(mode, (40, 40)) if mode == "I;16" else picture(40, 40).convert(
            "L" if mode in ("I", "F") else "RGB"
        ).convert(mode) if mode != "LAB" else Image.new("LAB", (40, 40))  # fmt: skip
        for kind in ("TIFF", "PNG"):
            try:
                yield f"mode_{mode.replace(';', '')}.{SUFFIXES[kind]}", encoded(image, kind)
            except OSError:
                continue  # there is no such file
    for value in (np.nan, np.inf, -np.inf, 1e38, -1.0):
        numbers = np.full((20, 20), 0.5, np.float32)
        numbers[3, 3] = value
        yield f"number_{value}.tif", encoded(Image.fromarray(numbers), "TIFF")


def _shapes():
    for height, width in ((1, 1), (1, 2000), (2000, 1), (2, 65000), (65000, 2), (3, 3)):
        yield f"strip_{height}x{width}.png", encoded(picture(height, width), "PNG")
    for value in ("black", "white", "red"):
        yield f"all_{value}.png", encoded(Image.new("RGB", (300, 300), value), "PNG")


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, data=b"", more=b"", depth=8, colours=2):
    """A PNG that claims a size, whatever it holds."""
    head = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    body = _chunk(b"IHDR", head) + more + _chunk(b"IDAT", zlib.compress(data))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _bombs():
    for width, height in ((2**31 - 1, 2**31 - 1), (10**6, 10**6), (10_001, 10_001), (0, 0), (0, 9),
                          (2**32 - 1, 1)):  # fmt: skip
        yield f"claims_{width}x{height}.png", png(width, height)
    yield "bomb.png", png(50_000, 50_000, bytes(2**24))
    yield "more_than_claimed.png", png(8, 8, bytes(2**24))
    yield "no_pixels.png", png(100, 100, b"")
    for depth, colours in ((3, 2), (16, 3), (8, 7), (255, 255)):
        yield f"depth_{depth}_{colours}.png", png(8, 8, bytes(500), depth=depth, colours=colours)
    for size in (b"99999999 99999999", b"-5 5", b"0 0", b"1e9 1", b"5", b"\xff\xff"):
        yield f"claims_{size[:4].hex()}.ppm", b"P6 " + size + b" 255 " + bytes(300)
    yield "deep.ppm", b"P6 8 8 99999999 " + bytes(300)
    for width, height in ((2**31 - 1, 2**31 - 1), (-5, 5), (5, -(2**31)), (0, 0)):
        head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        yield f"claims_{width}x{height}.bmp", b"BM" + struct.pack("<IHHI", 200, 0, 0, 54) + head
    yield "claims.gif", b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(50)
    frames = [Image.new("L", (20, 20), level) for level in range(50)]
    yield "frames.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "pages.tif", encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    yield "frames.png", encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    yield "frames.webp", encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    for tag, value in ((256, 2**31), (257, 2**31), (256, 0), (258, 1000), (277, 60000), (259, 7777),
                       (273, 2**31), (262, 999), (339, 99)):  # fmt: skip
        yield f"tag_{tag}_{value}.tif", tagged(tag, value)


def tagged(tag, value):
    """A TIFF of which one number is a lie."""
    data = bytearray(encoded(picture(), "TIFF"))
    start = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[start : start + 2])[0]
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack("<H", data[entry : entry + 2])[0] == tag:
            data[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(data)


def _texts():
    long = zlib.compress(bytes(2**27))
    yield "text_bomb.png", png(8, 8, bytes(200), _chunk(b"zTXt", b"a\0\0" + long))
    yield "profile_bomb.png", png(8, 8, bytes(200), _chunk(b"iCCP", b"a\0\0" + long))
    yield "bad_sum.png", encoded(picture(), "PNG").replace(b"IDAT", b"IDAt")
    for exif in (b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
                 b"\0" * 1000):  # fmt: skip
        yield f"exif_{len(exif)}.jpg", encoded(picture(), "JPEG", exif=exif)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = "x" * 10**6
    yield "description.tif", encoded(picture(), "TIFF", tiffinfo=tags)
    yield "empty.png", b""
    yield "html.png", b"<!doctype html><title>404</title>"
    yield "svg.png", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>"
    yield "eps.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(run) system\n"


def read(path):
    """-> (the refusal, or that it was read; seconds)."""
    started = time.perf_counter()
    try:
        load_picture(str(path))
        answer = "was read"
    except Refused as refusal:
        answer = str(refusal)
    return answer, time.perf_counter() - started


def main():
    with tempfile.TemporaryDirectory() as folder:
        answers = {}
        for name, data in pictures():
            path = Path(folder, name)
            path.write_bytes(data)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            answer, seconds = read(path)
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
            answers[name] = answer, seconds, grown
    taken = sum(answer == "was read" for answer, *_ in answers.values())
    print(f"{len(answers)} pictures: {taken} read, {len(answers) - taken} refused, no tracebacks")
    for what, place, unit in (("longest", 1, "s"), ("most memory", 2, "MB")):
        name = max(answers, key=lambda name: answers[name][place])
        print(f"{what}: {answers[name][place]:.3f} {unit}, {name}: {answers[name][0][:80]}")


if __name__ == "__main__":
    main()
