"""{layer name: (kernel (O,I,k,k), bias (O,))}: what descriptors are made of, checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from ..errors import Refused
from .filters import side_of
from .vgg import convolution_names

Tensors = Mapping[str, tuple[Tensor, Tensor]]
FILTERS = "filters"  # the architecture of a `FilterBank`, beside those of VGG
LARGEST_SIDE = 255  # of filters
MOST_MAPS = 4096  # of a layer: eight times as wide as a VGG


@dataclass(frozen=True)
class Weights:
    """Convolutions by name, what the first of them expects, and a fingerprint of their values.

    pooling: the only one that they were made for, if there is one.
    """

    architecture: str
    convention: str
    tensors: dict[str, tuple[Tensor, Tensor]]
    sha256: str
    source: str
    pooling: str | None = None


def fingerprint(tensors: Tensors) -> str:
    """SHA-256 of names and float32 values, the same whatever file they came in."""
    digest = hashlib.sha256()
    for name, pair in sorted(tensors.items()):
        digest.update(name.encode())
        for tensor in pair:
            digest.update(tensor.float().contiguous().numpy().tobytes())
    return digest.hexdigest()


def flat(tensors: Tensors) -> dict[str, Tensor]:
    """-> {conv1_1.weight, conv1_1.bias, ..}, as files have them."""
    state = {}
    for name, (kernel, bias) in tensors.items():
        state |= {f"{name}.weight": kernel.contiguous(), f"{name}.bias": bias.contiguous()}
    return state


def paired(state: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    """{conv1_1.weight, conv1_1.bias, ..} -> {conv1_1: (weight, bias)}."""
    names = {key.removesuffix(".weight") for key in state if key.endswith(".weight")}
    return {n: (state[f"{n}.weight"], state[f"{n}.bias"]) for n in names if f"{n}.bias" in state}


def check_shapes(architecture: str, tensors: Tensors, source: str) -> list[str]:
    """Refuse what cannot be that network: layers wanting or of other shapes -> its layers."""
    wanted = (
        _bank(tensors, source) if architecture == FILTERS else _chain(architecture, tensors, source)
    )
    for name, shape in wanted.items():
        kernel, bias = tensors[name]
        if tuple(kernel.shape[1:]) != shape or bias.shape != kernel.shape[:1] or not len(kernel):
            raise Refused(
                f"{source}: {name} has shape {tuple(kernel.shape)} and bias {tuple(bias.shape)}, "
                f"not (O, {', '.join(map(str, shape))}) and (O,)."
            )
        if len(kernel) > MOST_MAPS:
            raise Refused(f"{source}: {name} has {len(kernel)} maps, more than {MOST_MAPS}.")
    return list(wanted)


def checked(architecture: str, convention: str, tensors: Tensors, source: str) -> Weights:
    """Refuse what cannot be that network: also values that are not finite numbers."""
    kept = {}
    for name in check_shapes(architecture, tensors, source):
        for part in tensors[name]:
            if not part.is_floating_point() or not part.float().isfinite().all():
                raise Refused(f"{source}: {name} holds values that are not finite numbers.")
        kept[name] = tensors[name]
    return Weights(architecture, convention, kept, fingerprint(kept), source)


def _chain(architecture: str, tensors: Tensors, source: str) -> dict[str, tuple[int, int, int]]:
    """The shapes (I,3,3) of a VGG: every layer takes what the one before gives."""
    wanted, channels = {}, 3
    for name in convolution_names(architecture):
        if name not in tensors:
            raise Refused(f"{source} has no {name}: it is not a whole {architecture}.")
        wanted[name] = channels, 3, 3
        channels = len(tensors[name][0])
    return wanted


def _bank(tensors: Tensors, source: str) -> dict[str, tuple[int, int, int]]:
    """The shapes (3,k,k) of filters called conv{k}x{k}, k odd."""
    known = {f"conv{k}x{k}": k for k in range(1, LARGEST_SIDE + 1, 2)}
    odd = next((name for name in tensors if name not in known), None)
    if odd or not tensors:
        raise Refused(f"{source} is no bank of filters: it holds {odd or 'nothing'}.")
    return {name: (3, known[name], known[name]) for name in sorted(tensors, key=side_of)}


def architecture_of(tensors: Tensors) -> str:
    """Which VGG this is, or is meant to be."""
    return "vgg19" if "conv3_4" in tensors else "vgg16"
