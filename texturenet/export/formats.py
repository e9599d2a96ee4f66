"""The formats of `texturenet export`: name -> suffixes, the first of them the usual one, writer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import Refused, nearest
from ..io.files import write_whole
from ..sampling.texture import Texture
from .checking import difference
from .npz_file import npz_bytes
from .onnx_file import onnx_bytes
from .torch_file import torch_bytes


@dataclass(frozen=True)
class Format:
    """suffixes: of its files. bytes_of: texture -> the bytes of a file."""

    suffixes: tuple[str, ...]
    bytes_of: Callable[[Texture], bytes]


FORMATS = {
    "onnx": Format((".onnx",), onnx_bytes),
    "torchscript": Format((".pt", ".ts", ".torchscript"), torch_bytes),
    "npz": Format((".npz",), npz_bytes),
}


def check_suffix(kind: str, path: Path) -> None:
    """Refuse a format that there is not, and a file whose suffix says another."""
    if not isinstance(kind, str) or kind not in FORMATS:
        raise Refused(f"format is {kind!r}.{nearest(str(kind), FORMATS)}")
    if path.suffix.lower() not in (wanted := FORMATS[kind].suffixes):
        others = [name for name, each in FORMATS.items() if path.suffix.lower() in each.suffixes]
        remedy = f": say format={others[0]}, or another out" if others else ""
        raise Refused(
            f"{path.name}: a file of format={kind} ends in {' or '.join(wanted)}{remedy}."
        )


def write(texture: Texture, kind: str, path: Path) -> float | None:
    """Write a texture's net -> how far it is from what the texture draws (`difference`).

    Raises
    ------
    Refused : for a suffix of another format, where onnx is not installed, where the file cannot be
        written, and for a net that draws something else than the texture
    """
    check_suffix(kind, path)
    data = FORMATS[kind].bytes_of(texture)
    far = difference(texture, kind, data)
    write_whole(path, data)
    return far
