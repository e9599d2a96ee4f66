"""Picture files -> exemplars (1,3,H,W), float32 sRGB in [0,1], with their origin.

What a file holds besides 8-bit sRGB (rotation, alpha, grey, palette, 16 bits, CMYK, a colour
profile) is converted, and named in `Picture.notes`; what is not a sound still picture is refused.
Of a picture too large to be used whole, only the part or the size that is used is converted.
"""

import hashlib
import io
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ..errors import Refused, nearest, reason
from ..types import Size
from . import colour
from .alpha import covered
from .files import check_memory, own_folder, user_path
from .pictures import open_image

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
EXR = b"v/1\1"  # with which OpenEXR begins
ORIENTATION = 0x0112  # the EXIF tag
BITS, PHOTOMETRIC, PLANAR = 258, 262, 284  # tags of TIFF
LARGEST_FILE = 2**29  # bytes
# A bomb of a few kilobytes can claim gigapixels; no exemplar needs more than this, and
MOST_PIXELS = 100_000_000
# no camera makes more than this, of which a part or a smaller copy can be used, in
MOST_DECODED = 1_000_000_000
BYTES_A_PIXEL = 12  # of memory: decoded, turned upright, converted
CONVERTED = {"L": "grey", "LA": "grey", "1": "black and white", "P": "palette", "PA": "palette",
            "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab", "HSV": "HSV"}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """An exemplar as it is used.

    Attributes
    ----------
    pixels : (1,3,H,W) in [0,1], sRGB
    name : of the file, without its suffix
    sha256 : of the file
    notes : what was converted, and what could not be used
    source : the entry of SOURCES.toml, empty for a user's own
    """

    pixels: Tensor
    name: str
    sha256: str
    notes: tuple[str, ...]
    source: dict

    @property
    def facts(self) -> dict:
        """What is recorded of it with everything that is made from it."""
        origin = {key: self.source[key] for key in ("origin", "licence") if key in self.source}
        size = list(self.pixels.shape[-2:])
        return {"name": self.name, "sha256": self.sha256, "size": size, **origin}


def exemplar_table() -> dict[str, dict]:
    """The project's own exemplars by name, with file, origin and licence."""
    return tomllib.loads((own_folder("exemplars") / "SOURCES.toml").read_text())


def find_exemplar(name: str) -> tuple[Path, dict]:
    """A name of the project's own or the path of any picture -> (path, source). Raises Refused."""
    table = exemplar_table()
    if name in table:
        return own_folder("exemplars") / table[name]["file"], table[name]
    if (path := user_path(name)).exists():
        return path, {}
    hint = "" if path.suffix else nearest(name, list(table))
    raise Refused(f"there is no exemplar {name!r}, neither as a file nor by name.{hint}")


@dataclass(frozen=True)
class PictureFile:
    """A picture file that has been read; `picture` decodes it, as often as it is needed.

    Attributes
    ----------
    path : of the file
    data : its bytes
    source : the entry of SOURCES.toml, empty for a user's own
    alpha : "laid": what is transparent is laid on white. "judged": unless alpha holds something
        else than what is covered, as files of materials do. "ignored": never
    """

    path: Path
    data: bytes
    source: dict
    alpha: Literal["laid", "judged", "ignored"] = "laid"

    @property
    def size(self) -> Size:
        """Height and width of the upright picture, which is not decoded for that."""
        with _damage_refused(self.path):
            image = open_image(io.BytesIO(colour.without_profile(self.data)), FORMATS)
            lying = image.getexif().get(ORIENTATION, 1) in range(5, 9)
            return (image.width, image.height) if lying else (image.height, image.width)

    def picture(
        self, *, crop: list[int] | None = None, side: int | None = None, smallest: int = 1
    ) -> Picture:
        """Crop, then bring the shorter side down to `side`; see `load_picture`."""
        path = self.path
        image, notes = _decode(self, crop, side)
        if side is not None and side < min(image.size):
            ratio = side / min(image.size)
            width, height = (max(1, round(length * ratio)) for length in image.size)
            notes.append(f"resized from {image.height}x{image.width} to {height}x{width}")
            image = _own_size(image, side) or image.resize(
                (width, height), Image.Resampling.LANCZOS
            )
        if min(image.size) < smallest:
            raise Refused(
                f"{path} is {image.height}x{image.width} pixels here: both sides must be at least "
                f"{smallest}; use a smaller `size`, a larger picture, crop or `picture.side`."
            )
        if all(low == high for low, high in image.getextrema()):
            notes.append("of one colour everywhere, from which nothing can be learnt")
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]  # (1,3,H,W)
        digest = hashlib.sha256(self.data).hexdigest()
        return Picture(pixels.float() / 255, path.stem, digest, tuple(notes), self.source)


def open_picture(name: str) -> PictureFile:
    """Read the file of an exemplar's name or of a path. Raises Refused."""
    path, source = find_exemplar(name)
    return PictureFile(path, _read(path), source)


