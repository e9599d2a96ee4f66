"""The net or start that a training grows from: found, held against the net that is to be trained,
and put into it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import Refused
from ...generator import family, starts
from ...generator.architecture import COLOURS, Architecture
from ...generator.frozen import FrozenPyramid
from ...generator.release import find, fingerprint, load, waves_of
from ...generator.starts import Start
from ...generator.trainable import PyramidGenerator
from ...generator.unfolding import begin_from
from ...io.files import user_path
from ...noise.waves import Waves
from ..grammar import override
from ..options.training import Train

Wanted = tuple[str, object, object]  # an option, the value of the parent's net, the value now


@dataclass(frozen=True)
class Parent:
    """name, fingerprint, root : as the card of a child says them
    architecture, law, waves : of its net
    of : the net, or the start
    """

    name: str
    fingerprint: str
    root: str
    architecture: Architecture
    law: str
    waves: Waves | None
    of: FrozenPyramid | Start

    @property
    def facts(self) -> dict[str, object]:
        """For the card of a child."""
        own = {"name": self.name, "fingerprint": self.fingerprint}
        return {"parent": own, "root": self.root}

    def begin(self, net: PyramidGenerator, waves: Waves | None) -> None:
        """Give a net, before its first step, the parent's weights. waves: those that it is trained
        with, which the parent may lack. Raises Refused for fewer than it has."""
        own, theirs = _counts(waves), _counts(self.waves)
        if any(theirs) and (own[0] != theirs[0] or 0 < theirs[1] != own[1]):
            raise Refused(
                f"the parent {self.name} has {theirs[0]} waves and {theirs[1]} numbers of each "
                f"unit; this exemplar has {own[0]} and {own[1]}: say another parent."
            )
        if isinstance(self.of, Start):
            starts.begin_at(net, self.of)
        else:
            begin_from(net, self.of, self.law, waves)


def _counts(waves: Waves | None) -> tuple[int, int]:
    """Of waves, and of numbers of each unit."""
    units = waves.units if waves else None
    return len(waves.vectors) if waves else 0, units.channels if units else 0


def parent_of(name: str | None) -> Parent | None:
    """What an option names: a start of the project, a released net, or a file. Raises Refused."""
    if name is None:
        return None
    own = starts.starts()
    path = own.get(name) or user_path(name)
    if name in own or (path.is_file() and starts.is_start(path)):
        found = starts.load_start(path)
        mark = found.fingerprint
        return Parent(found.name, mark, mark, found.architecture, found.law, None, found)
    try:
        net, card = load(find(name))
    except Refused as refusal:
        raise Refused(f"parent: {refusal} Starts: {', '.join(own) or 'none'}.") from refusal
    mark = fingerprint(net)
    root = family.root_of(card, mark)
    return Parent(card["name"], mark, root, net.architecture, card["law"], waves_of(card), net)


def check(parent: Parent, chosen: Train, outputs: int) -> None:
    """Refuse a net that is to be trained whose shape is not its parent's, with the options that
    make it so. chosen: with octaves and waves decided; outputs: planes that it draws."""
    if (has := parent.architecture.outputs) != outputs:
        remedy = (
            "exemplar=FILE, for colour alone"
            if has == COLOURS
            else "material=FOLDER with the same maps"
        )
        raise Refused(
            f"the parent {parent.name} draws {has} planes, and this training {outputs}: "
            f"say {remedy}, or another parent."
        )
    differing = [one for one in _wanted(parent, chosen) if one[1] != one[2]]
    if differing:
        theirs = " ".join(override(key, value) for key, value, _ in differing)
        ours = " ".join(override(key, value) for key, _, value in differing)
        raise Refused(f"the parent {parent.name} has {theirs}, this training {ours}: say {theirs}.")


def _wanted(parent: Parent, chosen: Train) -> Sequence[Wanted]:
    """All that has to be the same."""
    has, given = parent.architecture, chosen.generator
    own, units = _counts(parent.waves)
    octaves = chosen.picture.octaves
    sizes = max(2, octaves) if has.heads else 1
    return [
        ("picture.octaves", sizes, octaves),
        ("generator.scales", has.scales - sizes + 1, given.scales),
        *_widths(has, chosen),
        ("generator.noise_channels", has.noise_channels - 2 * own - units, given.noise_channels),
        # A parent without waves may have children with waves.
        *([("generator.waves", own, given.waves)] if own else []),
        *([("generator.units", units, given.units)] if units else []),
        ("generator.law", parent.law, given.law),
    ]


def _widths(has: Architecture, chosen: Train) -> Sequence[Wanted]:
    given = chosen.generator
    if not has.mixed:
        return [("generator.step", has.widths[0], given.step)]
    widths = given.widths and [
        given.widths[min(scale, len(given.widths) - 1)] for scale in range(has.scales)
    ]
    return [
        ("generator.widths", list(reversed(has.widths)), widths),
        ("generator.branch", has.branch, (given.branch or 0) if widths else None),
    ]
