"""What the numbers of a picture file mean as colours: a file and its pixels -> sRGB.

A file says it by an ICC profile (any format), by chunks of PNG, or by EXIF (Adobe RGB of cameras).
Of PNG's chunks one counts, in this order (PNG specification, third edition, section 4.3): cICP,
iCCP, sRGB, gAMA with cHRM. Whatever it is becomes an ICC profile here, and littlecms converts,
relative to white and with black as black. What is sRGB within NEARLY keeps its bytes.
"""

import io
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageCms

from ..errors import abbreviated

DAMAGED = "its colour profile is damaged and was not used"
NEARLY = 2  # of 255: profiles that are called sRGB differ by rounding
SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
LONGEST_PROFILE = 2**24  # bytes, unpacked
INTEROPERABILITY = 0xA005  # the EXIF folder that names Adobe RGB "R03" (DCF, section 5.7)
MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # colour space -> Pillow's mode
FAULTS = (OSError, ImportError, ValueError, ImageCms.PyCMSError)

# (x, y) of white, red, green and blue; H.273 numbers them as cICP does.
D65 = (0.3127, 0.3290)
PRIMARIES = {
    1: (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),  # BT.709, sRGB
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
SRGB_PRIMARIES = PRIMARIES[1]
ADOBE_PRIMARIES = (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB_GAMMA = None  # the curve of sRGB, which is no power
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0, 13: SRGB_GAMMA}  # of H.273's transfer functions
ADOBE_GAMMA = 2.19921875
USUAL_GAMMA = 1 / 2.2  # gAMA of files that mean sRGB and say it for old readers
D50 = (0.9642, 1.0, 0.8249)  # white of ICC profiles, as XYZ
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True)
class Profile:
    """icc: the profile's bytes. name: for notes. grey: the same for greys, where there is one."""

    icc: bytes
    name: str
    grey: "Profile | None" = None

    @cached_property
    def opened(self) -> ImageCms.ImageCmsProfile:
        return ImageCms.ImageCmsProfile(io.BytesIO(self.icc))

    @property
    def space(self) -> str:
        """RGB, GRAY, CMYK or another of ICC's."""
        return self.opened.profile.xcolor_space.strip().upper()


def profile_of(image: Image.Image, data: bytes, notes: list[str]) -> Profile | None:
    """What the colours of a file mean; None for sRGB, which is also what nothing means.

    Parameters
    ----------
    image : the file, opened by Pillow
    data : the file's bytes
    notes : here it is added what could not be used
    """
    if data.startswith(SIGNATURE):
        return _of_chunks(colour_chunks(data), notes)
    if "icc_profile" in image.info:
        return _checked(image.info["icc_profile"], notes)
    with suppress(Exception):  # EXIF is damaged in as many ways as there are cameras
        if image.getexif().get_ifd(INTEROPERABILITY).get(1) == "R03":
            return _named(ADOBE_PRIMARIES, ADOBE_GAMMA, "Adobe RGB (by its EXIF)")
    return None


def converted(image: Image.Image, profile: Profile, notes: list[str]) -> Image.Image:
    """Pixels as the profile means them -> sRGB, RGB or L; unchanged where they are sRGB already.

    Parameters
    ----------
    image : RGB, L or CMYK; L may also have a profile for RGB
    notes : here it is added what was done, or why nothing was
    """
    try:
        if image.mode == "L" and profile.space in ("GRAY", "RGB"):
            curve = grey_curve(profile, notes)
            return image if curve is None else image.point(curve[np.arange(256) * 257].tolist())
        if MODES.get(profile.space) != image.mode:
            notes.append(
                f"its colour profile {profile.name} is for {profile.space}, not for {image.mode}, "
                "and was not used"
            )
            return image
        transform = _transform(profile, image.mode)
        if image.mode == "RGB" and _keeps_colours(transform):
            return image
        made = transform.apply(image)
    except FAULTS:
        notes.append(DAMAGED)
        return image
    notes.append(f"colours converted from {profile.name} to sRGB")
    return made


