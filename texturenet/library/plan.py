"""What a library is made of, as its folder keeps it: names, exemplars and options."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .. import __version__
from ..errors import Refused
from ..io.files import write_whole
from .sources import Source

FILE, TEXTURES = "library.json", "textures"  # in the folder of a library
FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """sources: of the textures. engine: that makes them. facts: what else is said of it."""

    sources: Sequence[Source]
    engine: str
    facts: Mapping[str, object]

    def save(self, folder: Path) -> None:
        """Raises Refused."""
        said = {"format": FORMAT, "texturenet": __version__, "engine": self.engine}
        said |= {"facts": dict(self.facts), "textures": [asdict(each) for each in self.sources]}
        write_whole(folder / FILE, json.dumps(said, indent=1))


def load(folder: Path) -> Plan:
    """Raises Refused for a folder that is no library."""
    path = folder / FILE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        sources = [Source(**each) for each in said["textures"]]
        return Plan(sources, str(said["engine"]), dict(said["facts"]))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise Refused(f"{folder} is no library: its {FILE} cannot be read.") from error


def store_of(folder: Path) -> Path:
    """Where the jobs of a library leave what they make."""
    return folder / TEXTURES
