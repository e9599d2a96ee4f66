"""What moves in a film: settings -> for every frame a window function, pure and without an order.

A film is a path of windows and times on a texture. Any frame can be made alone.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from torch import Tensor

from .displacement import Displaced, Patch, Renderer, grain_scale
from .errors import Refused, nearest
from .fields import KEPT, Field, Kept, Mixed, Turned
from .noise import REDRESSE
from .resample import shifted

Place = tuple[int, int]
EASINGS = {"linear": lambda t: t, "smooth": lambda t: t * t * (3 - 2 * t)}
MOST_FRAMES = 10**6


@dataclass(frozen=True)
class Motion:
    """One film. Fields that a kind does not use are refused unless they are empty.

    kind: a name of KINDS. frames: their number. size: (height, width). seeds: planes of noise, in
    the order in which they are met. tile, origin: as of `Texture.render`. redresse: that of
    `interpolate` (`noise.redresse`). rates: of `interpolate` and `loop`, how fast each scale goes,
    coarse to fine. path: in pixels from the origin, places of the window for `pan`, and of the
    patch's upper left corner for `displace`. patch: its height and width. grain: `displacement`.
    easing: a name of EASINGS. boomerang: there and back.
    """

    kind: str
    frames: int
    size: Place
    seeds: tuple[int, ...]
    origin: Place = (0, 0)
    tile: str = "none"
    redresse: str = "cdf"
    rates: tuple[float, ...] | None = None
    path: tuple[tuple[float, float], ...] | None = None
    patch: Place | None = None
    grain: int = 1
    easing: str = "linear"
    boomerang: bool = False


class Film:
    """The frames of a motion on a texture: `film.window(i)` is frame i's window function."""

    def __init__(self, texture: Renderer, motion: Motion):
        self.texture, self.motion = texture, _completed(texture, motion)
        self.moment, self.closed = KINDS[motion.kind](texture, self.motion)
        self.closed = self.closed or motion.boomerang

    def __len__(self) -> int:
        return self.motion.frames

    def time(self, frame: int) -> float:
        """When a frame is, from 0 to 1; a closed film ends one frame before it would repeat."""
        steps = self.motion.frames if self.closed else max(1, self.motion.frames - 1)
        time = frame / steps
        if self.motion.boomerang:
            time = 1 - abs(1 - 2 * time)
        return EASINGS[self.motion.easing](time)

    def __iter__(self) -> Iterator[Tensor]:
        return (self.frame(index) for index in range(len(self)))

    def frame(self, index: int) -> Tensor:
        """Frame `index` -> (3,H,W) in [0,1], on the CPU."""
        window = self.moment(self.time(index))
        return self.texture.picture(window, self.motion.size, self.motion.origin)


def _completed(texture: Renderer, motion: Motion) -> Motion:
    """What was left open filled in, what cannot be refused."""
    for name, value, known in (
        ("kind", motion.kind, KINDS),
        ("easing", motion.easing, EASINGS),
        ("redresse", motion.redresse, REDRESSE),
    ):
        if value not in known:
            raise Refused(f"{name} is {value!r}.{nearest(str(value), known)}")
    if not 1 <= motion.frames <= MOST_FRAMES:
        raise Refused(f"{motion.frames} frames: a film has 1 to {MOST_FRAMES}.")
    for seed in motion.seeds:
        texture.check(motion.size, seed, motion.origin)
    texture.plane(motion.size, 0, motion.tile)  # refuses what cannot repeat
    used = USED[motion.kind]
    for name in ("rates", "path", "patch"):
        if getattr(motion, name) is not None and name not in used:
            raise Refused(f"{name} means nothing to a film of kind {motion.kind}.")
    if "rates" in used:
        scales = texture.net.architecture.scales
        rates = motion.rates if motion.rates is not None else (1.0,) * scales
        if len(rates) != scales or not all(math.isfinite(rate) for rate in rates):
            raise Refused(f"rates are {list(rates)}: this net has {scales} scales, one rate each.")
        motion = replace(motion, rates=tuple(rates))
    _check_path(motion)
    return motion


def _check_path(motion: Motion) -> None:
    if motion.path is None:
        return
    if len(motion.path) < 2 or any(len(place) != 2 for place in motion.path):
        raise Refused(f"path is {motion.path}: it must be two or more [row,column].")
    if not all(abs(value) <= 2**31 for place in motion.path for value in place):
        raise Refused(f"path is {motion.path}: every place lies within 2^31 pixels.")


Moment = Callable[[float], Callable]  # a time from 0 to 1 -> a window function


