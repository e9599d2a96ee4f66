"""`field` of the options -> the texture that follows it, and what its file says of that."""

import math
from pathlib import Path

from ..blending.painted import digests
from ..errors import Refused
from ..io.files import user_path
from ..io.map_files import read_map
from ..noise.steering import Course
from ..sampling.courses import TURNS, Even, painted
from ..sampling.render import check_sides
from ..sampling.steering import Steered, Warped, steered
from ..sampling.stroke_files import LONGEST, strokes_of
from ..sampling.strokes import Strokes
from ..types import Place, Size
from .checks import size_of
from .drawing import computing
from .options.sampling import Sample
from .terminal import say

STROKES = ".json", ".svg"


def followed(chosen: Sample) -> tuple[Steered | Warped, dict[str, object]]:
    """The texture, and what the record of a picture says beside. Says what cannot be followed."""
    size, origin = size_of(chosen.size), (chosen.origin[0], chosen.origin[1])
    check_sides(size)
    if chosen.preset:
        raise Refused("field turns colour alone, and preset is of all maps: leave one of them out.")
    course, facts = _course(chosen, size, origin)
    texture = steered(chosen.model, course, *computing(chosen))
    for remark in texture.remarks(size, origin):
        say(remark)
    return texture, {"kind": "steered", "field": facts, "laid": [*size, *origin]}


def _course(chosen: Sample, size: Size, origin: Place) -> tuple[Course, object]:
    """Of a number, a file of strokes, or a picture; and what stands for it in a record."""
    text = str(chosen.field)
    if (even := _even(text)) is not None:
        return even, text
    path = user_path(text)
    facts = {path.name: digests([path])[0], "turn": chosen.field_turn}
    if path.suffix.lower() in STROKES:
        return Strokes(strokes_of(_text(path), path.name)), facts
    if chosen.field_turn not in TURNS:
        raise Refused(f"field_turn is {chosen.field_turn}: it must be 180 or 360 degrees.")
    picture = read_map(path).values
    if (given := tuple(picture.shape[1:])) != size:
        say(f"{path.name} is {given[0]}x{given[1]}: stretched to {size[0]}x{size[1]}")
    if len(picture) % 2 == 0 and bool((picture[-1] < 1).any()):
        say(f"{path.name} is transparent in parts: that is passed over.")
    return painted(picture, size, origin, chosen.field_turn), facts


def _even(text: str) -> Even | None:
    """`30` or `30,0.5`."""
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:  # the name of a file
        return None
    if len(numbers) > 2 or not all(map(math.isfinite, numbers)):
        raise Refused(f"field is {text}: say degrees, or degrees,octaves; finite numbers.")
    return Even(*numbers)


def _text(path: Path) -> str:
    """Of a file of strokes; one that is too long is left to be refused."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(LONGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"cannot read {path.name}: {error}.") from error