def grey_curve(profile: Profile, notes: list[str]) -> np.ndarray | None:
    """Greys of 16 bits -> sRGB of 8, as a table (65536,) uint8; None where they are sRGB already
    or the profile is of no use, which is added to the notes."""
    profile, levels = profile.grey or profile, np.arange(2**16)
    try:
        if profile.space == "RGB":  # littlecms has RGB of 8 bits alone
            greys = Image.fromarray(np.arange(256, dtype=np.uint8)[None]).convert("RGB")
            coarse = np.asarray(_transform(profile, "RGB").apply(greys))[0, :, 1]
            values = np.interp(levels / 257, np.arange(256), coarse)
        elif profile.space == "GRAY":
            ramp = Image.fromarray(levels.astype(np.uint16)[None])  # (1,65536), mode I;16
            values = np.asarray(_transform(profile, "I;16").apply(ramp))[0, :, 1]
        else:
            notes.append(
                f"its colour profile {profile.name} is for {profile.space}, not for grey, and was "
                "not used"
            )
            return None
    except FAULTS:
        notes.append(DAMAGED)
        return None
    if np.abs(values - levels / 257).max() <= NEARLY + 0.5:
        return None
    notes.append(f"colours converted from {profile.name} to sRGB")
    return values.round().astype(np.uint8)


def colour_chunks(data: bytes) -> dict[bytes, bytes]:
    """What a PNG says about its colours, by chunk."""
    return {name: data[start + 8 : end - 4] for name, start, end in _chunks(data)}


def without_profile(data: bytes) -> bytes:
    """A PNG without its profile: Pillow would refuse the picture for a fault in that."""
    for name, start, end in _chunks(data):
        if name == b"iCCP":
            return data[:start] + data[end:]
    return data


def _chunks(data: bytes) -> list[tuple[bytes, int, int]]:
    """(name, start, end) of the first chunk of each kind of CHUNKS; they come before the pixels."""
    chunks, start = {}, len(SIGNATURE)
    while data.startswith(SIGNATURE) and start + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if name in (b"IDAT", b"IEND") or end > len(data):
            break
        if name in CHUNKS:
            chunks.setdefault(name, (name, start, end))
        start = end
    return list(chunks.values())


def _of_chunks(chunks: dict[bytes, bytes], notes: list[str]) -> Profile | None:
    if b"cICP" in chunks:
        if profile := _of_code_points(chunks[b"cICP"]):
            return profile
        notes.append("its cICP chunk names colours that are not supported, and was not used")
    if b"iCCP" in chunks and (profile := _checked(_unpacked(chunks[b"iCCP"]), notes)):
        return profile
    if b"sRGB" in chunks or not chunks.keys() & {b"gAMA", b"cHRM"}:
        return None
    return _of_gamma(chunks, notes)


def _of_code_points(chunk: bytes) -> Profile | None:
    """cICP: primaries, transfer, matrix (0: RGB), range (1: full), of H.273."""
    if len(chunk) != 4:
        return None
    primaries, transfer, *rest = chunk
    if rest != [0, 1] or primaries not in PRIMARIES or transfer not in GAMMAS:
        return None
    return _named(PRIMARIES[primaries], GAMMAS[transfer], f"cICP {primaries}/{transfer}")


def _of_gamma(chunks: dict[bytes, bytes], notes: list[str]) -> Profile | None:
    """gAMA: 100000 times the exponent from light to numbers. cHRM: white, red, green, blue."""
    primaries, gamma = SRGB_PRIMARIES, SRGB_GAMMA
    names = [name.decode() for name in (b"gAMA", b"cHRM") if name in chunks]
    try:
        if b"cHRM" in chunks:
            flat = np.array(struct.unpack(">8I", chunks[b"cHRM"])) / 100000
            primaries = tuple(map(tuple, flat.reshape(4, 2).tolist()))
        as_srgb = np.abs(np.subtract(primaries, SRGB_PRIMARIES)).max() < 0.002
        if b"gAMA" in chunks:
            exponent = struct.unpack(">I", chunks[b"gAMA"])[0] / 100000
            if not (as_srgb and abs(exponent - USUAL_GAMMA) < 0.001):
                gamma = 1 / exponent
        return _named(primaries, gamma, " and ".join(names))
    except (struct.error, ArithmeticError, ValueError, np.linalg.LinAlgError):
        notes.append(f"its {' and '.join(names)} chunk is damaged and was not used")
        return None


