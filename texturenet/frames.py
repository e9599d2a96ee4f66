"""A motion on a texture -> its frames (3,H,W) in [0,1], each of which can be made alone."""

import math
from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from .errors import Refused, nearest
from .motions import EASINGS, KINDS, USED, Motion, Scene
from .noise import REDRESSE

MOST_FRAMES = 10**6
MOST_PIXELS = 2**26  # of a frame, which is held in memory


class Film:
    """The frames of a motion on a texture: `film.window(i)` is frame i's window function."""

    def __init__(self, texture: Scene, motion: Motion):
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


def _completed(texture: Scene, motion: Motion) -> Motion:
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
    if motion.size[0] * motion.size[1] > MOST_PIXELS:
        raise Refused(f"size {motion.size[0]}x{motion.size[1]}: a frame has at most 2^26 pixels.")
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
