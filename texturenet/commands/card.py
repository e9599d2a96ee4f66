"""A net's card -> the picture it was trained on, and the descriptor it was trained against."""

from dataclasses import replace

from torch import Tensor

from ..descriptors import network
from ..descriptors.base import Descriptor
from ..errors import Refused, reason
from ..io.exemplars import Picture, PictureFile, open_picture
from ..sampling.texture import Texture
from . import weights
from .mending import first_of, read
from .options import shared
from .schema import validated


def exemplar_of(texture: Texture, given: str | None) -> Tensor:
    """The picture that the net was trained on, as it was trained on (1,3,h,w)."""
    return picture_of(texture, given).pixels.to(texture.device)


def picture_of(texture: Texture, given: str | PictureFile | None, **reading: object) -> Picture:
    """The picture that a net was trained on, as it was trained on. given: its file, where it is not
    an exemplar of the project, by name or opened. reading: crop and side, where they are not to
    be the net's."""
    card = texture.card
    exemplar = card.get("exemplar", {})
    if given is None and not exemplar:
        raise Refused(f"{card['name']!r} does not say what it was trained on: say exemplar=FILE.")
    how = card.get("recipe", {}).get("picture", {})
    how = {"crop": how.get("crop"), "side": how.get("side", 256)}
    how |= {key: value for key, value in reading.items() if value is not None}
    try:
        file = given if isinstance(given, PictureFile) else _opened(texture, given)
        picture = read(file, first_of(card), **how)
    except Refused as refusal:
        if given is not None:
            raise
        raise Refused(f"{refusal} Say exemplar=FILE, the picture trained on.") from refusal
    if given is None and exemplar.get("sha256", picture.sha256) != picture.sha256:
        raise Refused(
            f"{card['name']!r} was trained on another {exemplar['name']!r} than the one at "
            "hand: say exemplar=FILE, the picture trained on."
        )
    return picture


def _opened(texture: Texture, given: str | None) -> PictureFile:
    file = open_picture(given or texture.card["exemplar"]["name"])
    return file if texture.layout is None else replace(file, alpha="judged")


def descriptor_of(texture: Texture, given: str | None = None) -> Descriptor:
    """The descriptor that the net was trained against; given: where it lies. Raises Refused."""
    how, net = texture.card.get("descriptor", {}), texture.card["name"]
    name = given or how.get("weights", "vgg16")
    try:
        bank = how.get("filters") and validated(shared.Filters, how["filters"])
        loaded = weights.load(shared.Network(weights=name, filters=None if given else bank))
    except (Refused, TypeError) as error:
        raise Refused(
            f"{net!r} was trained against {str(name)[:80]!r}, which is not at hand "
            f"({reason(error)}): say descriptor=FILE."
        ) from error
    if loaded.sha256 != (expected := how.get("sha256", loaded.sha256)):
        raise Refused(
            f"{net!r} was trained against a descriptor of SHA-256 {str(expected)[:12]}..., which "
            f"{str(name)[:80]!r} has not: say descriptor=FILE."
        )
    layers = how.get("layers", weights.SHALLOW)
    return network(loaded, layers, how.get("pooling", "avg")).to(texture.device)
