"""A net and the weights at hand -> the descriptors that judge its pictures, and by which layers."""

from collections.abc import Callable

from .. import portilla, random_features
from ..convolutions import FILTERS, Weights
from ..errors import Refused
from ..filters import ALL
from ..networks import family, network
from ..sampler import Texture
from ..scorecard import Judge
from . import describing
from .describing import SHALLOW
from .progress import say
from .report import descriptor_of

BETWEEN = ["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"]


def judges(name: str, net: Texture | None) -> list[Judge]:
    """What the net was trained against, weights of that name or file, unseen random filters: as far
    as they are at hand."""
    bank = network(random_features.filters(random_features.JUDGE), [ALL], "avg")
    found = [Judge(bank, {"unseen filters": [ALL]})]
    told = net.card.get("descriptor") if net else None
    given = describing.at_hand(name, random_features.JUDGE)
    if given:
        found = [*_by_weights(given, told or {}), *found]
    if told and (given is None or told.get("sha256") != given.sha256):
        try:
            own = descriptor_of(net).to("cpu")
            found.insert(0, Judge(own, {"trained layers": list(own.layers)}))
        except Refused as refusal:
            say(f"without what it was trained on: {refusal}")
    return found


def _by_weights(given: Weights, told: dict) -> list[Judge]:
    """Layers that a net was trained on, if these weights were what it was trained against (told: by
    its card), or that nets usually are; and others that it was not."""
    own = told.get("layers", []) if told.get("sha256") == given.sha256 else []
    if family(given) == FILTERS:
        figures = {"trained layers": own} if own else {"given weights": [ALL]}
    else:
        figures = {"trained layers": own} if own else {"given weights": SHALLOW}
        if between := [layer for layer in BETWEEN if layer not in own]:
            figures["untrained layers"] = between
    layers = [layer for some in figures.values() for layer in some]
    pooling = given.pooling or (told.get("pooling", "avg") if own else "avg")
    return [Judge(network(given, layers, pooling), figures)]


def distances() -> dict[str, Callable]:
    """What an extra brings."""
    try:
        portilla.check()
    except Refused as refusal:
        say(f"without Portilla-Simoncelli statistics: {refusal}")
        return {}
    return {"portilla": portilla.portilla_simoncelli}
