"""What moves in a film: its settings -> for every moment a window function, pure and unordered.

A film is a path of windows and times on a texture.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from torch import Tensor

from ..errors import Refused
from ..generator.architecture import COLOURS
from ..materials.kinds import Maps
from ..materials.shading import LIGHT, flat
from ..noise.fields import KEPT, CachedField, Field, Mixed, Turned
from ..types import Place, Size
from .displacement import Displaced, Patch, grain_scale
from .morphing import Row
from .relief import with_normals
from .render import Renderer, Window
from .resample import shifted

LIT = 64  # parts of a frame whose maps are kept
Moment = Callable[[float], Window]  # a time from 0 to 1 -> what is to be seen then
EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "smooth": lambda t: t * t * (3 - 2 * t),
}


@dataclass(frozen=True)
class Motion:
    """One film. rates, path, patch, maps and map are refused where they mean nothing to its kind.

    Parameters
    ----------
    kind : a name of KINDS
    frames : how many, 1 .. 10^6
    size : (height, width) in pixels, at most 2^26 of them
    seeds : planes of noise, in the order in which they are met: two; one or more
        for `pan`, `light` and `morph`
    origin, tile : as of `Texture.render`
    redresse : how mixed noise of `interpolate` keeps its law (`noise.laws.redresse`)
    rates : how fast each scale of `interpolate` and `loop` goes, coarse to fine; 1 unless given
    path : places (row, column), in pixels from the origin: of the window for `pan`, of the upper
        left corner of the patch for `displace`. Two or more
    patch : (height, width) in pixels, multiples of `grain`; a third of the frame unless given
    grain : in pixels, the cells by which a patch moves (`displacement`)
    easing : a name of EASINGS
    boomerang : there and back
    maps : every frame is all maps of a material, as `Texture.maps` gives them
    map : every frame shows this one of them, as a picture (`presets.picture_of`)
    """

    kind: str
    frames: int
    size: Size
    seeds: tuple[int, ...]
    origin: Place = (0, 0)
    tile: str = "none"
    redresse: str = "cdf"
    rates: tuple[float, ...] | None = None
    path: tuple[tuple[float, float], ...] | None = None
    patch: Size | None = None
    grain: int = 1
    easing: str = "linear"
    boomerang: bool = False
    maps: bool = False
    map: str | None = None

    def planes(self, texture: Renderer) -> int:
        """How many of those that the net draws are needed."""
        return texture.material.count if self.maps or self.map else COLOURS


def interpolate(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """From seed to seed. It closes if the first comes again at the end."""
    _at_least(motion, 2)
    closed = len(motion.seeds) > 2 and motion.seeds[0] == motion.seeds[-1]
    seeds = motion.seeds[:-1] if closed else motion.seeds
    by_seed = {seed: _cached(texture, motion, seed, len(seeds)) for seed in seeds}
    planes = tuple(by_seed[seed] for seed in seeds)
    law, rates = texture.card["law"], motion.rates or ()

    def moment(time: float) -> Window:
        steps = time * (len(motion.seeds) - 1)
        positions = tuple(steps * rate for rate in rates)
        mixed = Mixed(planes, positions, motion.redresse, law)
        return texture.still(mixed, seeds[0], motion.planes(texture))

    return moment, closed and all(rate == round(rate) for rate in rates)


def loop(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """Around the circle through two seeds, at every moment exactly of the noise's law."""
    _at_least(motion, 2)
    law, rates = texture.card["law"], motion.rates or ()
    if any(rate != round(rate) for rate in rates):
        raise Refused(f"rates are {list(rates)}: a loop closes with whole numbers only.")
    if motion.seeds[0] == motion.seeds[1]:
        raise Refused(f"seeds are {list(motion.seeds)}: a loop goes around through two different.")
    first, second = (_cached(texture, motion, seed, 2, law="gaussian") for seed in motion.seeds[:2])

    def moment(time: float) -> Window:
        angles = tuple(2 * math.pi * time * rate for rate in rates)
        turned = Turned(first, second, angles, law)
        return texture.still(turned, motion.seeds[0], motion.planes(texture))

    return moment, True