def _unpacked(chunk: bytes) -> bytes | None:
    """The profile in an iCCP chunk: a name, 0, 0 for deflate, deflated bytes."""
    _, _, packed = chunk.partition(b"\0")
    try:
        unpacked = zlib.decompressobj().decompress(packed[1:], LONGEST_PROFILE)
    except zlib.error:
        return None
    return unpacked if packed[:1] == b"\0" else None


def _checked(icc: bytes | None, notes: list[str]) -> Profile | None:
    """A profile that littlecms opens, with its own name."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(icc or b""))
        name = abbreviated(ImageCms.getProfileDescription(opened).strip())
    except FAULTS:
        notes.append(DAMAGED)
        return None
    return Profile(icc, name or "a profile without a name")


def _transform(profile: Profile, mode: str) -> ImageCms.ImageCmsTransform:
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode == "I;16":  # a table of few points would not do for linear greys
        flags |= ImageCms.Flags.NOOPTIMIZE
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(profile.opened, srgb, mode, "RGB", intent, flags)


def _keeps_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether every colour of a grid stays what it is, within NEARLY."""
    levels = np.arange(0, 256, 15)
    grid = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
    greys = np.arange(256)[:, None].repeat(3, 1)
    probe = np.concatenate([grid, greys])[None].astype(np.uint8)  # (1,n,3)
    made = np.asarray(transform.apply(Image.fromarray(probe)))
    return np.abs(made.astype(int) - probe).max() <= NEARLY


def _named(primaries: tuple, gamma: float | None, name: str) -> Profile:
    """The profile of an RGB space.

    Parameters
    ----------
    primaries : (x, y) of white, red, green and blue
    gamma : exponent from numbers to light, None for sRGB's curve

    Raises
    ------
    ArithmeticError, ValueError, numpy.linalg.LinAlgError : for colours that span nothing, and
        exponents that no picture has
    """
    if gamma is not None and not 0.1 <= gamma <= 10:
        raise ValueError(f"an exponent of {gamma}")
    # ICC.1:2022, section 10.18: a power, or one with a straight line below.
    kind, numbers = (3, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    if gamma is not None:
        kind, numbers = 0, (gamma,)
    curve = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(numbers)
    colorants = [b"XYZ \0\0\0\0" + _fixed(column) for column in _to_d50(primaries).T]
    colours = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True))
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    grey = Profile(_packed(b"GRAY", {b"kTRC": curve}), name)
    return Profile(_packed(b"RGB ", colours | curves), name, grey)


def _packed(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile (version 4) of these tags; ICC.1:2022, section 7."""
    tags = {b"wtpt": b"XYZ \0\0\0\0" + _fixed(D50)} | tags
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    length = start + len(body)
    head = struct.pack(">I4sI4s4s4s", length, b"", 0x04400000, b"mntr", space, b"XYZ ")
    head += struct.pack(">6H4s28x", 2000, 1, 1, 0, 0, 0, b"acsp") + _fixed(D50)
    return head.ljust(128, b"\0") + table + body


def _fixed(numbers) -> bytes:
    """As s15Fixed16Number, four bytes each."""
    whole = np.round(np.asarray(numbers, dtype=np.float64) * 2**16)
    if not (np.abs(whole) < 2**31).all():
        raise ValueError("a number is beyond the format's")
    return whole.astype(">i4").tobytes()


def _to_d50(primaries: tuple) -> np.ndarray:
    """Chromaticities -> XYZ of red, green and blue as columns (3,3), white adapted to D50."""
    white, *colours = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in primaries)
    columns = np.stack(colours, axis=1)
    columns = columns * np.linalg.solve(columns, white)  # which add up to white
    ratio = (BRADFORD @ D50) / (BRADFORD @ white)
    return np.linalg.inv(BRADFORD) @ np.diag(ratio) @ BRADFORD @ columns
