"""A net's file -> text that stands in a page, and the same net in half as many bytes.

The bytes with sign and exponent resemble each other from number to number, the others are chance.
Laid plane by plane a file deflates about twice as well as it does as it is. web/packing.js undoes
all of it.
"""

import base64
import json
import zlib

import numpy as np
from safetensors.torch import save as serialised

from ..errors import Refused
from ..generator import release

HEAD = 8  # bytes that say how long the header is
WIDTHS = {"F16": 2, "BF16": 2, "F32": 4, "F64": 8}  # bytes of a number
# Letters of base85 that HTML would read as its own, and what stands for them.
SAFE = str.maketrans("<>&", ",/.")


def packed_net(data: bytes) -> str:
    """`packed`, by the numbers that a .safetensors file holds."""
    return packed(data, max(map(WIDTHS.__getitem__, _kinds(data))))


def packed(data: bytes, width: int) -> str:
    """A .safetensors file -> text without quotes, spaces and letters that HTML treats as its own.

    The text is base85 (5 letters for 4 bytes) of a zlib stream. In that stand `width`, as one byte,
    and the file: its header as it is, then the first bytes of all its numbers, the second ones ..,
    then what is left over. Any bytes come back as they were, whatever the width.
    """
    start = min(len(data), HEAD + int.from_bytes(data[:HEAD], "little"))
    numbers = np.frombuffer(data, np.uint8, offset=start)
    whole = len(numbers) - len(numbers) % width
    planes = numbers[:whole].reshape(-1, width).T  # (width, numbers)
    laid = bytes([width]) + data[:start] + planes.tobytes() + numbers[whole:].tobytes()
    return base64.b85encode(zlib.compress(laid, 9)).decode().translate(SAFE)


def file_of(model: str, weights: str) -> bytes:
    """The bytes of a released net for a page: exact, its file unchanged; half, the same net with
    weights rounded to float16. Raises Refused."""
    path = release.find(model)
    data = release.plain_file(path)
    if weights == "exact" or _kinds(data) == {"F16"}:
        return data
    net, _ = release.load(path)
    rounded = {name: tensor.half().contiguous() for name, tensor in net.weights().items()}
    if odd := next((name for name, tensor in rounded.items() if not tensor.isfinite().all()), None):
        largest = net.weights()[odd].abs().max().item()
        raise Refused(
            f"{odd} of {path.name} reaches {largest:.0f}; float16 ends at 65504: say weights=exact."
        )
    return serialised(rounded, metadata=_header(data)["__metadata__"])


def _kinds(data: bytes) -> set[str]:
    """Of numbers, that a file holds."""
    return {entry["dtype"] for name, entry in _header(data).items() if name != "__metadata__"}


def _header(data: bytes) -> dict[str, dict[str, str]]:
    """What a file says of itself."""
    return json.loads(data[HEAD : HEAD + int.from_bytes(data[:HEAD], "little")])