def pan(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """The window moves along a path, by any fraction of a pixel a frame."""
    _at_least(motion, 1)
    path = motion.path or ((0.0, 0.0), (0.0, float(motion.size[1])))
    plane = texture.plane(motion.size, motion.seeds[0], motion.tile)
    ends = zip(path[0], path[-1], plane.period, strict=True)
    closed = all((b - a) % period == 0 if period else a == b for a, b, period in ends)
    still = texture.still(plane, motion.seeds[0], motion.planes(texture))

    def moment(time: float) -> Window:
        whole, fraction = zip(*(_split(value) for value in along(path, time)), strict=True)

        def window(size: Size, place: Place) -> Tensor:
            moved = (place[0] + whole[0], place[1] + whole[1])
            return shifted(still, size, moved, fraction)

        return window

    return moment, closed


def displace(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """A patch of the second seed's texture moves along a path over the first's."""
    _at_least(motion, 2)
    grain_scale(texture.net, motion.grain)
    if motion.tile != "none":
        raise Refused(f"tile={motion.tile} means nothing to a film of kind displace.")
    height, width = motion.patch or _third(motion)
    if min(height, width) < 1 or height % motion.grain or width % motion.grain:
        raise Refused(
            f"patch is {[height, width]}: its sides must be multiples of grain, {motion.grain}."
        )
    far = (float(motion.size[0] - height), float(motion.size[1] - width))
    path = motion.path or ((0.0, 0.0), far)
    still, moving = (
        texture.waved(_cached(texture, motion, seed, 2), seed) for seed in motion.seeds[:2]
    )
    top, left = (_grains(place, motion.grain) for place in motion.origin)

    def moment(time: float) -> Window:
        down, right = (_grains(value, motion.grain) for value in along(path, time))
        moved = Patch(top, left, height, width, (down, right))
        return Displaced(texture, still, moving, moved, motion.grain, motion.planes(texture))

    return moment, path[0] == path[-1]


def light(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """A material lies still while a lamp goes round it once."""
    _at_least(motion, 1)
    count, seed = texture.material.count, motion.seeds[0]
    view = texture.view(motion.size, seed, motion.origin, motion.tile, planes=count)

    @lru_cache(LIT)
    def maps(size: Size, place: Place) -> Maps:
        return with_normals(texture, view, size, place, motion.size)

    def moment(time: float) -> Window:
        lamp = LIGHT[0] + 360 * time, LIGHT[1]
        return lambda size, place: flat(maps(size, place), lamp)[None]

    return moment, True


def morph(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """From net to net of a row, on the noise of one seed. It closes if the first comes again at the
    end."""
    _at_least(motion, 1)
    if not isinstance(texture, Row):
        raise Refused("a film of kind morph goes from net to net: say models=a,b.")
    field, seed = _cached(texture, motion, motion.seeds[0], 1), motion.seeds[0]
    steps = len(texture.others)

    def moment(time: float) -> Window:
        return texture.frame(time * steps).still(field, seed)

    return moment, steps > 1 and texture.fingerprint == texture.others[-1].fingerprint


# The motion's settings -> its moments, and whether its end is its beginning.
Kind = Callable[[Renderer, Motion], tuple[Moment, bool]]
KINDS: dict[str, Kind] = {
    "interpolate": interpolate,
    "loop": loop,
    "pan": pan,
    "displace": displace,
    "light": light,
    "morph": morph,
}
USED = {
    "interpolate": {"rates", "maps", "map"},
    "loop": {"rates", "maps", "map"},
    "pan": {"path", "maps", "map"},
    "displace": {"path", "patch", "maps", "map"},
    "light": set(),
    "morph": set(),
}


def along(path: tuple[tuple[float, float], ...], time: float) -> tuple[float, float]:
    """The place on a path after the fraction `time` of its length."""
    lengths = [math.dist(*pair) for pair in pairwise(path)]
    left = time * sum(lengths)
    for (start, end), length in zip(pairwise(path), lengths, strict=True):
        if left <= length and length:
            row, column = (a + (b - a) * (left / length) for a, b in zip(start, end, strict=True))
            return row, column
        left -= length
    return path[-1]


def _split(value: float) -> tuple[int, float]:
    """Whole pixels and the rest, to a 1024th of a pixel."""
    steps = round(value * 1024)
    return steps // 1024, steps % 1024 / 1024


def _third(motion: Motion) -> Size:
    """The patch unless one is given."""
    height, width = (max(1, side // 3 // motion.grain) * motion.grain for side in motion.size)
    return height, width


def _grains(value: float, grain: int) -> int:
    """The nearest whole number of grains, in pixels."""
    return math.floor(value / grain + 0.5) * grain


def _cached(texture: Renderer, motion: Motion, seed: int, number: int, law: str = "") -> Field:
    """The noise of one of `number` seeds, which share the memory for it."""
    plane = texture.plane(motion.size, seed, motion.tile)
    return CachedField(replace(plane, law=law or plane.law), KEPT // number)


def _at_least(motion: Motion, number: int) -> None:
    if len(motion.seeds) < number:
        raise Refused(f"a film of kind {motion.kind} needs {number} seeds: {list(motion.seeds)}.")
