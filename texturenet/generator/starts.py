"""Starts: weights that trainings begin from and that draw no texture yet <-> their files.

A start is the state of a `PyramidGenerator` before anything is frozen: weights, and scales and
shifts of its norms, in half precision. Its files lie in checkpoints/start, apart from the nets that
can be sampled.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as serialised
from torch import Tensor

from ..errors import Refused, reason
from ..io.files import START_KEY as KEY
from ..io.files import own_folder, write_whole
from ..io.untrusted import opened
from ..noise.laws import LAWS
from .architecture import Architecture
from .frozen import finite_weights
from .trainable import PyramidGenerator
from .unfolding import reads_noise

FORMAT = 1
STORED = ("mean", "var", "calibrated")  # of a state; measured later, in training


@dataclass(frozen=True)
class Start:
    """name, architecture, law : as of a released net
    weights : float32, as `state_of` names them
    fingerprint : SHA-256 of them, by which its children are kin
    """

    name: str
    architecture: Architecture
    law: str
    weights: dict[str, Tensor]
    fingerprint: str


def starts() -> dict[str, Path]:
    """Those that came with the project, by name."""
    folder = own_folder("checkpoints") / "start"
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}


def state_of(net: PyramidGenerator) -> dict[str, Tensor]:
    """What a start keeps of a net: all but statistics."""
    state = net.state_dict()
    return {name: state[name] for name in state if name.rsplit(".", 1)[-1] not in STORED}


def save_start(
    path: Path, net: PyramidGenerator, name: str, law: str, facts: dict[str, Any]
) -> Path:
    """Write one. facts: where it came from, as far as JSON holds it."""
    told: dict[str, Any] = {"format": FORMAT, "name": name, "law": law, **facts}
    told["architecture"] = net.architecture.facts()
    halves = {key: tensor.half().contiguous() for key, tensor in state_of(net).items()}
    finite_weights(halves, path)
    return write_whole(path, serialised(halves, metadata={KEY: json.dumps(told)}))


def is_start(path: Path) -> bool:
    """Whether a file says that it is one."""
    if path.suffix != ".safetensors":
        return False
    try:
        with opened(path) as file:
            return KEY in (file.metadata() or {})
    except Exception:  # a foreign file can fail anywhere; what reads it says how
        return False


def load_start(path: Path) -> Start:
    """A file -> the start. Raises Refused."""
    try:
        with opened(path) as file:
            told = json.loads((file.metadata() or {})[KEY])
            shape = _architecture(told["architecture"])
            names = {key: tuple(t.shape) for key, t in state_of(PyramidGenerator(shape)).items()}
            keys = list(file.keys())
            stored = {key: tuple(file.get_slice(key).get_shape()) for key in keys}
            if told["format"] != FORMAT or told["law"] not in LAWS or stored != names:
                raise Refused(f"{path} does not hold the weights that it claims.")
            halves = {key: file.get_tensor(key) for key in names}
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is no start of training ({reason(error)}).") from error
    weights = finite_weights(halves, path)
    return Start(str(told["name"]), shape, told["law"], weights, _fingerprint(weights))


def _architecture(claims: dict[str, Any]) -> Architecture:
    stated = {field.name: claims[field.name] for field in fields(Architecture)}
    return Architecture(**stated | {"widths": tuple(stated["widths"])})


def _fingerprint(weights: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


@torch.no_grad()
def begin_at(net: PyramidGenerator, start: Start) -> None:
    """Give a trainable net the weights of a start. The net may have more channels of noise, for
    waves: what reads them starts at zero."""
    state = net.state_dict()
    convolutions = {f"{name}.weight": name for name, *_ in start.architecture.convolutions()}
    places = {_as_state(name): convolutions[name] for name in convolutions}
    for key, values in start.weights.items():
        target = state[key]
        if target.shape == values.shape:
            target.copy_(values)
        elif key in places and reads_noise(start.architecture, places[key]):
            target.zero_()
            target[:, : values.shape[1]] = values
        else:  # the norm of a join: its further channels stay as they are
            target[: len(values)] = values


def _as_state(name: str) -> str:
    """The name of a frozen net's weight -> that of the trainable net's state."""
    group, *rest = name.split(".")
    if group in ("branch", "output", "head"):
        return name
    return ".".join([group, str(int(rest[0]) - 1), *rest[1:]])
