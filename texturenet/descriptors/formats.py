"""Local files <-> weights: four formats of others, and descriptor files of the project's own.

Nothing in a file is ever run. A descriptor file is a safetensors file whose metadata say what it is
and the fingerprint of its values.
"""

import codecs
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy
import torch
from safetensors.torch import save as serialised
from torch import Tensor

from ..errors import Refused, nearest, reason
from ..io.files import DESCRIPTOR_KEY as KEY
from ..io.files import NET_KEY, user_path, write_whole
from ..io.untrusted import opened, read_pickle
from .base import CONVENTIONS
from .vgg import BLOCKS, POOLINGS, convolution_names
from .weights import FILTERS, Tensors, Weights, architecture_of, check_shapes, checked, flat, paired

FORMAT = 1


def find(name: str) -> Path:
    """A file, or a folder that holds one descriptor. Raises Refused."""
    if (path := user_path(name)).is_dir():
        inside = sorted(path.glob("*.safetensors"))
        if len(inside) == 1:
            return inside[0]
        found = ", ".join(file.name for file in inside) or "none"
        raise Refused(f"{path} is a folder that should hold one .safetensors file, not {found}.")
    if not path.is_file():
        raise Refused(f"there is no weights file {path}.")
    return path


def read(path: Path) -> Weights:
    """A file whose suffix is one of READERS -> its weights. Raises Refused."""
    try:
        if path.suffix == ".safetensors" and (card := read_card(path)) is not None:
            return _read_own(path, card)
        state = READERS[path.suffix](path)
        if not isinstance(state, dict):
            raise Refused(f"{path} holds a {type(state).__name__}, not named weights.")
        convention, tensors = _named(state)
        return checked(architecture_of(tensors), convention, tensors, str(path))
    except Refused:
        raise
    except Exception as error:  # damaged files, and those of other networks, fail in many ways
        raise Refused(f"{path} cannot be read as weights ({reason(error)}).") from error


def save(path: Path, weights: Weights, card: dict) -> Path:
    """Write a descriptor file. card: kind, name, and whatever tells how it was made."""
    facts = {
        "format": FORMAT,
        "architecture": weights.architecture,
        "convention": weights.convention,
        "sha256": weights.sha256,
        **card,
    }
    data = serialised(flat(weights.tensors), metadata={KEY: json.dumps(facts)})
    return write_whole(path, data)


def read_card(path: Path) -> dict | None:
    """What a descriptor file says of itself; None of somebody else's. Raises Refused for a net."""
    with opened(path) as file:
        told = file.metadata() or {}
    if KEY not in told:
        if NET_KEY in told:
            raise Refused(f"{path} is a learnt net, not a descriptor: say model={path.name}.")
        return None
    card = json.loads(told[KEY])
    return card if isinstance(card, dict) else {}


def _read_own(path: Path, card: dict) -> Weights:
    """A descriptor file of which everything has to be as it says."""
    if card.get("format") != FORMAT:
        raise Refused(
            f"{path} is a descriptor of format {str(card.get('format'))[:20]}; this version reads "
            f"{FORMAT}."
        )
    for key, known in (("architecture", [*BLOCKS, FILTERS]), ("convention", list(CONVENTIONS))):
        if (found := card.get(key)) not in known:
            raise Refused(f"{path} has {key} {str(found)[:40]!r}.{nearest(str(found), known)}")
    found = checked(
        card["architecture"],
        card["convention"],
        paired(read_tensors(path, card["architecture"])),
        str(path),
    )
    if found.sha256 != (wanted := str(card.get("sha256"))):
        raise Refused(
            f"{path} is damaged: its weights have SHA-256 {found.sha256[:12]}..., not "
            f"{wanted[:12]}..."
        )
    made = card.get("recipe")
    pooling = made.get("pooling") if isinstance(made, dict) else None
    if pooling not in (None, *POOLINGS):
        raise Refused(f"{path} has pooling {str(pooling)[:40]!r}.{nearest('', POOLINGS)}")
    return replace(found, pooling=pooling)


def read_tensors(path: Path, architecture: str | None = None) -> dict[str, Tensor]:
    """Of a safetensors file those that a network has, by their names there, and only where their
    shapes can be: nothing is read before that is known."""
    with opened(path) as file:
        keys = file.keys()  # not to be iterated over itself
        claimed = {key: torch.empty(file.get_slice(key).get_shape(), device="meta") for key in keys}
        tensors = _named(claimed)[1]
        layers = check_shapes(architecture or architecture_of(tensors), tensors, str(path))
        wanted = {id(part) for layer in layers for part in tensors[layer]}
        return {key: file.get_tensor(key) for key, part in claimed.items() if id(part) in wanted}


def _named(state: dict) -> tuple[str, Tensors]:
    """(convention, tensors by layer) of torchvision's numbered state dict, or one with names."""
    if any(key.startswith("features.") for key in state):
        return "torchvision", by_index(state)
    return "caffe", paired(state)


def by_index(state: dict) -> Tensors:
    """torchvision's features.N.weight, whose order is that of the convolutions -> by name."""
    indices = sorted({int(key.split(".")[1]) for key in state if key.startswith("features.")})
    architecture = next((a for a, b in BLOCKS.items() if sum(b) == len(indices)), "vgg16")
    pairs = [(state[f"features.{i}.weight"], state[f"features.{i}.bias"]) for i in indices]
    return dict(zip(convolution_names(architecture), pairs, strict=False))


def _read_pickle(path: Path) -> object:
    return read_pickle(path, shared=False)


def _read_npy(path: Path) -> dict:
    """vgg19.npy, a pickled {name: [kernel (3,3,I,O), bias]}; the unpickler knows arrays only."""
    with open(path, "rb") as file:
        version = numpy.lib.format.read_magic(file)
        numpy.lib.format.read_array_header_1_0(file) if version == (1, 0) else (
            numpy.lib.format.read_array_header_2_0(file)
        )
        table = _ArraysOnly(file, encoding="latin1").load().item()
    state = {}
    for name, (kernel, bias) in ((k, v) for k, v in table.items() if k.startswith("conv")):
        state[f"{name}.weight"] = torch.tensor(kernel).permute(3, 2, 0, 1)  # HWIO -> OIHW
        state[f"{name}.bias"] = torch.tensor(bias)
    return state


class _Array(numpy.ndarray):
    """What a pickle may have as arrays: filled from its own bytes, never asked for by a shape."""

    def __new__(cls, *given: object, **more: object):
        raise Refused("the file asks for arrays that it does not hold.")


def _empty(kind: type, shape: object, dtype: object) -> numpy.ndarray:
    """numpy's own way of beginning an array that its bytes are put into."""
    if shape != (0,):
        raise Refused("the file asks for arrays that it does not hold.")
    return numpy.ndarray.__new__(_Array, shape, dtype)


class _ArraysOnly(pickle.Unpickler):
    """Arrays and nothing else, so that no file can run code."""

    MADE: ClassVar = {
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): numpy.dtype,
        ("_codecs", "encode"): codecs.encode,
        **{(f"numpy.{core}.multiarray", "_reconstruct"): _empty for core in ("core", "_core")},
    }

    def find_class(self, module: str, name: str):
        if (made := self.MADE.get((module, name))) is None:
            raise Refused(f"the file wants to run {module}.{name}: it is not a file of weights.")
        return made


READERS = {
    ".pth": _read_pickle,
    ".pt": _read_pickle,
    ".npy": _read_npy,
    ".safetensors": read_tensors,
}
