"""Options -> weights by name or file, and the layers that are looked at."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from ..descriptors import family, formats, sources
from ..descriptors.filters import ALL, layer_names
from ..descriptors.random import Filters
from ..descriptors.weights import FILTERS, Weights
from ..errors import Refused
from .options import shared
from .terminal import say

SHALLOW = [f"relu{block}_1" for block in range(1, 6)]  # what nets are usually trained on
MOST_VALUES = 10**8  # of a bank of filters


def load(chosen: shared.Network) -> Weights:
    """Raises Refused where they are absent, damaged, or would need a download nobody allowed."""
    return _noted(
        sources.load(chosen.weights, download=chosen.download, filters=bank(chosen.filters))
    )


def at_hand(name: str, filters: Filters | None = None) -> Weights | None:
    """The weights of a name or a file; None, with a line, where those of a known name are absent.
    Raises Refused for a name that there is not, and for a file that cannot be read."""
    try:
        return _noted(sources.load(name, filters=filters))
    except Refused as refusal:
        if name not in sources.NAMES:
            raise
        say(f"without a trained network: {refusal}")
        return None


def _noted(loaded: Weights) -> Weights:
    for note in loaded.notes:
        say(note)
    return loaded


def bank(chosen: shared.Filters | None, group: str = "descriptor.filters.") -> Filters | None:
    """What random filters are to be; group: what stands before their keys."""
    if chosen is None:
        return None
    if (values := 3 * chosen.maps * sum(side * side for side in chosen.sides)) > MOST_VALUES:
        raise Refused(
            f"{group}maps is {chosen.maps}: filters of these sides would have {values:,} weights, "
            f"and {MOST_VALUES:,} are the most."
        )
    return Filters(**asdict(chosen))


def release(path: Path, loaded: Weights, card: dict) -> Path:
    """Write a descriptor file, and see that what can be read from it is what was meant."""
    formats.save(path, loaded, card)
    if formats.read(path).sha256 != loaded.sha256:
        raise Refused(f"{path} does not hold what was written: the disk may be damaged.")
    say(f"descriptor: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    say(f"to use it: texturenet gatys exemplar=... descriptor={shlex.quote(str(path))}")
    return path


def layers_of(
    given: Sequence[str] | None,
    usual: Mapping[str, Sequence[str]],
    loaded: Weights,
    key: str = "layers",
) -> list[str]:
    """Those given, or else the usual ones of this kind of network."""
    if given is not None:
        return list(given)
    if (kind := family(loaded)) not in usual:
        raise Refused(f"usual_{key} says nothing of {kind}: say {key}=[...].")
    if kind != FILTERS:
        return list(usual[kind])
    # A bank may lack some sizes.
    there = [layer for layer in usual[kind] if layer in layer_names(list(loaded.tensors))]
    return there or [ALL] * bool(usual[kind])
