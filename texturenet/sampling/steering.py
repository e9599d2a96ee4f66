"""`steered()`: a texture that follows a course, told to its net or, for a net that is not told,
by turned pieces of its plane."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import Refused
from ..generator import release
from ..generator.steady import held, plain_card, steering_of
from ..hardware import device_of
from ..noise.fields import Field, period_of
from ..noise.philox import Period
from ..noise.steering import Course, Steering, Told
from ..types import Place, Size
from .courses import course_of
from .grain import grain_of, same_upside_down
from .render import PRECISIONS
from .strokes import Strokes
from .texture import Texture
from .warping import Warped

__all__ = ["Steered", "Warped", "steered"]

LOOKED = 64  # places a side where a window's course is looked at
GRAINED = 256  # pixels a side of the picture that says which way a texture lies


@dataclass(frozen=True, eq=False)
class Steered(Texture):
    """A texture whose net is told its direction and size at every place.

    Attributes
    ----------
    steering : what the net is told
    course : where it lies which way, and how large
    """

    steering: Steering
    course: Course

    def waved(self, field: Field, seed: int, period: Period | None = None) -> Field:
        """A field of noise, and behind it the course."""
        return Told(field, self.steering, self.course, period or period_of(field))

    def remarks(self, size: Size, origin: Place = (0, 0)) -> list[str]:
        """What of the course the net cannot follow in a window, in sentences."""
        rows, columns = (
            torch.linspace(start, start + length - 1, min(length, LOOKED), dtype=torch.float64)
            for start, length in zip(origin, size, strict=True)
        )
        angles, sizes = self.course(rows, columns)
        said = []
        if not self.steering.turns and bool(angles.any()):
            said.append("this net was trained with steer=scale: angles of the field do nothing.")
        if not self.steering.sized and bool(sizes.any()):
            said.append("this net was trained with steer=rotation: sizes of the field do nothing.")
        if self.steering.sized and (beyond := _beyond(self.steering.sizes, sizes)):
            said.append(beyond)
        return said

    def without(self) -> Texture:
        """The texture as the exemplar lies, of its usual size."""
        return Texture(held(self.net, self.steering), plain_card(self.card))


def steered(
    model: str,
    field: object,
    device: str | torch.device | None = None,
    precision: str = "float32",
) -> Steered | Warped:
    """A learnt texture that follows a field of directions and sizes.

    Parameters
    ----------
    model : as `texturenet.load` takes it. A net that was trained with `steer` is told the field;
        of any other turned pieces are put together, see `warping`
    field : an angle in degrees, anticlockwise as seen; or (angle, size), a size of 1 is twice as
        large, of -1 half as large; or `courses.painted(..)` or `strokes.Strokes(..)`; or any
        function of rows (h,) and columns (w,), float64 pixels, to angles and sizes (h,w)
    device, precision : as of `load`

    Returns
    -------
    a texture; its `remarks` say what of the field it cannot follow in a window

    Raises
    ------
    Refused : as `load` does, and for what is no field

    Examples
    --------
    >>> wood = texturenet.steered("wood.safetensors", lambda rows, columns: (columns / 4, 0.0))
    >>> picture = wood.render(512, 512)
    """
    path = release.find(str(model))
    if precision not in PRECISIONS:
        raise Refused(f"precision is {precision!r}: say {' or '.join(PRECISIONS)}.")
    net, card = release.load_whole(path)
    net = net.to(device_of(device)).in_precision(PRECISIONS[precision])
    if (steering := steering_of(card)) is None:
        return Warped(net, card, _laid(course_of(field), Texture(net, card), 0))
    texture = Steered(net, card, steering, course_of(field))
    return replace(texture, course=_laid(texture.course, texture.without(), steering.turns))


def _laid(course: Course, texture: Texture, turns: int) -> Course:
    """Strokes know which way a texture lies by itself, and whether it has a head and tail; turns:
    what its net is told of that, or 0."""
    if not isinstance(course, Strokes):
        return course
    picture = texture.render(GRAINED, GRAINED)
    turns = turns or (2 if same_upside_down(picture[None]) else 1)
    return replace(course, grain=grain_of(picture), turns=turns)


def _beyond(learnt: tuple[float, float], sizes: Tensor) -> str | None:
    """What has to be said of sizes (octaves) that were not learnt."""
    least, most = float(sizes.min()), float(sizes.max())
    if least >= learnt[0] and most <= learnt[1]:
        return None
    low, high = (2**one for one in learnt)
    return (
        f"the field has sizes from {2**least:.2f} to {2**most:.2f}, and this net learnt "
        f"{low:.2f} to {high:.2f}: what lies beyond is drawn at these ends."
    )
