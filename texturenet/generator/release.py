"""Released files: a frozen pyramid and where it came from <-> one .safetensors; older formats in.

Nothing in a file is ever run: safetensors holds numbers and text, and the state dict of the PyTorch
port of Texture Networks (J. Gutierrez, Pyramid2D) is read with `weights_only`.
"""

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save as serialised

from ..errors import Refused, nearest, reason
from ..io.files import DESCRIPTOR_KEY, START_KEY, own_folder, user_path, write_whole
from ..io.files import NET_KEY as KEY
from ..io.untrusted import opened
from ..materials import planes
from ..materials.planes import Layout
from ..noise.laws import LAWS
from ..noise.units import Units
from ..noise.waves import Waves
from ..types import Card
from . import palette
from .architecture import COLOURS, Architecture
from .frozen import FrozenPyramid, finite_weights
from .palette import FrozenPalette
from .port import read_port
from .steady import check_steering, held, plain_card, steering_of

# The second where a net draws more than colours, the third where it is told direction or size, the
# fourth where units of a lattice have numbers. A file with several textures is of `palette.FORMAT`.
FORMAT, OF_MATERIALS, STEERED, WITH_UNITS = 2, 3, 4, 6
Net = TypeVar("Net", FrozenPyramid, FrozenPalette)


def can_name_files(name: object) -> bool:
    """Whether a net may be called this: no path, no control characters, short enough for a disk."""
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w .-]*", name):
        return False
    return len(name.encode(errors="replace")) <= 200


def released() -> dict[str, Path]:
    """The nets that came with the project, by name."""
    return {path.stem: path for path in sorted(own_folder("checkpoints").glob("*.safetensors"))}


def palettes() -> dict[str, Path]:
    """The nets of several textures that came with the project, by name."""
    return _apart("palette")


def steered() -> dict[str, Path]:
    """The nets that came with the project and can be told directions, by name."""
    return _apart("steered")


def listed() -> dict[str, Path]:
    """What came with the project, one texture each, by the name it is asked for by: those of a
    palette are NAME:TEXTURE."""
    of_palettes = {
        f"{name}:{texture}": path
        for name, file in palettes().items()
        for texture, path in each_of(file).items()
    }
    return released() | steered() | of_palettes


def _apart(folder: str) -> dict[str, Path]:
    """Nets that not every program reads."""
    files = sorted((own_folder("checkpoints") / folder).glob("*.safetensors"))
    return {path.stem: path for path in files}


def find(model: str) -> Path:
    """The name of a released net, or a path -> the file; of NAME:TEXTURE, `file_of` says the file.
    Raises Refused."""
    nets = released() | steered() | palettes()
    if model in nets:
        return nets[model]
    if (path := user_path(model)).is_file():
        return path
    if (of_palette := _find_in_palette(model)) is not None:
        return of_palette
    if path.is_dir():
        inside = sorted(path.glob("*.safetensors"))
        if len(inside) == 1:
            return inside[0]
        names = ", ".join(file.name for file in inside) or "none"
        raise Refused(f"{path} is a folder that should hold one .safetensors file, not {names}.")
    raise Refused(
        f"there is no model {model!r}, neither as a file nor by name.{nearest(model, list(nets))}"
    )


def _find_in_palette(model: str) -> Path | None:
    """FILE:TEXTURE or NAME:TEXTURE -> the file, and the texture behind it; None where there is no
    such file."""
    name, mark, texture = model.rpartition(":")
    if not mark or not name:
        return None
    try:
        return palette.named(find(name), texture)
    except Refused:
        return None


def file_of(path: Path) -> Path:
    """The file of what `find` found."""
    return palette.split(path)[0]


def each_of(path: Path) -> dict[str, Path]:
    """{texture: what `load` takes} of a file of several. Raises Refused."""
    with opened(path) as file:
        textures = palette.textures_of(_card(file.metadata() or {}, path))
    return {texture: palette.named(path, texture) for texture in textures}


def rounded(net: Net) -> Net:
    """The same net with every weight rounded to the nearest of float16, where all lie in its range;
    else the net itself. Its file is half as large, and its pictures move by a few of 255."""
    halves = {name: tensor.half().float() for name, tensor in net.weights().items()}
    if not all(tensor.isfinite().all() for tensor in halves.values()):
        return net
    return type(net)(net.architecture, halves)


def save(path: Path, net: FrozenPyramid | FrozenPalette, card: Card) -> Path:
    """Write a released file, of float16 where that holds all weights exactly.

    card: name, law, and where the net came from; of a palette `textures`, {name: what is said of it
    alone} in the order of its rows. The net may be on any device. Raises Refused for weights that
    are not finite, and where it cannot be written."""
    return write_whole(path, _file(net, card, path))


