"""Local files <-> weights: four formats of other projects, and descriptor files of this one.

No code in a file is ever run. A descriptor file is a safetensors file whose metadata name its
architecture, its convention and the fingerprint of its values.
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
    """The path of a file, or of the one .safetensors file in a folder; Refused if there is none."""
    if (path := user_path(name)).is_dir():
        files = sorted(path.glob("*.safetensors"))
        if len(files) == 1:
            return files[0]
        names = ", ".join(file.name for file in files) or "none"
        raise Refused(f"{path} is a folder that should hold one .safetensors file, not {names}.")
    if not path.is_file():
        raise Refused(f"there is no weights file {path}.")
    return path


def read(path: Path) -> Weights:
    """The weights in a file whose suffix is one of READERS.

    Raises
    ------
    Refused : for a damaged file, one of another network, or one of this project that does not
        match its own metadata
    """
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
    """Write a descriptor file. card: kind, name, and how it was made; plain values."""
    metadata = {
        "format": FORMAT,
        "architecture": weights.architecture,
        "convention": weights.convention,
        "sha256": weights.sha256,
        **card,
    }
    data = serialised(flat(weights.tensors), metadata={KEY: json.dumps(metadata)})
    return write_whole(path, data)


def read_card(path: Path) -> dict | None:
    """The card of a descriptor file; None for a file of another project, Refused for a net."""
    with opened(path) as file:
        metadata = file.metadata() or {}
    if KEY not in metadata:
        if NET_KEY in metadata:
            raise Refused(f"{path} is a learnt net, not a descriptor: say model={path.name}.")
        return None
    card = json.loads(metadata[KEY])
    return card if isinstance(card, dict) else {}


def _read_own(path: Path, card: dict) -> Weights:
    """A descriptor file, refused where it does not match its own card."""
    if card.get("format") != FORMAT:
        raise Refused(
            f"{path} is a descriptor of format {str(card.get('format'))[:20]}; this version reads "
            f"{FORMAT}."
        )
    allowed = {"architecture": [*BLOCKS, FILTERS], "convention": list(CONVENTIONS)}
    for key, values in allowed.items():
        if (value := card.get(key)) not in values:
            raise Refused(f"{path} has {key} {str(value)[:40]!r}.{nearest(str(value), values)}")
    weights = checked(
        card["architecture"],
        card["convention"],
        paired(read_tensors(path, card["architecture"])),
        str(path),
    )
    if weights.sha256 != (recorded := str(card.get("sha256"))):
        raise Refused(
            f"{path} is damaged: its weights have SHA-256 {weights.sha256[:12]}..., not "
            f"{recorded[:12]}..."
        )
    recipe = card.get("recipe")
    pooling = recipe.get("pooling") if isinstance(recipe, dict) else None
    if pooling not in (None, *POOLINGS):
        raise Refused(f"{path} has pooling {str(pooling)[:40]!r}.{nearest('', POOLINGS)}")
    return replace(weights, pooling=pooling)


def read_tensors(path: Path, architecture: str | None = None) -> dict[str, Tensor]:
    """The tensors of a network in a safetensors file, by their names there. Shapes are checked
    before any values are read; architecture None: by the names of the layers."""
    with opened(path) as file:
        keys = file.keys()  # not to be iterated over itself
        shapes = {key: torch.empty(file.get_slice(key).get_shape(), device="meta") for key in keys}
        tensors = _named(shapes)[1]
        layers = check_shapes(architecture or architecture_of(tensors), tensors, str(path))
        parts = {id(part) for layer in layers for part in tensors[layer]}
        return {key: file.get_tensor(key) for key, part in shapes.items() if id(part) in parts}


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
        if version == (1, 0):
            numpy.lib.format.read_array_header_1_0(file)
        else:
            numpy.lib.format.read_array_header_2_0(file)
        table = _ArraysOnly(file, encoding="latin1").load().item()
    state = {}
    for name in filter(lambda name: name.startswith("conv"), table):
        kernel, bias = table[name]
        state[f"{name}.weight"] = torch.tensor(kernel).permute(3, 2, 0, 1)  # HWIO -> OIHW
        state[f"{name}.bias"] = torch.tensor(bias)
    return state


class _Array(numpy.ndarray):
    """The array type of a pickle: filled from bytes of the file, never allocated by a shape."""

    def __new__(cls, *given: object, **more: object):
        raise Refused("the file asks for arrays that it does not hold.")


def _empty(kind: type, shape: object, dtype: object) -> numpy.ndarray:
    """The empty array that numpy's pickles begin with and put their bytes into."""
    if shape != (0,):
        raise Refused("the file asks for arrays that it does not hold.")
    return numpy.ndarray.__new__(_Array, shape, dtype)


class _ArraysOnly(pickle.Unpickler):
    """Reads arrays and nothing else, so that no file can run code."""

    ALLOWED: ClassVar = {
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): numpy.dtype,
        ("_codecs", "encode"): codecs.encode,
        **{(f"numpy.{core}.multiarray", "_reconstruct"): _empty for core in ("core", "_core")},
    }

    def find_class(self, module: str, name: str):
        if (made := self.ALLOWED.get((module, name))) is None:
            raise Refused(f"the file wants to run {module}.{name}: it is not a file of weights.")
        return made


READERS = {
    ".pth": _read_pickle,
    ".pt": _read_pickle,
    ".npy": _read_npy,
    ".safetensors": read_tensors,
}