def load_picture(
    name: str, *, crop: list[int] | None = None, side: int | None = None, smallest: int = 1
) -> Picture:
    """Read a picture, crop it, then bring its shorter side down to `side`; nothing is enlarged.

    Parameters
    ----------
    name : of an exemplar of the project's own, or the path of a picture file
    crop : [top, left, height, width] in pixels of the upright file
    side : pixels
    smallest : pixels that both sides have to have in the end

    Raises
    ------
    Refused : for anything but one sound picture of such sides
    """
    return open_picture(name).picture(crop=crop, side=side, smallest=smallest)


def _own_size(image: Image.Image, side: int) -> Image.Image | None:
    """A picture that was enlarged to this one by repeating its pixels, which no filter brings back
    but the mean of them; None where there is none of that side."""
    times, rest = divmod(min(image.size), side)
    if rest or times < 2 or image.width % times or image.height % times:
        return None
    own = image.reduce(times)
    again = own.resize(image.size, Image.Resampling.NEAREST)
    return own if again.tobytes() == image.tobytes() else None


def _read(path: Path) -> bytes:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise Refused(f"{path} is not a file.")
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise Refused(f"{path} has {size} bytes, more than {LARGEST_FILE}.")
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}.") from error
    if not data:
        raise Refused(f"{path} is empty (0 bytes).")
    return data


def _decode(
    file: PictureFile, crop: list[int] | None, side: int | None
) -> tuple[Image.Image, list[str]]:
    """Bytes -> upright 8-bit RGB image, cropped, and notes of what was done. Of a picture of more
    than MOST_PIXELS no more is converted than `crop`, or a copy that is still larger than `side`.
    """
    path, data = file.path, file.data
    with _damage_refused(path):
        image = open_image(io.BytesIO(colour.without_profile(data)), FORMATS)
        _check(image, path, crop, side)
        notes = _depth(image)
        if whole := image.width * image.height <= MOST_PIXELS:
            image.load()
        else:
            notes += _load_large(image, path, crop, side)
        upright = ImageOps.exif_transpose(image)  # a copy, without the tags of a TIFF
        profile = colour.profile_of(image, data, notes)
    if getattr(image, "n_frames", 1) > 1:
        notes.append(f"the first of its {image.n_frames} pictures")
    if image.getexif().get(ORIENTATION, 1) in range(2, 9):
        notes.append("turned upright by its EXIF orientation")
    # Pillow turns 8-bit greys of this kind round by itself.
    white_is_zero = image.mode[:4] == "I;16" and getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == 0
    if crop is not None and not whole:
        upright = _cropped(upright, crop, path, notes)
    rgb = _to_rgb(upright, file, notes, white_is_zero, profile)
    return _cropped(rgb, crop, path, notes) if crop is not None and whole else rgb, notes


@contextmanager
def _damage_refused(path: Path) -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused(f"{path} is too large to open safely ({error}): crop it first.") from error
    except Exception as error:  # damaged files fail in as many ways as there are decoders
        formats = (
            f"{', '.join(FORMATS)} of 8 or 16 bits a channel, or grey of 32-bit floating point"
        )
        if isinstance(error, Image.UnidentifiedImageError):
            if _is_exr(path):
                raise Refused(
                    f"{path} is OpenEXR, and colour is read from pictures of sRGB alone: save it "
                    "as PNG, with 8 bits, as it looks on a screen."
                ) from error
            raise Refused(f"{path} is not a picture that can be read; {formats} can.") from error
        raise Refused(f"{path} is a damaged picture ({reason(error)}).") from error


