"""Released files: a frozen pyramid and where it came from <-> one .safetensors; older formats in.

Nothing in a file is ever run: safetensors holds numbers and text, and the state dict of the PyTorch
port of Texture Networks (J. Gutierrez, Pyramid2D) is read with `weights_only`.
"""

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors.torch import save as serialised

from ..errors import Refused, nearest, reason
from ..io.files import DESCRIPTOR_KEY, START_KEY, own_folder, user_path, write_whole
from ..io.files import NET_KEY as KEY
from ..io.untrusted import opened
from ..materials import planes
from ..materials.planes import Layout
from ..noise.laws import LAWS
from ..noise.waves import Waves
from ..types import Card
from .architecture import COLOURS, Architecture
from .frozen import FrozenPyramid, finite_weights
from .port import read_port
from .steady import check_steering, held, plain_card, steering_of

# The second where a net draws more than colours, the third where it is told direction or size.
FORMAT, OF_MATERIALS, STEERED = 2, 3, 4


def can_name_files(name: object) -> bool:
    """Whether a net may be called this: no path, no control characters, short enough for a disk."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w .-]*", name):
        return False
    return len(name.encode(errors="replace")) <= 200


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
        names = ", ".join(file.name for file in inside) or "none"
        raise Refused(f"{path} is a folder that should hold one .safetensors file, not {names}.")
    raise Refused(
        f"there is no model {model!r}, neither as a file nor by name.{nearest(model, list(nets))}"
    )


def save(path: Path, net: FrozenPyramid, card: Card) -> Path:
    """Write a released file. card: name, law, and where the net came from. The net may be on any
    device. Raises Refused for weights that are not finite, and where it cannot be written."""
    return write_whole(path, _file(net, card, path))


def _file(net: FrozenPyramid, card: Card, path: Path) -> bytes:
    """What is written there."""
    shape = net.architecture
    number = OF_MATERIALS if shape.outputs > COLOURS else FORMAT
    number = STEERED if "steering" in card else number
    facts = {"format": number, "architecture": _claims(shape, number), **card}
    tensors = {name: tensor.cpu().contiguous() for name, tensor in net.weights().items()}
    finite_weights(tensors, path)
    return serialised(tensors, metadata={KEY: json.dumps(facts)})


def fingerprint(net: FrozenPyramid) -> str:
    """SHA-256 of the weights by name: the same for a net whatever its file and its device."""
    digest = hashlib.sha256()
    for name, tensor in sorted(net.weights().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def load(path: Path) -> tuple[FrozenPyramid, Card]:
    """A released file, or the port's state dict -> (net on the CPU, card). A net that is told
    direction or size is held at the exemplar's: a net as any. Raises Refused."""
    net, card = load_whole(path)
    if (steering := steering_of(card)) is None:
        return net, card
    plain = held(net, steering)
    stated = {"format": FORMAT, "architecture": _claims(plain.architecture, FORMAT)}
    return plain, plain_card(card) | stated


def plain_file(path: Path) -> bytes:
    """The bytes of a released file; of a net that is told direction or size, those that a file of
    the net held at the exemplar's would have, which every engine reads. Raises Refused."""
    if steering_of(card_of(path)) is None:
        return path.read_bytes()
    return _file(*load(path), path)


def load_whole(path: Path) -> tuple[FrozenPyramid, Card]:
    """The same, with what a net is told, which `steering_of` its card says. Raises Refused."""
    path = Path(path)
    try:
        if path.suffix == ".safetensors":
            return _read_released(path)
        return read_port(path)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is not a texturenet model ({reason(error)}).") from error


def card_of(path: Path) -> Card:
    """The card of a net alone: of a released file no weights are read. Raises Refused."""
    path = Path(path)
    if path.suffix != ".safetensors":
        return load(path)[1]
    try:
        with opened(path) as file:
            card = _card(file.metadata() or {}, path)
        _architecture(card, path)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is not a texturenet model ({reason(error)}).") from error
    return card


