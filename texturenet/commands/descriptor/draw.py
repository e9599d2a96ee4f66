"""A bank of random filters: options -> its file, and a picture of the filters."""

import time
from pathlib import Path

import torch

from ... import __version__
from ...descriptors import random
from ...descriptors.random import RANDOM_FILTERS
from ...io.exemplars import load_picture
from ...io.files import write_whole
from .. import weights
from ..compose import as_yaml
from ..figures import filters_figure
from ..options.descriptor import RandomFilters
from ..options.shared import Filters
from ..runs import check_input, of_descriptor
from ..terminal import say

FIGURE = "filters.png"
SIDE = 256  # of the picture that filters answer to


def draw(chosen: RandomFilters) -> tuple[Path, int]:
    """A bank of random filters, and a picture of them."""
    started = time.monotonic()
    kinds = {"sides": chosen.sides, "maps": chosen.maps}
    bank = weights.bank(Filters(**kinds, seed=chosen.seed, centred=chosen.centred), group="")
    picture = chosen.image and load_picture(chosen.image, side=SIDE).pixels
    folder, path = of_descriptor(chosen.out, RANDOM_FILTERS)
    check_input(chosen.image, path, folder / FIGURE)
    loaded = random.filters(bank)
    write_whole(folder / "config.yaml", as_yaml(chosen))
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
