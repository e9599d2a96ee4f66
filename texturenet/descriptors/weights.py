"""The weights of a descriptor, checked: {layer name: (kernel (O,I,k,k), bias (O,))}."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from ..errors import Refused
from ..types import ConvWeights
from .filters import side_of
from .vgg import convolution_names

Tensors = Mapping[str, ConvWeights]
FILTERS = "filters"  # the architecture of a `FilterBank`, beside those of VGG
LARGEST_SIDE = 255  # of filters, in pixels
MOST_MAPS = 4096  # of a layer: eight times as many as a VGG has


@dataclass(frozen=True)
class Weights:
    """Convolutions by name and what is known of their origin.

    Attributes
    ----------
    architecture : "vgg16", "vgg19" or FILTERS
    convention : a key of `base.CONVENTIONS`, which input the first convolution expects
    tensors : {layer name: (kernel, bias)}, in the order of computation
    sha256 : fingerprint of the values
    source : a name or path, for refusals
    pooling : the only one that they were made for, None for any
    notes : what the user should know of how they were read
    """

    architecture: str
    convention: str
    tensors: dict[str, ConvWeights]
    sha256: str
    source: str
    pooling: str | None = None
    notes: tuple[str, ...] = ()


def checked(architecture: str, convention: str, tensors: Tensors, source: str) -> Weights:
    """Tensors -> weights of that network, without tensors that are none of its layers.

    Raises
    ------
    Refused : for missing layers, other shapes, or values that are not finite numbers
    """
    layers = {}
    for name in check_shapes(architecture, tensors, source):
        for part in tensors[name]:
            if not part.is_floating_point() or not part.float().isfinite().all():
                raise Refused(f"{source}: {name} holds values that are not finite numbers.")
        layers[name] = tensors[name]
    return Weights(architecture, convention, layers, fingerprint(layers), source)


def check_shapes(architecture: str, tensors: Tensors, source: str) -> list[str]:
    """The layers of that network; Refused where one is missing or has another shape."""
    expected = _filter_shapes if architecture == FILTERS else _vgg_shapes
    shapes = expected(architecture, tensors, source)
    for name, shape in shapes.items():
        kernel, bias = tensors[name]
        if tuple(kernel.shape[1:]) != shape or bias.shape != kernel.shape[:1] or not len(kernel):
            raise Refused(
                f"{source}: {name} has shape {tuple(kernel.shape)} and bias {tuple(bias.shape)}, "
                f"not (O, {', '.join(map(str, shape))}) and (O,)."
            )
        if len(kernel) > MOST_MAPS:
            raise Refused(f"{source}: {name} has {len(kernel)} maps, more than {MOST_MAPS}.")
    return list(shapes)


def _vgg_shapes(
    architecture: str, tensors: Tensors, source: str
) -> dict[str, tuple[int, int, int]]:
    """{name: (I,3,3)}: every layer takes as many channels as the one before gives."""
    shapes, channels = {}, 3
    for name in convolution_names(architecture):
        if name not in tensors:
            raise Refused(f"{source} has no {name}: it is not a whole {architecture}.")
        shapes[name] = channels, 3, 3
        channels = len(tensors[name][0])
    return shapes


def _filter_shapes(
    architecture: str, tensors: Tensors, source: str
) -> dict[str, tuple[int, int, int]]:
    """{name: (3,k,k)} of filters named conv{k}x{k}, k odd."""
    sides = {f"conv{k}x{k}": k for k in range(1, LARGEST_SIDE + 1, 2)}
    foreign = next((name for name in tensors if name not in sides), None)
    if foreign or not tensors:
        raise Refused(f"{source} is no bank of filters: it holds {foreign or 'nothing'}.")
    return {name: (3, sides[name], sides[name]) for name in sorted(tensors, key=side_of)}


def architecture_of(tensors: Tensors) -> str:
    """Which VGG these layers are of, by the one that only the larger has."""
    return "vgg19" if "conv3_4" in tensors else "vgg16"


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


def paired(state: Mapping[str, Tensor]) -> dict[str, ConvWeights]:
    """{conv1_1.weight, conv1_1.bias, ..} -> {conv1_1: (weight, bias)}; others are left out."""
    names = {key.removesuffix(".weight") for key in state if key.endswith(".weight")}
    return {n: (state[f"{n}.weight"], state[f"{n}.bias"]) for n in names if f"{n}.bias" in state}
