"""The text that every exported file carries: two JSON objects by name."""

import json

from ..io.files import NET_KEY
from ..sampling.texture import Texture
from .ports import Ports

PORTS_KEY = "texturenet_ports"


def notes_of(texture: Texture, ports: Ports) -> dict[str, str]:
    """{"texturenet": the whole card, "texturenet_ports": `Ports.facts`}."""
    return {name: json.dumps(facts) for name, facts in _facts(texture, ports).items()}


def notes_file(texture: Texture, ports: Ports) -> str:
    """Both as one JSON file."""
    return json.dumps(_facts(texture, ports), indent=1) + "\n"


def _facts(texture: Texture, ports: Ports) -> dict[str, object]:
    return {NET_KEY: texture.card, PORTS_KEY: ports.facts()}
