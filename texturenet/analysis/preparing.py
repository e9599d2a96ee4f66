"""A photograph (1,3,H,W) -> an exemplar: seen straight on, lit evenly, the same everywhere.

In this order: borders of one colour, slant and lens and tilt (pixels are interpolated once), light,
the steadiest part, size. What is found and not mended is said, with what would mend it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..errors import Refused
from ..imaging import resized
from ..types import Size
from . import symptoms
from .advice import STEADIER, UNSTEADY, shrunk, steadiest
from .directions import Tilt, tilt_of
from .lighting import evened, light_of
from .perspective import Perspective, perspective_of, view_of, with_lens
from .rectify import (
    Corner,
    View,
    between_corners,
    largest_frame,
    plain_view,
    rectified,
    size_of,
)

SMALLEST = 64  # pixels a side, below which a picture is no exemplar


@dataclass(frozen=True)
class Preparation:
    """What is to be mended.

    Attributes
    ----------
    corners : of a rectangle, clockwise from its upper left; then nothing is sought of the slant
    proportion : height over width of that rectangle, None for that of its sides in the picture
    perspective, lens, straighten : whether to mend the slant, the lens, what is not level
    light : "even" where it is found to be uneven; "always", also where that may be chance; "keep"
    part : "steadiest", where the whole is not steady, without borders; or "whole"
    side : pixels that the shorter side is brought down to, or None
    prefix : of the keys that notes name
    """

    corners: Sequence[Corner] | None = None
    proportion: float | None = None
    perspective: bool = False
    lens: bool = False
    straighten: bool = False
    light: str = "even"
    part: str = "steadiest"
    side: int | None = None
    prefix: str = ""


@dataclass(frozen=True)
class Prepared:
    """pixels: (1,3,h,w) in [0,1]. notes: what was found, and done or not, a line each."""

    pixels: Tensor
    notes: tuple[str, ...]


def prepared(picture: Tensor, wanted: Preparation) -> Prepared:
    """A picture (1,3,H,W) in [0,1] as an exemplar. Raises Refused for corners that are none, and
    where less than SMALLEST pixels a side would be left."""
    notes: list[str] = []
    if not symptoms.contrast(shrunk(picture)):
        raise Refused("the picture is of one colour: there is nothing to be learnt from it.")
    if wanted.corners is not None:
        picture = _between(picture, wanted, notes)
    elif wanted.part == "steadiest":
        picture = _without_borders(picture, notes)
    _check(_size(picture), "is")
    picture = _straight(picture, wanted, notes)
    _check(_size(picture), "would be")
    picture = _lit(picture, wanted, notes)
    if wanted.part == "steadiest":
        picture = _steady(picture, notes)
    if wanted.side is not None and wanted.side < min(picture.shape[-2:]):
        picture = _of_side(picture, wanted.side, notes)
    _check(_size(picture), "would be")
    return Prepared(picture, tuple(notes))


def _check(size: Size, be: str) -> None:
    height, width = size
    if min(height, width) < SMALLEST:
        raise Refused(
            f"the exemplar {be} {height}x{width} pixels: both sides must be at least {SMALLEST}; "
            "use a larger photograph, a larger part of it, or a larger side."
        )


def _size(picture: Tensor) -> Size:
    height, width = picture.shape[-2:]
    return height, width


def _between(picture: Tensor, wanted: Preparation, notes: list[str]) -> Tensor:
    size = _size(picture)
    view, frame = between_corners(wanted.corners, size, wanted.proportion)
    made = size_of(frame, size)
    notes.append(f"corners: what lies between them is {made[0]}x{made[1]} pixels seen straight on")
    _check(made, "would be")
    return rectified(picture, view, frame, made)


def _without_borders(picture: Tensor, notes: list[str]) -> Tensor:
    top, left, height, width = box = symptoms.inside_borders(picture)
    if box == (0, 0, *picture.shape[-2:]):
        return picture
    notes.append(f"border: of one colour, cut off; {height}x{width} are left at {top},{left}")
    return picture[..., top : top + height, left : left + width]


def _straight(picture: Tensor, wanted: Preparation, notes: list[str]) -> Tensor:
    """Without slant, lens and tilt, as far as they are found and to be mended."""
    small, view = shrunk(picture), None
    if wanted.corners is None:
        view = _view(small, wanted, notes)
    seen = small if view is None else _as_seen(small, view)
    if (tilt := _tilt(seen, wanted, notes)) is not None:
        view = tilt.straightening(view or plain_view())
    return picture if view is None else _as_seen(picture, view)


def _as_seen(picture: Tensor, view: View) -> Tensor:
    """As much of the plane as the picture shows, as large as in its middle."""
    size = _size(picture)
    frame = largest_frame(view, size)
    return rectified(picture, view, frame, size_of(frame, size))


def _view(small: Tensor, wanted: Preparation, notes: list[str]) -> View | None:
    """Without the slant and the lens that are found and to be mended; None where none is."""
    seen, slope, bulge = perspective_of(small), (0.0, 0.0), 0.0
    lens = with_lens(small, seen) if wanted.lens else None
    if lens is not None:
        seen, bulge = lens, lens.bulge
        notes.append(f"lens: it bends lines (k1 = {bulge:+.3f} of the shorter side): mended")
    elif wanted.lens:
        notes.append("lens: the texture does not show that it bends lines: left as it is")
    if seen.found and wanted.perspective:
        slope = seen.slope
        notes.append(f"perspective: {told(seen)}: mended")
    elif seen.found:
        key = f"{wanted.prefix}perspective=mend"
        notes.append(f"perspective: {told(seen)}: left as it is; {key} mends it")
    elif wanted.perspective:
        notes.append("perspective: none is found; four corners can be named instead")
    return view_of(slope, bulge) if any((*slope, bulge)) else None


def told(seen: Perspective) -> str:
    """A slant that was found, in words."""
    return (
        f"lengths change by {100 * seen.change:.0f} % across the picture (mended, its waves are "
        f"{seen.sharper:.1f} times as sharp)"
    )


def _tilt(small: Tensor, wanted: Preparation, notes: list[str]) -> Tilt | None:
    """What is found of it and to be mended."""
    tilt = tilt_of(small)
    text = f"upright lines are turned {tilt.upright:+.1f} degrees, level ones {tilt.level:+.1f}"
    if tilt.found and wanted.straighten:
        notes.append(f"tilt: {text}: mended")
        return tilt
    if tilt.found:
        notes.append(f"tilt: {text}: left as it is; {wanted.prefix}straighten=true mends it")
    elif wanted.straighten:
        notes.append("tilt: none is found")
    return None


def _lit(picture: Tensor, wanted: Preparation, notes: list[str]) -> Tensor:
    light = light_of(picture, wanted.light == "always")
    text = f"light: {100 * light.unevenness:.0f} % more where it is brightest than where darkest"
    if not light.found:
        if light.unevenness > 1:
            notes.append(f"{text}, more than light does: left as it is")
        return picture
    if wanted.light == "keep":
        notes.append(f"{text}: left as it is; {wanted.prefix}light=even evens it out")
        return picture
    notes.append(f"{text}: evened out")
    return evened(picture, light)


def _steady(picture: Tensor, notes: list[str]) -> Tensor:
    """The steadiest square, where the whole does not look the same everywhere."""
    whole = symptoms.drift(shrunk(picture))
    if whole < UNSTEADY:
        return picture
    text = f"part: the picture does not look the same everywhere (drift {whole:.2f})"
    box, drift = steadiest(picture, SMALLEST)
    if box is None or drift > STEADIER * whole:
        notes.append(f"{text}; no part of it is much steadier")
        return picture
    top, left, height, width = box
    notes.append(f"{text}; {height}x{width} at {top},{left} are taken (drift {drift:.2f})")
    return picture[..., top : top + height, left : left + width]


def _of_side(picture: Tensor, side: int, notes: list[str]) -> Tensor:
    height, width = picture.shape[-2:]
    ratio = side / min(height, width)
    size = max(1, round(height * ratio)), max(1, round(width * ratio))
    notes.append(f"side: brought down from {height}x{width} to {size[0]}x{size[1]} pixels")
    return resized(picture, size)
