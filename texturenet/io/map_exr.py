"""OpenEXR files of data maps <-> their numbers (extra `exr`)."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import Refused

# The channels that are understood, and their order.
NAMES = (("R", "G", "B", "A"), ("R", "G", "B"), ("Y", "A"), ("X", "Y", "Z"), ("Y",))
WRITTEN = {1: "Y", 2: "YA", 3: "RGB", 4: "RGBA"}
MISSING = "OpenEXR files need: pip install 'texturenet[exr]'; or save the map as PNG of 16 bits."


def read_exr(path: Path, check: Callable[[int, int, int], None]) -> np.ndarray:
    """The pixels (H,W,C) that are shown.

    check : refuses a height, a width and a number of channels, before they are decoded
    """
    library = _library(path)
    about = _file(library, path, header_only=True)
    if len(about.parts) != 1:
        raise Refused(f"{path} holds {len(about.parts)} parts: a map is one still picture.")
    header = about.header()
    rows, columns = _shown(path, header)
    names = [channel.name for channel in header["channels"]]
    wanted = _wanted(path, names)
    (left, top), (right, bottom) = _corners(header, "dataWindow")
    stored = bottom - top + 1, right - left + 1
    check(*stored, len(names))
    channels = _file(library, path).channels()
    planes = [channels[name].pixels for name in wanted]
    if any(plane.shape != stored for plane in planes):
        raise Refused(f"{path} has channels of several sizes: save it as plain RGB.")
    return np.stack(planes, -1)[rows, columns]


def _corners(header: Any, name: str) -> list[list[int]]:
    """(column, row) of the first pixel of a window and of the last."""
    return [[int(one) for one in corner] for corner in header[name]]


def _shown(path: Path, header: Any) -> tuple[slice, slice]:
    """Rows and columns of those stored that are shown.

    What is stored (the data window) may reach over what is shown (the display window), as renders
    with overscan do; it may also be a part of it, and the rest is nothing.
    """
    stored, shown = _corners(header, "dataWindow"), _corners(header, "displayWindow")
    if any(stored[0][i] > shown[0][i] or stored[1][i] < shown[1][i] for i in (0, 1)):
        raise Refused(
            f"{path} stores {_size(stored)} pixels (data window), which leave parts of the "
            f"{_size(shown)} that it shows (display window) empty: save it whole."
        )
    columns, rows = (slice(shown[0][i] - stored[0][i], shown[1][i] - stored[0][i] + 1)
                     for i in (0, 1))  # fmt: skip
    return rows, columns


def _size(corners: list[list[int]]) -> str:
    (left, top), (right, bottom) = corners
    return f"{bottom - top + 1}x{right - left + 1}"


def _file(library: Any, path: Path, header_only: bool = False) -> Any:
    """It prints what is wrong with a file, which is said otherwise here."""
    with contextlib.redirect_stdout(None):
        return library.File(str(path), separate_channels=True, header_only=header_only)


def _wanted(path: Path, names: list[str]) -> list[str]:
    """Those of a map, in order: of a layer too, or the only one, whatever it is called."""
    if len(names) == 1:
        return names
    last = {name.rpartition(".")[2]: name for name in names}
    for known in NAMES:
        if set(known) == set(last) and len(last) == len(names):
            return [last[letter] for letter in known]
    raise Refused(f"{path} has the channels {', '.join(names)}: save it as RGB, RGBA or Y alone.")


def _library(path: Path) -> Any:
    try:
        import OpenEXR
    except ImportError as error:
        raise Refused(f"{path}: {MISSING}") from error
    return OpenEXR


def exr(path: Path, pixels: np.ndarray, text: str = "") -> bytes:
    """A file of pixels (H,W,C), float16 or float32. path: what refusals call it. text: comments."""
    library = _library(path)
    header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    header |= {"comments": text} if text else {}
    letters = WRITTEN[pixels.shape[-1]]
    planes = {
        letter: np.ascontiguousarray(pixels[..., index]) for index, letter in enumerate(letters)
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "map.exr"
        library.File(header, planes).write(str(file))
        return file.read_bytes()