def _is_exr(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == EXR


def _load_large(
    image: Image.Image, path: Path, crop: list[int] | None, side: int | None
) -> list[str]:
    """Decode a picture of more than MOST_PIXELS, where memory allows; a JPEG of which only a
    smaller copy is used is decoded as such. -> notes"""
    height, width = image.height, image.width
    if crop is None and min(height, width) > side:
        # Twice the side at least, so that what comes after decides how it looks.
        ratio = 2 * side / min(height, width)
        image.draft(None, (round(width * ratio), round(height * ratio)))
    needed = BYTES_A_PIXEL * image.height * image.width
    check_memory(path, needed, f"the {image.height}x{image.width} pixels")
    image.load()
    if (image.height, image.width) == (height, width):
        return []
    return [f"decoded at {image.height}x{image.width} of its {height}x{width} pixels"]


def _depth(image: Image.Image) -> list[str]:
    """What Pillow reduces to 8 bits, by how it is going to decode the file."""
    arguments = image.tile[0][3] if image.tile else ""
    words = arguments if isinstance(arguments, tuple) else (arguments,)
    wide = any(isinstance(word, str) and ";16" in word for word in words)
    wide |= image.format == "PPM" and any(isinstance(w, int) and w > 255 for w in words)
    return ["16 bits a channel reduced to 8"] if wide and image.mode[0] not in "IF" else []


def _check(image: Image.Image, path: Path, crop: list[int] | None, side: int | None) -> None:
    pixels, size = image.width * image.height, f"{image.height}x{image.width} pixels"
    if pixels > MOST_DECODED:
        raise Refused(
            f"{path} has {size}, more than {MOST_DECODED // 10**6} megapixels: crop it first."
        )
    used = pixels
    if crop is not None and len(crop) == 4:
        used = crop[2] * crop[3]
    elif crop is None and side is not None:
        used *= min(1, side / min(image.size)) ** 2
    if used > MOST_PIXELS:
        raise Refused(
            f"{path} has {size}, more than {MOST_PIXELS // 10**6} megapixels: name a part to use, "
            "as picture.crop=[top,left,height,width], or shrink it first."
        )
    tags = getattr(image, "tag_v2", {})  # of a TIFF
    if tags.get(PLANAR) == 2 and set(tags.get(BITS, (8,))) != {8}:
        raise Refused(f"{path} keeps its channels apart, in {tags.get(BITS)} bits: save it as PNG.")
    # What phones write as JPEG can hold a second, smaller picture (MPO): the first is meant.
    if (frames := getattr(image, "n_frames", 1)) > 1 and image.format != "MPO":
        raise Refused(f"{path} holds {frames} frames or pages: an exemplar is one still picture.")


def _to_rgb(
    image: Image.Image,
    file: PictureFile,
    notes: list[str],
    white_is_zero: bool,
    profile: colour.Profile | None,
) -> Image.Image:
    mode = image.mode
    if mode == "F" or mode.startswith("I"):
        return _from_numbers(image, file.path, notes, white_is_zero, profile)
    alpha = None
    if mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        alpha = covered(image.getchannel("A"), file.alpha, notes)
        image = image if alpha else image.convert("RGB")
    if mode in CONVERTED:
        notes.append(f"{CONVERTED[mode]} converted to RGB")
    if profile is not None:
        # What has a profile for greys is grey, also beside transparency.
        mode = "L" if mode in ("L", "LA", "La", "1") else "CMYK" if mode == "CMYK" else "RGB"
        image = colour.converted(image.convert(mode), profile, notes).convert("RGB")
    if alpha is not None:
        image = image.convert("RGBA")
        image.putalpha(alpha)
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _from_numbers(
    image: Image.Image,
    path: Path,
    notes: list[str],
    white_is_zero: bool,
    profile: colour.Profile | None,
) -> Image.Image:
    """Grey values of 16 bits, or of 32 (integer or floating point), -> RGB.

    16 bits have one meaning; for the others white is the least of 1, 255 and 65535 that holds them.
    """
    values = np.array(image, dtype=np.float64)
    if white_is_zero:
        values = 65535 - values
    white = (65535,) if image.mode.startswith("I;16") else (1, 255, 65535)
    if not np.isfinite(values).all():
        raise Refused(
            f"{path} holds {int((~np.isfinite(values)).sum())} values that are NaN or infinite: "
            "replace them first."
        )
    low, high = float(values.min()), float(values.max())
    scale = next((top for top in white if low >= 0 and high <= top), None)
    if scale is None and low == high:
        raise Refused(f"{path} holds {low:g} everywhere: there is nothing to learn from it.")
    if scale is None:
        values = (values - low) / (high - low)
        notes.append(f"grey values from {low:g} to {high:g} stretched to black and white")
    else:
        values = values / scale
        notes.append(f"grey values from {low:g} to {high:g} converted to RGB, {scale} being white")
    curve = None if scale is None or profile is None else colour.grey_curve(profile, notes)
    if curve is None:
        grey = np.round(values * 255).astype(np.uint8)
    else:
        grey = curve[np.round(values * 65535).astype(np.uint16)]
    return Image.fromarray(grey, "L").convert("RGB")


def _cropped(image: Image.Image, crop: list[int], path: Path, notes: list[str]) -> Image.Image:
    if len(crop) != 4:
        raise Refused(f"crop is {list(crop)}: it must be [top, left, height, width].")
    top, left, height, width = crop
    inside = 0 <= top < top + height <= image.height and 0 <= left < left + width <= image.width
    if not inside:
        raise Refused(
            f"crop {list(crop)} ([top, left, height, width]) does not lie inside {path}, "
            f"which is {image.height}x{image.width}."
        )
    notes.append(f"cropped to {height}x{width} at {top},{left}")
    with _damage_refused(path):  # Pillow's own limit of pixels, where a program has lowered it
        return image.crop((left, top, left + width, top + height))


def fingerprint(picture: Tensor) -> str:
    """SHA-256 of the values of a picture, as it is used."""
    return hashlib.sha256(picture.contiguous().numpy().tobytes()).hexdigest()
