"""`Film`: a motion on a texture -> its frames, each of which can be made alone."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import index
from typing import Any

from ..errors import Refused, nearest, reason
from ..materials.kinds import KINDS as MAPS
from ..materials.presets import picture_of
from ..noise.laws import REDRESSE
from .motions import EASINGS, KINDS, USED, Motion
from .render import Renderer, Whole, whole_seed

MOST_FRAMES = 10**6
MOST_PIXELS = 2**26  # of a frame, which is in memory as a whole
MOST_PLACES = 1000  # of a path
MOST_FAR = 2**40  # pixels
FASTEST = 1000  # of a scale's rate
Frame = Any  # a picture (3,H,W) in [0,1]; of a film of maps `materials.kinds.Maps`


class Film:
    """The frames of a motion on a texture, computed when they are read; as a list is read.

    A frame is a picture (3,H,W) in [0,1], or where `motion.maps` is set {kind: (C,H,W)}.

    Parameters
    ----------
    texture : what moves
    motion : how; what it leaves open is filled in, in `Film.motion`

    Attributes
    ----------
    moment : a time in [0,1] -> the `Window` function of what is to be seen then
    closed : whether the frame after the last would be the first

    Raises
    ------
    Refused : for a motion that cannot be

    Examples
    --------
    >>> film = texturenet.load("brick").film("loop", seconds=2, fps=24, size=256)
    >>> for frame in film:
    ...     print(frame.shape)  # (3,256,256)
    >>> maps = texturenet.load("bricks").film("loop", size=256, maps=True)[0]
    >>> print(maps["normal"].shape)  # (3,256,256)
    """

    def __init__(self, texture: Renderer, motion: Motion) -> None:
        self.texture, self.motion = texture, _completed(texture, motion)
        self.moment, closed = KINDS[motion.kind](texture, self.motion)
        self.closed = closed or motion.boomerang

    def __len__(self) -> int:
        """How many frames."""
        return self.motion.frames

    def time(self, frame: int) -> float:
        """When a frame is, from 0 to 1; a closed film ends one frame before it would repeat."""
        steps = self.motion.frames if self.closed else max(1, self.motion.frames - 1)
        time = frame / steps
        if self.motion.boomerang:
            time = 1 - abs(1 - 2 * time)
        return EASINGS[self.motion.easing](time)

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(number) for number in range(len(self)))

    def __getitem__(self, number: Whole) -> Frame:
        """`frame`: film[-1] is the last one."""
        return self.frame(number)

    def frame(self, number: Whole) -> Frame:
        """One frame, for which no other is needed.

        Parameters
        ----------
        number : from 0, or from the end where it is negative

        Returns
        -------
        float32 (3,H,W) in [0,1]; of a film of maps what `Texture.maps` gives; on the CPU

        Raises
        ------
        IndexError : for a frame beyond the film's
        """
        place = index(number)
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no frame {place} in a film of {len(self)} frames")
        window, motion = self.moment(self.time(place % len(self))), self.motion
        if not (motion.maps or motion.map):
            return self.texture.picture(window, motion.size, motion.origin)
        maps = self.texture.maps_of(window, motion.size, motion.origin)
        return maps if motion.maps else picture_of(maps, str(motion.map))


def _completed(texture: Renderer, motion: Motion) -> Motion:
    """What was left open filled in, what cannot be refused."""
    for name, value, names in (
        ("kind", motion.kind, KINDS),
        ("easing", motion.easing, EASINGS),
        ("redresse", motion.redresse, REDRESSE),
    ):
        if not isinstance(value, str) or value not in names:
            raise Refused(f"{name} is {value!r}.{nearest(str(value), names)}")
    used = USED[motion.kind]
    for name in ("rates", "path", "patch", "maps", "map"):
        value = getattr(motion, name)
        if value is not None and value is not False and name not in used:
            others = ", ".join(kind for kind in KINDS if name in USED[kind])
            raise Refused(
                f"{name} means nothing to a film of kind {motion.kind}, but to {others}: leave it "
                "out, or say one of these."
            )
    _check_maps(texture, motion)
    motion = _numbers(motion)
    if not 1 <= motion.frames <= MOST_FRAMES:
        raise Refused(f"{motion.frames} frames: a film has 1 to {MOST_FRAMES}.")
    for seed in motion.seeds:
        texture.check(motion.size, seed, motion.origin)
    if motion.size[0] * motion.size[1] > MOST_PIXELS:
        raise Refused(f"size {motion.size[0]}x{motion.size[1]}: a frame has at most 2^26 pixels.")
    texture.plane(motion.size, 0, motion.tile)  # refuses what cannot repeat
    return _rated(texture, motion) if "rates" in used else motion


def _check_maps(texture: Renderer, motion: Motion) -> None:
    """Refuse maps that there are not."""
    if not isinstance(motion.maps, bool):
        raise Refused(f"maps is {motion.maps!r}: say true or false.")
    if motion.maps and motion.map is not None:
        raise Refused(f"maps gives all maps, map={motion.map} one of them: leave one out.")
    if motion.maps or motion.map is not None:
        layout = texture.material
        kinds = [name for name in MAPS if name in (*layout.kinds, *layout.constants)]
        if motion.map is not None and motion.map not in kinds:
            raise Refused(f"there is no map {motion.map!r}.{nearest(str(motion.map), kinds)}")


def _numbers(motion: Motion) -> Motion:
    """Whole numbers and pairs where there have to be, from whatever holds them."""
    try:
        return replace(
            motion,
            frames=index(motion.frames),
            size=_pair("size", motion.size),
            seeds=tuple(map(whole_seed, motion.seeds)),
            origin=_pair("origin", motion.origin),
            rates=None if motion.rates is None else tuple(map(float, motion.rates)),
            path=None if motion.path is None else _path(motion.path),
            patch=None if motion.patch is None else _pair("patch", motion.patch),
            grain=index(motion.grain),
        )
    except Refused:
        raise
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"a film cannot be made so: {reason(error)}.") from error


def _pair(name: str, numbers: Iterable[Whole]) -> tuple[int, int]:
    pair = tuple(map(index, numbers))
    if len(pair) != 2 or max(map(abs, pair)) > MOST_FAR:
        raise Refused(f"{name} is {list(pair)}: it must be two numbers within 2^40.")
    return pair


def _path(places: Iterable[Iterable[float]]) -> tuple[tuple[float, float], ...]:
    path = tuple(tuple(map(float, place)) for place in places)
    pairs = tuple(place for place in path if len(place) == 2)
    if not 2 <= len(path) <= MOST_PLACES or len(pairs) != len(path):
        raise Refused(f"path must be 2 to {MOST_PLACES} places, each [row,column].")
    if not all(abs(value) <= 2**31 for place in path for value in place):  # NaN is not
        raise Refused("path leads too far: every place lies within 2^31 pixels.")
    return pairs


def _rated(texture: Renderer, motion: Motion) -> Motion:
    scales = texture.net.architecture.scales
    rates = motion.rates if motion.rates is not None else (1.0,) * scales
    if len(rates) != scales or not all(abs(rate) <= FASTEST for rate in rates):  # NaN is not
        raise Refused(
            f"rates are {list(rates)}: this net has {scales} scales, one rate each, to {FASTEST}."
        )
    return replace(motion, rates=rates)
