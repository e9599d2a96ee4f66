"""Released files: a frozen pyramid and where it came from <-> one .safetensors; older formats in.

Nothing in a file is ever run: safetensors holds numbers and text, and the state dict of the PyTorch
port of Texture Networks (J. Gutierrez, Pyramid2D) is read with `weights_only`.
"""

import hashlib
import json
import re
from pathlib import Path

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from .errors import Refused, nearest, reason
from .files import DESCRIPTOR_KEY, own_folder, user_path, write_whole
from .files import NET_KEY as KEY
from .foreign import opened, read_pickle
from .frozen import FrozenPyramid, fold_block
from .noise import LAWS
from .pyramid import LARGEST, Architecture
from .waves import Waves

FORMAT = 1
MOST_PORTED = 2**26  # bytes of a state dict of the port, a hundred times what it writes
CAFFE_MEAN = (103.939, 116.779, 123.68)  # BGR, what the port's nets leave out of their pictures


def can_name_files(name: object) -> bool:
    """Whether a net may be called this: no path, no control characters, short enough for a disk."""
    word = isinstance(name, str) and re.fullmatch(r"\w[\w .-]*", name)
    return bool(word) and len(name.encode(errors="replace")) <= 200


def released() -> dict[str, Path]:
    """The nets that came with the project, by name."""
    return {path.stem: path for path in sorted(own_folder("checkpoints").glob("*.safetensors"))}


def find(model: str) -> Path:
    """The name of a released net, or a path -> the file. Raises Refused."""
    nets = released()
    if model in nets:
        return nets[model]
    if (path := user_path(model)).is_file():
        return path
    if path.is_dir():
        inside = sorted(path.glob("*.safetensors"))
        if len(inside) == 1:
            return inside[0]
        found = ", ".join(file.name for file in inside) or "none"
        raise Refused(f"{path} is a folder that should hold one .safetensors file, not {found}.")
    raise Refused(
        f"there is no model {model!r}, neither as a file nor by name.{nearest(model, list(nets))}"
    )


def save(path: Path, net: FrozenPyramid, card: dict) -> Path:
    """Write a released file. card: name, law, and whatever tells where the net came from. Raises
    Refused for weights that are not finite, and where it cannot be written."""
    shape = net.architecture
    facts = {
        "format": FORMAT,
        "architecture": {name: getattr(shape, name) for name in LARGEST},
        **card,
    }
    tensors = {name: tensor.cpu().contiguous() for name, tensor in net.weights().items()}
    _sound(tensors, path)
    return write_whole(path, serialised(tensors, metadata={KEY: json.dumps(facts)}))


