"""What is said of nets that are kin, and of those that are not."""

from collections.abc import Mapping, Sequence

from ..generator.family import Member, are_kin, root_of
from ..generator.release import fingerprint
from ..sampling.morphing import Row
from ..sampling.texture import Texture
from .terminal import say


def say_strangers(nets: Row) -> None:
    """One line where nets grew from different starts."""
    if not nets.kin:
        names = ", ".join(one.card["name"] for one in nets.all)
        say(f"{names} are not known to be kin: halfway they may be mud (train .. parent=NAME)")


def say_kin(textures: Sequence[Texture], way: str) -> None:
    """One line where two nets are kin and are blended in another way than that takes."""
    if (
        len(textures) == 2
        and way != "weights"
        and are_kin([(one.net, one.card) for one in textures])
    ):
        names = " and ".join(str(one.card["name"]) for one in textures)
        say(f"{names} are kin: way=weights lets one become the other")


def families(members: Mapping[str, Member]) -> list[list[str]]:
    """The names of nets that have a root in common, those of two or more."""
    roots: dict[str, list[str]] = {}
    for name, (net, card) in members.items():
        roots.setdefault(root_of(card, fingerprint(net)), []).append(name)
    return [names for names in roots.values() if len(names) > 1]
