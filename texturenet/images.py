"""Picture files <-> tensors (1,3,H,W), float32 RGB in [0,1]; no other room knows PIL or uint8.

What a file holds besides 8-bit RGB (rotation, alpha, grey, palette, 16 bits, CMYK) is converted and
said in `Picture.notes`; what is not a sound still picture is refused.
"""

import hashlib
import io
import json
import tomllib
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, PngImagePlugin
from torch import Tensor

from .errors import Refused, nearest
from .files import own_folder, written_whole

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM")
SUFFIXES = {".png": {"compress_level": 4}, ".jpg": {"quality": 92}, ".jpeg": {"quality": 92},
            ".webp": {"quality": 92}, ".tif": {}, ".tiff": {}}  # fmt: skip
# A bomb of a few kilobytes can claim gigapixels; no exemplar needs more than this.
MOST_PIXELS = 100_000_000


@dataclass(frozen=True)
class Picture:
    """pixels (1,3,H,W) in [0,1]; notes: what was converted; source: what SOURCES.toml knows."""

    pixels: Tensor
    name: str
    sha256: str
    notes: tuple[str, ...]
    source: dict


def exemplar_table() -> dict[str, dict]:
    """The project's own exemplars by name, with file, origin and licence."""
    return tomllib.loads((own_folder("exemplars") / "SOURCES.toml").read_text())


def find_exemplar(name: str) -> tuple[Path, dict]:
    """A name of the project's own or the path of any picture -> (path, source). Raises Refused."""
    if (path := Path(name).expanduser()).is_file():
        return path, {}
    table = exemplar_table()
    if name in table:
        return own_folder("exemplars") / table[name]["file"], table[name]
    hint = "" if path.suffix else nearest(name, list(table))
    raise Refused(f"there is no exemplar {name!r}, neither as a file nor by name.{hint}")


def load_picture(
    name: str, *, crop: list[int] | None = None, side: int | None = None, smallest: int = 1
) -> Picture:
    """Read an exemplar by name or path; crop it, then bring its shorter side down to `side`.

    crop: [top, left, height, width] in pixels of the upright file. Nothing is ever enlarged.
    Raises Refused for anything but one sound picture with sides of at least `smallest`.
    """
    path, source = find_exemplar(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}.") from error
    image, notes = _decode(data, path)
    if crop is not None:
        image = _cropped(image, crop, path)
        notes.append(f"cropped to {image.height}x{image.width} at {crop[0]},{crop[1]}")
    if side and side < min(image.size):
        ratio = side / min(image.size)
        width, height = (max(1, round(length * ratio)) for length in image.size)
        notes.append(f"resized from {image.height}x{image.width} to {height}x{width}")
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    if min(image.size) < smallest:
        raise Refused(
            f"{path} is {image.height}x{image.width} pixels here: both sides must be at least "
            f"{smallest}; use a larger picture, or a smaller `size`."
        )
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]  # (1,3,H,W)
    digest = hashlib.sha256(data).hexdigest()
    return Picture(pixels.float() / 255, path.stem, digest, tuple(notes), source)


def _decode(data: bytes, path: Path) -> tuple[Image.Image, list[str]]:
    """Bytes -> upright 8-bit RGB image, and what had to be done."""
    if not data:
        raise Refused(f"{path} is empty (0 bytes).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own bomb warning; the limit is ours, below
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            _check(image, path)
            depth = str(image.tile[0][3] if image.tile else "")
            image.load()
            upright = ImageOps.exif_transpose(image)
    except Refused:
        raise
    except Image.DecompressionBombError as error:
        raise Refused(f"{path} is too large to open safely ({error}).") from error
    except Exception as error:  # damaged files fail in as many ways as there are decoders
        what = (
            "is not a picture" if isinstance(error, Image.UnidentifiedImageError) else "is damaged"
        )
        raise Refused(
            f"{path} {what} that can be read ({_line(error)}); {', '.join(FORMATS)} are."
        ) from error
    notes = ["turned upright by its EXIF orientation"] if upright.size != image.size or (
        image.getexif().get(0x0112, 1) != 1) else []  # fmt: skip
    if "16" in depth and image.mode == "RGB":
        notes.append("16 bits a channel reduced to 8")
    return _to_rgb(upright, path, notes), notes


def _check(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise Refused(
            f"{path} has {image.height}x{image.width} pixels, more than {MOST_PIXELS // 10**6} "
            "megapixels: crop or shrink it first."
        )
    if (frames := getattr(image, "n_frames", 1)) > 1:
        raise Refused(f"{path} holds {frames} frames or pages: an exemplar is one still picture.")


def _to_rgb(image: Image.Image, path: Path, notes: list[str]) -> Image.Image:
    mode = image.mode
    if mode == "F" or mode.startswith("I"):
        return _from_numbers(np.array(image, dtype=np.float64), path, notes)
    if mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        if image.getextrema()[3][0] < 255:
            notes.append("transparent parts laid on white")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    said = {"L": "grey", "LA": "grey", "1": "black and white", "P": "palette", "PA": "palette",
            "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab", "HSV": "HSV"}  # fmt: skip
    if mode in said:
        notes.append(f"{said[mode]} converted to RGB")
    return image.convert("RGB")


def _from_numbers(values: np.ndarray, path: Path, notes: list[str]) -> Image.Image:
    """16- and 32-bit integer or float grey values -> RGB, by range."""
    if not np.isfinite(values).all():
        raise Refused(
            f"{path} holds {int((~np.isfinite(values)).sum())} values that are NaN or infinite: "
            "replace them first."
        )
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1 and not (values == values.round()).all():
        notes.append("floating-point grey converted to RGB")
    elif low >= 0 and high <= 65535 and (values == values.round()).all():
        values = values / 65535
        notes.append("16-bit grey converted to 8-bit RGB")
    else:
        values = (values - low) / max(high - low, 1e-12)
        notes.append(f"grey values from {low:g} to {high:g} stretched to black and white")
    grey = np.round(values * 255).astype(np.uint8)
    return Image.fromarray(grey, "L").convert("RGB")


def _cropped(image: Image.Image, crop: list[int], path: Path) -> Image.Image:
    if len(crop) != 4:
        raise Refused(f"crop is {list(crop)}: it must be [top, left, height, width].")
    top, left, height, width = crop
    inside = 0 <= top < top + height <= image.height and 0 <= left < left + width <= image.width
    if not inside:
        raise Refused(
            f"crop {list(crop)} ([top, left, height, width]) does not lie inside {path}, "
            f"which is {image.height}x{image.width}."
        )
    return image.crop((left, top, left + width, top + height))


def save_picture(path: Path, pixels: Tensor, text: dict | None = None) -> Path:
    """Write (3,H,W) or (1,3,H,W) in [0,1] by the suffix of the path; text goes into a PNG as JSON.

    Raises Refused for an unknown suffix and where the file cannot be written.
    """
    path = Path(path)
    if (suffix := path.suffix.lower()) not in SUFFIXES:
        raise Refused(f"cannot write a picture as {path.name!r}: use {', '.join(SUFFIXES)}.")
    options = dict(SUFFIXES[suffix])
    if text and suffix == ".png":
        options["pnginfo"] = info = PngImagePlugin.PngInfo()
        info.add_text("texturenet", json.dumps(text))
    with written_whole(path) as aside:
        Image.fromarray(to_bytes(pixels)).save(aside, **options)
    return path


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


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100].replace(" <_io.BytesIO", "")
