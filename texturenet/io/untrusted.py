"""Files that anybody may have made: what they claim is checked before anything is allocated.

Nothing in a file is ever run: pickles are read as tensors and plain containers only, safetensors
hold numbers and text.
"""

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
MOST_FACTS = 10_000  # words and numbers that describe a run
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
    """What torch.save wrote, with tensors on the CPU.

    Parameters
    ----------
    path : of the file
    most : bytes that it may have
    shared : whether tensors may be views of the same memory

    Raises
    ------
    Refused : where it would run code, is too large, or would unpack to more than it has
    """
    try:
        _check_archive(path, most)
        state = torch.load(path, map_location="cpu", weights_only=True)
        _check_tensors(state, path, shared)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(
            f"{path} cannot be read: it is damaged, or holds more than tensors."
        ) from error
    return state


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
    starts = set()
    if (old := tail.rfind(b"PK\5\6")) >= 0:
        starts.add(int.from_bytes(tail[old + 16 : old + 20], "little"))
    if (new := tail.rfind(b"PK\6\6")) >= 0:
        starts.discard(2**32 - 1)
        starts.add(int.from_bytes(tail[new + 48 : new + 56], "little"))
    return starts


def _check_tensors(state: object, path: Path, shared: bool) -> None:
    """Refuse tensors that are anything but plain, larger than the memory that holds them (one
    number can be viewed as a terabyte, which copying it would allocate), or together larger than
    the file (a pickle can ask for memory that nothing fills)."""
    storages, each = {}, 0
    for tensor in tensors_in(state):
        plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
        size, storage = tensor.numel() * tensor.element_size(), None
        if plain and not tensor.is_quantized:
            storage = tensor.untyped_storage()
        if storage is None or size > storage.nbytes():
            raise Refused(f"{path} holds a tensor {tuple(tensor.shape)} that is no plain array.")
        storages[storage.data_ptr()] = storage.nbytes()
        each += size
    made = sum(storages.values()) if shared else max(each, sum(storages.values()))
    if made > (size := path.stat().st_size):
        raise Refused(f"{path} has {size} bytes and would unpack to {made}.")


def tensors_in(state: object) -> Iterator[Tensor]:
    """All tensors in dictionaries, lists and tuples, however deep."""
    seen, left = set(), [state]
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
