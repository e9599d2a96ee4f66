"""Which nets are kin, which can be mixed, and what a net between others says of itself.

Nets that grew from one another, or from one common start, do the same work in the same channels,
so that weights between theirs draw textures too. A card says `parent` (name, fingerprint) and
`root`, the fingerprint of the first ancestor; a net without them is its own root.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import Refused
from ..types import Card
from .architecture import COLOURS
from .frozen import FrozenPyramid
from .release import fingerprint, layout_of, waves_of

Member = tuple[FrozenPyramid, Card]


def root_of(card: Card, own: str) -> str:
    """The fingerprint by which a net with this fingerprint and its kin know each other."""
    root = card.get("root")
    return root if isinstance(root, str) and root else own


def are_kin(members: Sequence[Member]) -> bool:
    """Whether all of them come from one ancestor."""
    return len({root_of(card, fingerprint(net)) for net, card in members}) == 1


def check_alike(one: Member, other: Member) -> None:
    """Refuse two nets of which no weights lie between, with the reason."""
    (first, card), (second, its) = one, other
    names = f"{card['name']} and {its['name']}"
    for what, here, there in (
        ("shape", shape_text(first), shape_text(second)),
        ("law of the noise", card["law"], its["law"]),
        ("waves", _waves_text(card), _waves_text(its)),
        ("maps", _maps_text(first, card), _maps_text(second, its)),
    ):
        if here != there:
            raise Refused(
                f"{names} cannot be mixed, their {what} differ: {here}, and {there}."
                if what in ("waves", "maps")
                else f"{names} cannot be mixed, their {what} differs: {here}, and {there}."
            )


def shape_text(net: FrozenPyramid) -> str:
    """The numbers of a net's architecture in a few words, finest first as options say them."""
    shape = net.architecture
    widths = ",".join(map(str, reversed(shape.widths)))
    return (
        f"{shape.scales} scales, widths [{widths}], branch {shape.branch}, "
        f"{shape.noise_channels} channels of noise, {shape.outputs} outputs"
        f"{', heads' if shape.heads else ''}{'' if shape.mixed else ', growing'}"
    )


def _waves_text(card: Card) -> str:
    waves = waves_of(card)
    if waves is None:
        return "none"
    vectors = " ".join(f"({down},{right})" for down, right in waves.vectors)
    units = f", units {waves.units.facts()}" if waves.units else ""
    return f"{vectors} in {waves.torus} pixels{units}"


def _maps_text(net: FrozenPyramid, card: Card) -> str:
    layout = layout_of(card, net.architecture.outputs)
    return "colour" if layout is None else ", ".join([*layout.kinds, *sorted(layout.constants)])


def card_between(members: Sequence[Member], shares: Sequence[float], name: str) -> Card:
    """The card of the net that has these shares of each. Members have passed `check_alike`.

    No recipe made it and nothing judged it: it has neither recipe nor errors nor score.
    """
    first = members[0][1]
    kept: Card = {key: first[key] for key in ("law", "waves", "view") if key in first}
    kin: Card = {"root": root_of(first, fingerprint(members[0][0]))} if are_kin(members) else {}
    parents = [_parent(*member, share) for member, share in zip(members, shares, strict=True)]
    card: Card = {**kept, "name": name, "parents": parents, **kin}
    if members[0][0].architecture.outputs > COLOURS:
        card["maps"] = _between([card["maps"] for _, card in members], shares)
    return card


def _parent(net: FrozenPyramid, card: Card, share: float) -> dict[str, object]:
    exemplar = card.get("exemplar") or {}
    kept = {key: exemplar[key] for key in ("name", "sha256", "licence") if key in exemplar}
    return {
        "name": card["name"],
        "fingerprint": fingerprint(net),
        "share": round(share, 6),
        **({"exemplar": kept} if kept else {}),
        **({"parents": card["parents"]} if "parents" in card else {}),
    }


def _between(maps: Sequence[Mapping[str, Any]], shares: Sequence[float]) -> dict[str, Any]:
    """What planes of a material stand for, between those of several of one kind."""

    def mean(values: Sequence[float]) -> float:
        return sum(value * share for value, share in zip(values, shares, strict=True))

    first = maps[0]
    numbers = ("steepest", "gain", "low", "high")
    return {
        **first,
        "constants": {
            kind: mean([one["constants"][kind] for one in maps]) for kind in first["constants"]
        },
        **{key: mean([one[key] for one in maps]) for key in numbers if key in first},
    }