def _file(net: FrozenPyramid | FrozenPalette, card: Card, path: Path) -> bytes:
    """What is written there."""
    shape = net.architecture
    number = OF_MATERIALS if shape.outputs > COLOURS else FORMAT
    number = STEERED if "steering" in card else number
    waves = card.get("waves")
    number = WITH_UNITS if isinstance(waves, dict) and waves.get("units") else number
    if isinstance(net, FrozenPalette):
        # Its textures are kin.
        number, card = palette.FORMAT, {"root": fingerprint(net), **card}
    facts = {"format": number, "architecture": _claims(shape, number), **card}
    tensors = {name: tensor.cpu().contiguous() for name, tensor in net.weights().items()}
    finite_weights(tensors, path)
    halves = {name: tensor.half() for name, tensor in tensors.items()}
    exact = all(torch.equal(halves[name].float(), tensors[name].float()) for name in tensors)
    return serialised(halves if exact else tensors, metadata={KEY: json.dumps(facts)})


def fingerprint(net: FrozenPyramid | FrozenPalette) -> str:
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


def whole_file(path: Path) -> bytes:
    """The bytes of a released file; of a texture of a palette, those that a file of it alone would
    have. Raises Refused."""
    if file_of(path) == path:
        return path.read_bytes()
    return _file(*load_whole(path), path)


def plain_file(path: Path) -> bytes:
    """The same; of a net that is told direction or size, those that a file of the net held at the
    exemplar's would have. Every engine reads it. Raises Refused."""
    if steering_of(card_of(path)) is None:
        return whole_file(path)
    return _file(*load(path), path)


def load_whole(path: Path) -> tuple[FrozenPyramid, Card]:
    """The same, with what a net is told, which `steering_of` its card says. Raises Refused."""
    path = Path(path)
    try:
        if file_of(path).suffix == ".safetensors":
            return _read_released(path)
        return read_port(path)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is not a texturenet model ({reason(error)}).") from error


def card_of(path: Path) -> Card:
    """The card of a net alone: of a released file no weights are read. Raises Refused."""
    path = Path(path)
    if file_of(path).suffix != ".safetensors":
        return load(path)[1]
    try:
        with opened(file_of(path)) as file:
            card = _card(file.metadata() or {}, path)
        _architecture(card, path)
        card, _ = _of_texture(card, path)
    except Refused:
        raise
    except Exception as error:  # a foreign file can fail anywhere
        raise Refused(f"{path} is not a texturenet model ({reason(error)}).") from error
    return card


def _read_released(path: Path) -> tuple[FrozenPyramid, Card]:
    with opened(file_of(path)) as file:
        card = _card(file.metadata() or {}, path)
        architecture = _architecture(card, path)
        own, row = _of_texture(card, path)
        count = len(palette.textures_of(card))
        shapes = architecture.shapes() if row is None else palette.shapes(architecture, count)
        if odd := sorted(shapes.keys() ^ set(file.keys())):
            raise Refused(f"{path} does not hold the layers it claims: {odd[0]} is missing or odd.")
        for name, shape in shapes.items():
            if (stored := tuple(file.get_slice(name).get_shape())) != shape:
                raise Refused(f"{path}: {name} has shape {stored}, not {shape}.")
        tensors = {name: file.get_tensor(name) for name in shapes}
    weights = finite_weights(tensors, path)
    if row is None:
        return FrozenPyramid(architecture, weights), own
    return palette.folded(architecture, weights, row), own


def _of_texture(card: Card, path: Path) -> tuple[Card, int | None]:
    """The card of a file -> that of the net that is asked for, and its row in a palette."""
    texture = palette.split(path)[1]
    row = palette.row_of(card, path, texture)
    if texture is None or row is None:
        return card, None
    own = palette.card_of(card, texture)
    claims = _claims(_stated(card["architecture"]), FORMAT)
    return own | {"format": FORMAT, "architecture": claims}, row


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
    palette.check(card, path)
    for texture in palette.textures_of(card):
        if not can_name_files(texture):
            raise Refused(f"{path} has a texture {texture[:80]!r}, which cannot name a file.")
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
    """What files of formats 3 to 6 state: all fields of an `Architecture`."""
    stated = {field.name: claims.get(field.name) for field in fields(Architecture)}
    widths = stated["widths"]
    if not isinstance(widths, list):
        raise Refused(f"widths is {str(widths)[:80]!r}: it must be a list of numbers.")
    return Architecture(**stated | {"widths": tuple(widths)})


FORMATS = {1: _growing, 2: _coloured} | dict.fromkeys((3, 4, palette.FORMAT, 6), _stated)


def layout_of(card: Card, outputs: int) -> Layout | None:
    """The maps that a card names, of a net of so many outputs, or None where it draws colour."""
    facts = card.get("maps")
    return None if facts is None else planes.layout_of(facts, outputs)


def waves_of(card: Card) -> Waves | None:
    """The periodic channels that a card names, or None."""
    if (waves := card.get("waves")) is None:
        return None
    torus, vectors = waves["torus"], tuple(map(tuple, waves["vectors"]))
    if (told := waves.get("units")) is None:
        return Waves(torus, vectors)
    units = Units(tuple(told["rows"]), tuple(told["across"]), told["channels"])
    return Waves(torus, vectors, units)


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
    if (waves is not None and waves.units is not None) != (card["format"] == WITH_UNITS):
        raise Refused(f"{path} is of format {card['format']}, and says wrongly what units it has.")
    if waves:
        architecture.check_period(f"{path} claims waves that", waves.torus)
