"""A motion on a texture -> its frames (3,H,W) in [0,1], each of which can be made alone."""

from collections.abc import Iterator
from dataclasses import replace
from operator import index

from torch import Tensor

from ..errors import Refused, nearest, reason
from ..noise.laws import REDRESSE
from .motions import EASINGS, KINDS, USED, Motion
from .render import Renderer, whole_seed

MOST_FRAMES = 10**6
MOST_PIXELS = 2**26  # of a frame, which is held in memory
MOST_PLACES = 1000  # of a path
MOST_FAR = 2**40
FASTEST = 1000  # a rate


class Film:
    """The frames of a motion on a texture; `moment(time)` is the window function of a moment."""

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
        return (self.frame(number) for number in range(len(self)))

    def __getitem__(self, number: int) -> Tensor:
        """As of a list: film[-1] is the last frame."""
        return self.frame(number)

    def frame(self, number: int) -> Tensor:
        """Frame `number` -> (3,H,W) in [0,1], on the CPU; from the end where it is negative.

        Raises
        ------
        IndexError : for a frame beyond the film's
        """
        place = index(number)
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no frame {place} in a film of {len(self)} frames")
        window = self.moment(self.time(place % len(self)))
        return self.texture.picture(window, self.motion.size, self.motion.origin)


def _completed(texture: Renderer, motion: Motion) -> Motion:
    """What was left open filled in, what cannot be refused."""
    for name, value, known in (
        ("kind", motion.kind, KINDS),
        ("easing", motion.easing, EASINGS),
        ("redresse", motion.redresse, REDRESSE),
    ):
        if not isinstance(value, str) or value not in known:
            raise Refused(f"{name} is {value!r}.{nearest(str(value), known)}")
    used = USED[motion.kind]
    for name in ("rates", "path", "patch"):
        if getattr(motion, name) is not None and name not in used:
            raise Refused(f"{name} means nothing to a film of kind {motion.kind}.")
    motion = _numbers(motion)
    if not 1 <= motion.frames <= MOST_FRAMES:
        raise Refused(f"{motion.frames} frames: a film has 1 to {MOST_FRAMES}.")
    for seed in motion.seeds:
        texture.check(motion.size, seed, motion.origin)
    if motion.size[0] * motion.size[1] > MOST_PIXELS:
        raise Refused(f"size {motion.size[0]}x{motion.size[1]}: a frame has at most 2^26 pixels.")
    texture.plane(motion.size, 0, motion.tile)  # refuses what cannot repeat
    return _rated(texture, motion) if "rates" in used else motion


def _numbers(motion: Motion) -> Motion:
    """Whole numbers and pairs where there have to be, from whatever holds them."""
    try:
        pairs = {name: tuple(map(index, getattr(motion, name))) for name in ("size", "origin")}
        if motion.patch is not None:
            pairs["patch"] = tuple(map(index, motion.patch))
        seeds = tuple(map(whole_seed, motion.seeds))
        frames, grain = index(motion.frames), index(motion.grain)
        path = motion.path
        path = path if path is None else tuple(tuple(map(float, place)) for place in path)
        rates = motion.rates if motion.rates is None else tuple(map(float, motion.rates))
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"a film cannot be made so: {reason(error)}.") from error
    for name, pair in pairs.items():
        if len(pair) != 2 or max(map(abs, pair)) > MOST_FAR:
            raise Refused(f"{name} is {list(pair)}: it must be two numbers within 2^40.")
    if path is not None:
        if not 2 <= len(path) <= MOST_PLACES or any(len(place) != 2 for place in path):
            raise Refused(f"path must be 2 to {MOST_PLACES} places, each [row,column].")
        if not all(abs(value) <= 2**31 for place in path for value in place):
            raise Refused("path leads too far: every place lies within 2^31 pixels.")
    found = {"seeds": seeds, "frames": frames, "grain": grain, "path": path, "rates": rates}
    return replace(motion, **found, **pairs)


def _rated(texture: Renderer, motion: Motion) -> Motion:
    scales = texture.net.architecture.scales
    rates = motion.rates if motion.rates is not None else (1.0,) * scales
    if len(rates) != scales or not all(abs(rate) <= FASTEST for rate in rates):  # NaN is not
        raise Refused(
            f"rates are {list(rates)}: this net has {scales} scales, one rate each, to {FASTEST}."
        )
    return replace(motion, rates=rates)
