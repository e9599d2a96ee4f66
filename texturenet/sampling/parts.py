"""What workers of a cluster draw: a piece of a large picture, or some frames of a film.

Each function takes facts that JSON can hold and a folder in which the files of its nets lie, and
leaves what it drew in the folder "out"; so any process of any machine can do it. A driver joins
the pieces (`joining`), or encodes the frames, in their order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..cluster.jobs import OUT, Tell
from ..errors import Refused
from ..io.pictures import to_bytes
from .drawing import Drawing
from .film import Film
from .large import LargePicture
from .morphing import Row
from .motions import Motion
from .provenance import Record
from .render import Renderer
from .texture import Texture, load

FRAMES = "frames.npy"
Facts = Mapping[str, Any]


def facts_of_piece(
    texture: Texture, view: Facts, record: Record, suffix: str, piece: tuple[int, int], device: str
) -> dict[str, Any]:
    """What `draw_piece` is given; suffix: of the picture's file."""
    return {
        "view": dict(view),
        "record": record,
        "suffix": suffix,
        "piece": list(piece),
        "device": device,
        "precision": texture.precision,
        "weights": [texture.fingerprint],
    }


def draw_piece(given: Facts, folder: Path, tell: Tell) -> dict[str, object]:
    """One piece of a picture: out/picture.tif.3of16. Tells how many pixels are drawn.

    Raises
    ------
    Refused : for another net, and for what cannot be drawn
    """
    (texture,) = _textures(given, folder)
    view = {**given["view"], "size": tuple(given["view"]["size"])}
    view["origin"] = tuple(view["origin"])
    number, of = given["piece"]
    picture = LargePicture(texture, view, given["record"])
    drawing = Drawing(folder / OUT / f"picture{given['suffix']}", picture, piece=(number, of))
    drawing.check_room()
    pixels = 0
    for more in drawing.draw(1):
        pixels += more
        tell({"pixels": pixels})
    return {"file": drawing.paths[0].name, "pixels": pixels}


def facts_of_frames(
    textures: list[Texture], motion: Motion, frames: range, device: str
) -> dict[str, Any]:
    """What `draw_frames` is given."""
    return {
        "motion": asdict(motion),
        "frames": [frames.start, frames.stop],
        "device": device,
        "precision": textures[0].precision,
        "weights": [texture.fingerprint for texture in textures],
    }


def draw_frames(given: Facts, folder: Path, tell: Tell) -> dict[str, object]:
    """Some frames of a film: out/frames.npy, uint8 (n,H,W,3). Tells how many are drawn.

    Raises
    ------
    Refused : for other nets, and for a motion that cannot be
    """
    textures = _textures(given, folder)
    texture: Renderer = textures[0] if len(textures) == 1 else Row.of(textures)
    film = Film(texture, Motion(**given["motion"]))
    first, last = given["frames"]
    height, width = film.motion.size
    made = np.empty((last - first, height, width, 3), np.uint8)
    for index, number in enumerate(range(first, last)):
        made[index] = to_bytes(film.frame(number))
        tell({"frames": index + 1})
    (folder / OUT).mkdir(exist_ok=True)
    np.save(folder / OUT / FRAMES, made)
    return {"frames": len(made)}


def frames_in(out: Path) -> Iterator[np.ndarray]:
    """The frames that `draw_frames` left, (H,W,3) uint8 one by one."""
    yield from np.load(out / FRAMES, mmap_mode="r", allow_pickle=False)


def net_file(number: int) -> str:
    """Where a net lies in the folder of a job."""
    return f"net{number}.safetensors"


def _textures(given: Facts, folder: Path) -> list[Texture]:
    """The nets of a job, checked by their weights."""
    found = []
    for number, weights in enumerate(given["weights"]):
        path = folder / net_file(number)
        texture = load(str(path), device=given["device"], precision=given["precision"])
        if texture.fingerprint != weights:
            raise Refused(
                f"{path.name} is not the net with weights {weights[:12]}... it should be."
            )
        found.append(texture)
    return found
