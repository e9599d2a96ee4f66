"""The nets that a page chose -> what a command is told, and what they are called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Refused
from ..generator import release
from .library import Library

SEVERAL = ("tileset", "blend", "paint")  # verbs of several nets; the last has one for every label
LABEL = re.compile(r"\d{1,3}|#[0-9a-f]{6}")


@dataclass(frozen=True)
class Chosen:
    """key, value: of the command. names: of the nets, each once."""

    key: str
    value: object
    names: tuple[str, ...]


def chosen(library: Library, verb: str, said: Mapping) -> Chosen:
    """What a page says: `model`, or `models`, a list or of `paint` {label: model}. Raises Refused
    for what the library does not list, and for two nets of one name."""
    if verb not in SEVERAL:
        model = str(said.get("model") or "")
        return Chosen("model", model, (_name(library, model),))
    models = _labelled(said.get("models")) if verb == "paint" else _listed(said.get("models"))
    each = list(models.values()) if isinstance(models, dict) else models
    once = dict.fromkeys(each) if verb == "paint" else each
    names = tuple(_name(library, model) for model in once)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Refused(f"two of these nets are called {twice!r}: choose different ones.")
    return Chosen("models", models, names)


def _name(library: Library, model: str) -> str:
    return str(release.card_of(library.net(model))["name"])


def _listed(models: object) -> list[str]:
    if not isinstance(models, list) or not all(isinstance(one, str) for one in models):
        raise Refused("models is no list of nets: choose two at least.")
    return models


def _labelled(models: object) -> dict[str, str]:
    if not isinstance(models, dict) or not all(isinstance(one, str) for one in models.values()):
        raise Refused("models does not say a net for every label: choose them.")
    if odd := next((label for label in models if not LABEL.fullmatch(label)), None):
        raise Refused(f"{odd[:40]!r} is no label: it is a number, or a colour as #22aa44.")
    return models
