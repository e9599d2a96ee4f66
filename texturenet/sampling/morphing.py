"""Several nets in a row, and every net between two that follow each other.

Weights are mixed, not pictures: halfway a texture is drawn that is neither, sharp and whole, on the
same noise. How good it is depends on how near the nets are to each other (docs/morphing.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ..errors import Refused
from ..generator import family
from ..generator.mixing import Mixture, Path
from .render import Renderer


@dataclass(frozen=True, eq=False)
class Row(Renderer):
    """The first of several nets, and with `at` those on the way to the last.

    others : the nets that follow, of one shape and with the same law, waves and maps
    """

    others: tuple[Renderer, ...]

    @classmethod
    def of(cls, textures: Sequence[Renderer]) -> "Row":
        """Raises Refused for fewer than two, and for nets that differ in what cannot be mixed."""
        if len(textures) < 2:
            raise Refused(f"{len(textures)} nets: a morph is of two or more, say models=a,b.")
        first, *others = textures
        for other in others:
            family.check_alike(_member(first), _member(other))
        return cls(first.net, first.card, tuple(others))

    @property
    def all(self) -> tuple[Renderer, ...]:
        return self, *self.others

    @property
    def kin(self) -> bool:
        """Whether all of them grew from one another or from one start."""
        return family.are_kin([_member(one) for one in self.all])

    def mixture(self, at: float) -> Renderer:
        """The net at a place in the row, exactly: at 0 the first, at 1 the second .."""
        place, share = self._split(at)
        if share == 0:
            return self.all[place]
        pair = self.all[place : place + 2]
        net = self._mixtures[place].net((1 - share, share))
        members = [_member(one) for one in pair]
        name = f"{pair[0].card['name']}_{pair[1].card['name']}"
        return Renderer(net, family.card_between(members, (1 - share, share), name))

    def frame(self, at: float) -> Renderer:
        """The same for a film of colour: quickly, not quite exactly (`generator.mixing.Path`)."""
        place, share = self._split(at)
        return self.all[place] if share == 0 else self._drawn(at, place, share)

    @cached_property
    def _mixtures(self) -> list[Mixture]:
        pairs = pairwise(one.net for one in self.all)
        return [Mixture(pair, self.card["law"], self.waves) for pair in pairs]

    @cached_property
    def _paths(self) -> list[Path]:
        return [Path(mixture) for mixture in self._mixtures]

    @cached_property
    def _latest(self) -> dict[float, Renderer]:
        """The net of the last frame: a large one is drawn in several blocks."""
        return {}

    def _drawn(self, at: float, place: int, share: float) -> Renderer:
        if at not in self._latest:
            self._latest.clear()
            self._latest[at] = Renderer(self._paths[place].net(share), self.card)
        return self._latest[at]

    def _split(self, at: float) -> tuple[int, float]:
        if not 0 <= at <= len(self.others):  # NaN is not
            raise Refused(f"at is {at}: it lies between 0 and {len(self.others)}.")
        place = min(int(at), len(self.others))
        return place, at - place


def _member(one: Renderer) -> family.Member:
    return one.net, one.card
