"""Files of strangers: what they claim is held against what they are, before anything is allocated.

Nothing in a file is ever run: pickles are read as tensors and plain containers only, safetensors
hold numbers and text.
"""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from .errors import Refused, reason

MOST_HEADER = 2**22  # bytes of names, shapes and a card
MOST_PICKLED = 2**34  # bytes of a pickle: optimisers of large pictures remember as much
TORN = "cannot be read: it is damaged or truncated"


@contextmanager
def opened(path: Path) -> Iterator[safe_open]:
    """A safetensors file of which nothing but the header has been read. Raises Refused."""
    check_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except SafetensorError as error:
        raise Refused(f"{path} {TORN} ({reason(error)}).") from error


def check_header(path: Path) -> None:
    """Refuse a safetensors file by the first eight bytes: how long its header claims to be."""
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            claimed = int.from_bytes(file.read(8), "little")
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}.") from error
    if claimed > size - 8:
        raise Refused(f"{path} {TORN} ({size} bytes).")
    if claimed > MOST_HEADER:
        raise Refused(f"{path} has a header of {claimed} bytes, more than {MOST_HEADER}.")


def read_pickle(path: Path, most: int = MOST_PICKLED) -> object:
    """What torch.save wrote, tensors on the CPU; refused where it wants to run anything else, is
    larger than `most` bytes or would unpack to more than it holds."""
    try:
        _check_archive(path, most)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on old pickles and TorchScript; they fail or load
            found = torch.load(path, map_location="cpu", weights_only=True)
        check_tensors(found, str(path))
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(
            f"{path} cannot be read: it is damaged, or holds more than tensors."
        ) from error
    return found


def _check_archive(path: Path, most: int) -> None:
    """torch writes archives without compression: what claims to be longer is a bomb."""
    if (size := path.stat().st_size) > most:
        raise Refused(f"{path} has {size} bytes, more than {most}.")
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        claimed = sum(entry.file_size for entry in archive.infolist())
    if claimed > size:
        raise Refused(f"{path} has {size} bytes and would unpack to {claimed}.")


def check_tensors(found: object, source: str) -> None:
    """Refuse tensors that are anything but plain, or larger than the memory that holds them: one
    number can be viewed as a terabyte, which copying it would allocate."""
    seen, left = set(), [found]
    while left:
        item = left.pop()
        if isinstance(item, Tensor):
            plain = item.layout == torch.strided and item.device.type == "cpu"
            plain = plain and not item.is_quantized
            if not plain or item.numel() * item.element_size() > item.untyped_storage().nbytes():
                raise Refused(
                    f"{source} holds a tensor {tuple(item.shape)} that is no plain array."
                )
        elif isinstance(item, (dict, list, tuple)) and id(item) not in seen:
            seen.add(id(item))
            left.extend(item.values() if isinstance(item, dict) else item)