def _read_released(path: Path) -> tuple[FrozenPyramid, Card]:
    with opened(path) as file:
        card = _card(file.metadata() or {}, path)
        architecture = _architecture(card, path)
        shapes = architecture.shapes()
        if odd := sorted(shapes.keys() ^ set(file.keys())):
            raise Refused(f"{path} does not hold the layers it claims: {odd[0]} is missing or odd.")
        for name, shape in shapes.items():
            if (stored := tuple(file.get_slice(name).get_shape())) != shape:
                raise Refused(f"{path}: {name} has shape {stored}, not {shape}.")
        tensors = {name: file.get_tensor(name) for name in shapes}
    return FrozenPyramid(architecture, finite_weights(tensors, path)), card


def _card(metadata: dict[str, str], path: Path) -> Card:
    if DESCRIPTOR_KEY in metadata:
        raise Refused(f"{path} is a descriptor, not a learnt net: say descriptor={path.name}.")
    if START_KEY in metadata:
        raise Refused(f"{path} is where trainings begin, no texture: say train parent={path.stem}.")
    card = json.loads(metadata.get(KEY, "null"))
    if not isinstance(card, dict):
        raise Refused(f"{path} is a safetensors file, but not one of texturenet.")
    if type(card.get("format")) is not int or card["format"] not in FORMATS:
        number, known = str(card.get("format"))[:20], f"1 to {max(FORMATS)}"
        raise Refused(f"{path} has format {number}; this version reads {known}.")
    return card


def _architecture(card: Card, path: Path) -> Architecture:
    if not can_name_files(name := card.get("name")):
        raise Refused(f"{path} calls its net {str(name)[:80]!r}, which cannot name a file.")
    claims = card.get("architecture")
    try:
        architecture = FORMATS[card["format"]](claims if isinstance(claims, dict) else {})
    except Refused as refusal:
        raise Refused(f"{path} claims what cannot be: {refusal}") from refusal
    if card.get("law") not in LAWS:
        law = str(card.get("law"))
        raise Refused(f"{path} wants noise of law {law!r}.{nearest(law, list(LAWS))}")
    _check_waves(card, architecture, path)
    _check_maps(card, architecture, path)
    check_steering(card, architecture, path, STEERED)
    return architecture


def _growing(claims: dict[str, Any]) -> Architecture:
    """What files of format 1 state: Ulyanov's pyramid."""
    names = "scales", "step", "noise_channels"
    sizes: dict[str, Any] = {name: claims.get(name) for name in names}
    return Architecture.growing(**sizes)


def _claims(shape: Architecture, number: int) -> dict[str, object]:
    """What a file of a format states."""
    facts = shape.facts()
    if number == FORMAT:
        del facts["outputs"]
    return facts


def _coloured(claims: dict[str, Any]) -> Architecture:
    """What files of format 2 state: a net of colours alone."""
    return _stated(claims | {"outputs": COLOURS})


def _stated(claims: dict[str, Any]) -> Architecture:
    """What files of formats 3 and 4 state: all fields of an `Architecture`."""
    stated = {field.name: claims.get(field.name) for field in fields(Architecture)}
    widths = stated["widths"]
    if not isinstance(widths, list):
        raise Refused(f"widths is {str(widths)[:80]!r}: it must be a list of numbers.")
    return Architecture(**stated | {"widths": tuple(widths)})


FORMATS = {1: _growing, 2: _coloured, 3: _stated, 4: _stated}


def layout_of(card: Card, outputs: int) -> Layout | None:
    """The maps that a card names, of a net of so many outputs, or None where it draws colour."""
    facts = card.get("maps")
    return None if facts is None else planes.layout_of(facts, outputs)


def waves_of(card: Card) -> Waves | None:
    """The periodic channels that a card names, or None."""
    if (waves := card.get("waves")) is None:
        return None
    return Waves(waves["torus"], tuple(map(tuple, waves["vectors"])))


def _check_maps(card: Card, architecture: Architecture, path: Path) -> None:
    try:
        layout = layout_of(card, architecture.outputs)
    except (Refused, LookupError, TypeError) as error:
        raise Refused(f"{path} claims maps that cannot be ({reason(error)}).") from error
    if (layout is None) != (architecture.outputs == COLOURS):
        raise Refused(
            f"{path} draws {architecture.outputs} planes, and says of which maps wrongly."
        )


def _check_waves(card: Card, architecture: Architecture, path: Path) -> None:
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