def fingerprint(net: FrozenPyramid) -> str:
    """SHA-256 of the weights by name: the same for a net whatever file it came in."""
    digest = hashlib.sha256()
    for name, tensor in sorted(net.weights().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def load(path: Path) -> tuple[FrozenPyramid, dict]:
    """A released file, or the port's state dict -> (net on the CPU, card). Raises Refused."""
    path = Path(path)
    try:
        if path.suffix == ".safetensors":
            return _read_released(path)
        return _read_port(path)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is not a texturenet model ({reason(error)}).") from error


def _read_released(path: Path) -> tuple[FrozenPyramid, dict]:
    with opened(path) as file:
        card = _card(file.metadata() or {}, path)
        architecture = _architecture(card, path)
        shapes = architecture.shapes()
        if odd := sorted(shapes.keys() ^ set(file.keys())):
            raise Refused(f"{path} does not hold the layers it claims: {odd[0]} is wanting or odd.")
        for name, shape in shapes.items():
            if tuple(found := file.get_slice(name).get_shape()) != shape:
                raise Refused(f"{path}: {name} has shape {tuple(found)}, not {shape}.")
        tensors = {name: file.get_tensor(name) for name in shapes}
    return FrozenPyramid(architecture, _sound(tensors, path)), card


def _card(told: dict[str, str], path: Path) -> dict:
    if DESCRIPTOR_KEY in told:
        raise Refused(f"{path} is a descriptor, not a learnt net: say descriptor={path.name}.")
    card = json.loads(told.get(KEY, "null"))
    if not isinstance(card, dict):
        raise Refused(f"{path} is a safetensors file, but not one of texturenet.")
    if card.get("format") != FORMAT:
        found = str(card.get("format"))[:20]
        raise Refused(f"{path} has format {found}; this version reads {FORMAT}.")
    return card


def _architecture(card: dict, path: Path) -> Architecture:
    if not can_name_files(name := card.get("name")):
        raise Refused(f"{path} calls its net {str(name)[:80]!r}, which cannot name a file.")
    claims = card.get("architecture")
    claims = claims if isinstance(claims, dict) else {}
    try:
        architecture = Architecture(**{name: claims.get(name) for name in LARGEST})
    except Refused as refusal:
        raise Refused(f"{path} claims what cannot be: {refusal}") from refusal
    if card.get("law") not in LAWS:
        law = str(card.get("law"))
        raise Refused(f"{path} wants noise of law {law!r}.{nearest(law, list(LAWS))}")
    _check_waves(card, architecture, path)
    return architecture


def waves_of(card: dict) -> Waves | None:
    """The periodic channels that a card tells of."""
    if (told := card.get("waves")) is None:
        return None
    return Waves(told["torus"], tuple(map(tuple, told["vectors"])))


def _check_waves(card: dict, architecture: Architecture, path: Path) -> None:
    try:
        waves = waves_of(card)
    except (Refused, LookupError, TypeError) as error:
        raise Refused(f"{path} claims waves that cannot be ({reason(error)}).") from error
    if waves and waves.channels >= architecture.noise_channels:
        raise Refused(
            f"{path} claims {waves.channels} channels of waves among the "
            f"{architecture.noise_channels} of its noise."
        )
    if waves:
        architecture.check_period(f"{path} claims waves that", waves.torus)


def _sound(tensors: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    for name, tensor in tensors.items():
        # As they will be used: float64 holds numbers that float32 does not.
        if not tensor.is_floating_point() or not tensor.float().isfinite().all():
            raise Refused(f"{path}: {name} holds values that are not finite numbers.")
    return {name: tensor.float() for name, tensor in tensors.items()}


def _read_port(path: Path) -> tuple[FrozenPyramid, dict]:
    """The port's Pyramid2D: cb{k}_1 branches, cb{k}_2 bodies, up{k} joins, running statistics."""
    state = read_pickle(path, MOST_PORTED, shared=False)
    if not isinstance(state, dict) or "last_conv.weight" not in state:
        raise Refused(f"{path} is neither a texturenet model nor the state dict of a Pyramid2D.")
    # Folded in float64, so that only the last rounding is ours.
    state = {key: tensor.double() for key, tensor in state.items()}
    scales = max(int(key[2:].split("_")[0]) for key in state if key.startswith("cb"))
    first = state["cb1_1.conv1.weight"]
    frozen = {}
    for scale in range(scales):
        frozen |= fold_block(f"branch.{scale}", _port_block(state, f"cb{scale + 1}_1"))
        if scale:
            # The port normalises the coarse side of a join only.
            scale_up, shift = _port_norm(state, f"up{scale}.bn")
            ones = torch.ones_like(first[:, 0, 0, 0])  # (step)
            zeros = torch.zeros_like(ones)
            joined = [torch.cat([scale_up, ones]), torch.cat([shift, zeros])]  # (step k + step)
            frozen |= fold_block(f"body.{scale}", _port_block(state, f"cb{scale + 1}_2"), joined)
    # Its pictures are BGR minus the mean, 0-255: the last convolution is linear and takes that in.
    weight, bias = (
        state["last_conv.weight"],
        state["last_conv.bias"] + torch.tensor(CAFFE_MEAN).double(),
    )
    frozen |= {"output.weight": weight.flip(0) / 255, "output.bias": bias.flip(0) / 255}
    architecture = Architecture(scales=scales, step=len(first), noise_channels=first.shape[1])
    card = {"name": path.stem, "law": "uniform", "imported": "Pyramid2D state dict"}
    return FrozenPyramid(architecture, _sound(frozen, path)), card


def _port_norm(state: dict, name: str, eps: float = 1e-5) -> tuple[Tensor, Tensor]:
    scale = state[f"{name}.weight"] * torch.rsqrt(state[f"{name}.running_var"] + eps)
    return scale, state[f"{name}.bias"] - state[f"{name}.running_mean"] * scale


def _port_block(state: dict, name: str) -> list[tuple[Tensor, Tensor]]:
    """(weight, bias) of the three convolutions of a block with their normalisation folded in."""
    block = []
    for index in (1, 2, 3):
        scale, shift = _port_norm(state, f"{name}.bn{index}")
        weight, bias = (state[f"{name}.conv{index}.{part}"] for part in ("weight", "bias"))
        block.append((weight * scale.view(-1, 1, 1, 1), bias * scale + shift))
    return block
