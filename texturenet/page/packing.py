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

WIDTHS = {"exact": 4, "half": 2}  # bytes of a number
HEAD = 8  # bytes that say how long the header is
# Letters of base85 that HTML would read as its own, and what stands for them.
SAFE = str.maketrans("<>&", ",/.")


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
    if weights == "exact":
        return data
    net, _ = release.load(path)
    rounded = {name: tensor.half().contiguous() for name, tensor in net.weights().items()}
    if odd := next((name for name, tensor in rounded.items() if not tensor.isfinite().all()), None):
        largest = net.weights()[odd].abs().max().item()
        raise Refused(
            f"{odd} of {path.name} reaches {largest:.0f}; float16 ends at 65504: say weights=exact."
        )
    header = json.loads(data[HEAD : HEAD + int.from_bytes(data[:HEAD], "little")])
    return serialised(rounded, metadata=header["__metadata__"])
