"""texturenet descriptor: a picture, or a seed alone -> a descriptor, to be named where VGG can.

Growing one is in growing.py; a bank of random filters is drawn here.
"""

import signal
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from omegaconf import DictConfig, OmegaConf

from ... import __version__
from ...descriptors import random
from ...descriptors.random import RANDOM_FILTERS
from ...errors import Refused, StoppedAtOnce, nearest
from ...io.exemplars import load_picture
from ...io.files import write_whole
from .. import app, options, weights
from ..figures import filters_figure
from ..runs import check_input, of_descriptor
from ..terminal import say
from .run import grow

FIGURE = "filters.png"
SIDE = 256  # of the picture that filters answer to


def main(arguments: Sequence[str]) -> int:
    return app.run("descriptor", schema_of, lambda chosen: make(chosen)[1], arguments)


def make_with(**overrides: object) -> str:
    """From Python. A signal that was waited for is passed on: there is no file."""
    path, status = make(app.composed("descriptor", schema_of, overrides))
    if status == 128 + signal.SIGINT:
        raise KeyboardInterrupt
    if status:
        raise StoppedAtOnce(status - 128)
    return str(path)


def schema_of(config: DictConfig) -> type:
    """Every kind has keys of its own."""
    if (kind := config.get("kind")) not in options.KINDS:
        raise Refused(f"there is no kind {kind!r}.{nearest(str(kind), options.KINDS)}")
    return options.KINDS[kind]


def make(chosen: object) -> tuple[Path, int]:
    """-> (descriptor file, exit status)."""
    return draw(chosen) if chosen.kind == RANDOM_FILTERS else grow(chosen)


def draw(chosen: options.RandomFilters) -> tuple[Path, int]:
    """A bank of random filters, and a picture of them."""
    started = time.monotonic()
    wanted = weights.bank(
        options.Filters(chosen.sides, chosen.maps, chosen.seed, chosen.centred), group=""
    )
    picture = chosen.image and load_picture(chosen.image, side=SIDE).pixels
    folder, path = of_descriptor(chosen.out, RANDOM_FILTERS)
    check_input(chosen.image, path, folder / FIGURE)
    loaded = random.filters(wanted)
    write_whole(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.structured(chosen)))
    card = {
        "kind": chosen.kind,
        "name": path.stem,
        "recipe": {key: getattr(chosen, key) for key in ("seed", "sides", "maps", "centred")},
        "seconds": round(time.monotonic() - started, 3),
        "versions": {"texturenet": __version__, "torch": torch.__version__},
    }
    weights.release(path, loaded, card)
    write_whole(folder / FIGURE, filters_figure(loaded, picture))
    say(f"the filters{' and their answers' if chosen.image else ''}: {folder / FIGURE}")
    return path, 0
