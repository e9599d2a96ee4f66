"""What is said of nets that are kin, and of those that are not."""

from collections.abc import Mapping

from ..generator.family import Member, root_of
from ..generator.release import fingerprint
from ..sampling.morphing import Row
from .terminal import say


def say_strangers(nets: Row) -> None:
    """One line where nets grew from different starts."""
    if not nets.kin:
        names = ", ".join(one.card["name"] for one in nets.all)
        say(f"{names} are not known to be kin: halfway they may be mud (train .. parent=NAME)")


def families(members: Mapping[str, Member]) -> list[list[str]]:
    """The names of nets that have a root in common, those of two or more."""
    roots: dict[str, list[str]] = {}
    for name, (net, card) in members.items():
        roots.setdefault(root_of(card, fingerprint(net)), []).append(name)
    return [names for names in roots.values() if len(names) > 1]
