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

from ..errors import Refused, reason

MOST_HEADER = 2**22  # bytes of names, shapes and a card
MOST_PICKLED = 2**34  # bytes of a pickle: optimisers of large pictures remember as much
MOST_FACTS = 10_000  # words and numbers that tell what a run was
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


def read_pickle(path: Path, most: int = MOST_PICKLED, *, shared: bool = True) -> object:
    """What torch.save wrote, tensors on the CPU; refused where it wants to run anything else, is
    larger than `most` bytes, or makes more of them than it holds. shared: whether tensors may be
    views of the same memory."""
    try:
        _check_archive(path, most)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on old pickles and TorchScript; they fail or load
            found = torch.load(path, map_location="cpu", weights_only=True)
        _check_tensors(found, path, shared)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(
            f"{path} cannot be read: it is damaged, or holds more than tensors."
        ) from error
    return found


def _check_archive(path: Path, most: int) -> None:
    """torch writes archives without compression, and with one directory at the end: what is
    compressed is a bomb, and of two directories every reader may believe another."""
    if (size := path.stat().st_size) > most:
        raise Refused(f"{path} has {size} bytes, more than {most}.")
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        entries, start = archive.infolist(), archive.start_dir
    stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
    claimed = sum(entry.file_size for entry in entries)
    if not stored or claimed > size:
        raise Refused(f"{path} has {size} bytes and would unpack to {claimed}.")
    if _directory_of(path) - {start}:
        raise Refused(f"{path} {TORN}: it holds more than one archive.")


def _directory_of(path: Path) -> set[int]:
    """Where the ends of an archive say that its directory begins: once, and again where it is of
    the kind for more than 4 GB, as torch's always are."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 98))
        tail = file.read()
    found = set()
    if (old := tail.rfind(b"PK\5\6")) >= 0:
        found.add(int.from_bytes(tail[old + 16 : old + 20], "little"))
    if (new := tail.rfind(b"PK\6\6")) >= 0:
        found.discard(2**32 - 1)
        found.add(int.from_bytes(tail[new + 48 : new + 56], "little"))
    return found


def _check_tensors(found: object, path: Path, shared: bool) -> None:
    """Refuse tensors that are anything but plain, larger than the memory that holds them (one
    number can be viewed as a terabyte, which copying it would allocate), or together larger than
    the file (a pickle can ask for memory that nothing fills)."""
    held, each = {}, 0
    for tensor in tensors_in(found):
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
        size, storage = tensor.numel() * tensor.element_size(), None
        if plain and not tensor.is_quantized:
            storage = tensor.untyped_storage()
        if storage is None or size > storage.nbytes():
            raise Refused(f"{path} holds a tensor {tuple(tensor.shape)} that is no plain array.")
        held[storage.data_ptr()] = storage.nbytes()
        each += size
    made = sum(held.values()) if shared else max(each, sum(held.values()))
    if made > (size := path.stat().st_size):
        raise Refused(f"{path} has {size} bytes and would unpack to {made}.")


def tensors_in(found: object) -> Iterator[Tensor]:
    """All in dictionaries, lists and tuples, however deep."""
    seen, left = set(), [found]
    while left:
        item = left.pop()
        if isinstance(item, Tensor):
            yield item
        elif isinstance(item, (dict, list, tuple)) and id(item) not in seen:
            seen.add(id(item))
            left.extend(item.values() if isinstance(item, dict) else item)


def is_plain(facts: object, most: int = MOST_FACTS) -> bool:
    """Whether these are words and numbers in lists and dictionaries, few enough to be compared and
    shown: a short pickle can hold a list of itself many times over."""
    left = [facts]
    for _ in range(most):
        if not left:
            return True
        item = left.pop()
        if isinstance(item, dict):
            left.extend([*item.keys(), *item.values()])
        elif isinstance(item, (list, tuple)):
            left.extend(item)
        elif not isinstance(item, (str, int, float, bool, type(None))):
            return False
        if len(left) > most:
            return False
    return False