def interpolate(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """From seed to seed. It closes if the first comes again at the end."""
    _at_least(motion, 2)
    closed = len(motion.seeds) > 2 and motion.seeds[0] == motion.seeds[-1]
    seeds = motion.seeds[:-1] if closed else motion.seeds
    planes = tuple(_kept(texture, motion, seed, len(seeds)) for seed in seeds)
    law = texture.card["law"]

    def moment(time: float):
        steps = time * (len(motion.seeds) - 1)
        positions = tuple(steps * rate for rate in motion.rates)
        return texture.still(Mixed(planes, positions, motion.redresse, law))

    return moment, closed and all(rate == round(rate) for rate in motion.rates)


def loop(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """Around the circle through two seeds, at every moment exactly of the noise's law."""
    _at_least(motion, 2)
    if any(rate != round(rate) for rate in motion.rates):
        raise Refused(f"rates are {list(motion.rates)}: a loop closes with whole numbers only.")
    first, second = (_kept(texture, motion, seed, 2, law="gaussian") for seed in motion.seeds[:2])
    law = texture.card["law"]

    def moment(time: float):
        angles = tuple(2 * math.pi * time * rate for rate in motion.rates)
        return texture.still(Turned(first, second, angles, law))

    return moment, True


def pan(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """The window moves along a path, by any fraction of a pixel a frame."""
    _at_least(motion, 1)
    path = motion.path or ((0.0, 0.0), (0.0, float(motion.size[1])))
    plane = texture.plane(motion.size, motion.seeds[0], motion.tile)
    ends = zip(path[0], path[-1], plane.period, strict=True)
    closed = all((b - a) % period == 0 if period else a == b for a, b, period in ends)
    still = texture.still(plane)

    def moment(time: float):
        whole, fraction = zip(*(_split(value) for value in along(path, time)), strict=True)

        def window(size: Place, place: Place):
            moved = (place[0] + whole[0], place[1] + whole[1])
            return shifted(still, size, moved, fraction)

        return window

    return moment, closed


def displace(texture: Renderer, motion: Motion) -> tuple[Moment, bool]:
    """A patch of the second seed's texture moves along a path over the first's."""
    _at_least(motion, 2)
    grain_scale(texture.net, motion.grain)
    patch = motion.patch or tuple(side // 3 for side in motion.size)
    height, width = (_grains(side, motion.grain) for side in patch)
    if height < 1 or width < 1:
        raise Refused(f"patch is {list(patch)}: it must be at least {motion.grain} pixels a side.")
    far = (float(motion.size[0] - height), float(motion.size[1] - width))
    path = motion.path or ((0.0, 0.0), far)
    still, moving = (
        _kept(texture, motion, seed, 2, tile=tile)
        for seed, tile in zip(motion.seeds[:2], (motion.tile, "none"), strict=True)
    )
    corner = tuple(_grains(place, motion.grain) for place in motion.origin)

    def moment(time: float):
        offset = tuple(_grains(value, motion.grain) for value in along(path, time))
        moved = Patch(*corner, height, width, offset)
        return Displaced(texture, still, moving, moved, motion.grain)

    return moment, path[0] == path[-1]


KINDS = {"interpolate": interpolate, "loop": loop, "pan": pan, "displace": displace}
USED = {
    "interpolate": {"rates"},
    "loop": {"rates"},
    "pan": {"path"},
    "displace": {"path", "patch"},
}


def along(path: tuple[tuple[float, float], ...], time: float) -> tuple[float, float]:
    """The place on a path after the fraction `time` of its length."""
    lengths = [math.dist(*pair) for pair in pairwise(path)]
    left = time * sum(lengths)
    for (start, end), length in zip(pairwise(path), lengths, strict=True):
        if left <= length and length:
            part = left / length
            return tuple(a + (b - a) * part for a, b in zip(start, end, strict=True))
        left -= length
    return path[-1]


def _split(value: float) -> tuple[int, float]:
    """Whole pixels and the rest, to a 1024th of a pixel."""
    steps = round(value * 1024)
    return steps // 1024, steps % 1024 / 1024


def _grains(value: float, grain: int) -> int:
    return round(value / grain) * grain


def _kept(texture, motion: Motion, seed: int, number: int, law="", tile=None) -> Field:
    plane = texture.plane(motion.size, seed, motion.tile if tile is None else tile)
    return Kept(replace(plane, law=law or plane.law), KEPT // number)


def _at_least(motion: Motion, number: int) -> None:
    if len(motion.seeds) < number:
        raise Refused(f"a film of kind {motion.kind} needs {number} seeds: {list(motion.seeds)}.")
