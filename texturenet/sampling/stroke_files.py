"""The text of a file of strokes, JSON or SVG -> strokes. Nothing in it is run or fetched."""

import json
import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from ..errors import Refused, reason
from .strokes import MOST, WIDTH, Stroke

LONGEST = 2**22  # characters
BENDS = 16  # pieces of a curve
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
TOKENS = re.compile(rf"[A-Za-z]|{NUMBER}")
LENGTHS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0}  # numbers of a command of a path
Points = list[tuple[float, float]]  # (x, y)


def strokes_of(text: str, name: str) -> list[Stroke]:
    """Strokes of a file; name: of it, whose ending says its format.

    JSON is {"strokes": [{"points": [[row, column], ..], "width": 64, "size": 0}, ..]}. Of SVG all
    lines, polylines, polygons and paths of M L H V C Q Z are read, a stroke-width as the width;
    their numbers are pixels of the plane.

    Raises Refused for what is neither.
    """
    if len(text) > LONGEST:
        raise Refused(f"{name} has {len(text)} characters: strokes have at most {LONGEST}.")
    try:
        return _of_svg(text, name) if name.lower().endswith(".svg") else _of_json(text, name)
    except Refused as refusal:
        raise Refused(f"{name}: {refusal}") from refusal
    except (
        ValueError, TypeError, KeyError, AttributeError, RecursionError, ElementTree.ParseError,
    ) as error:  # fmt: skip
        raise Refused(f"{name} is no file of strokes ({reason(error)}).") from error


def _of_json(text: str, name: str) -> list[Stroke]:
    facts = json.loads(text)
    if not isinstance(facts, dict) or not isinstance(facts.get("strokes"), list):
        raise Refused('it has no list "strokes".')
    made = []
    for one in facts["strokes"]:
        if odd := sorted(one.keys() - {"points", "width", "size"}):
            raise Refused(f"a stroke has no {odd[0]!r}: points, width and size are known.")
        points = [tuple(point) for point in one["points"]]
        made.append(Stroke(points, one.get("width", WIDTH), one.get("size", 0.0)))
    return made


def _of_svg(text: str, name: str) -> list[Stroke]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused("it declares a document type, which is not read: take that line out.")
    made, drawing = [], ElementTree.fromstring(text)
    _check_units(drawing)
    for element in drawing.iter():
        if "transform" in element.attrib:
            raise Refused("it has a transform, which is not read: apply it in the drawing program.")
        for points in _lines(element):
            if len(points) > 1:
                made.append(Stroke([(y, x) for x, y in points], _width(element)))
    if not made:
        raise Refused("it has no line, polyline, polygon or path.")
    return made


def _check_units(drawing: ElementTree.Element) -> None:
    """Refuse a drawing whose numbers are not pixels: a viewBox can make them anything."""
    if (box := drawing.get("viewBox")) is None:
        return
    left, top, *sides = (float(one) for one in box.replace(",", " ").split())
    claimed = [drawing.get(side) for side in ("width", "height")]
    same = all(
        one is None or one.endswith("%") or _pixels(one) == side
        for one, side in zip(claimed, sides, strict=True)
    )
    if left or top or not same:
        raise Refused(
            f"its viewBox {box!r} gives other units than pixels, which is not read: set pixels "
            "and a scale of 1 in the drawing program."
        )


def _pixels(text: str) -> float | None:
    """A length; None in another unit."""
    found = re.fullmatch(rf"\s*({NUMBER})\s*(?:px)?\s*", text)
    return float(found[1]) if found else None


def _width(element: ElementTree.Element) -> float:
    """Of its stroke: an attribute, or, which counts first, a part of its style."""
    text = element.get("stroke-width", f"{WIDTH}")
    for part in element.get("style", "").split(";"):
        name, _, value = part.partition(":")
        text = value if name.strip() == "stroke-width" else text
    if (width := _pixels(text)) is None:
        raise Refused(f"a stroke-width is {text.strip()!r}: say pixels.")
    return width


def _lines(element: ElementTree.Element) -> Iterator[Points]:
    """Of one element."""
    kind = str(element.tag).rsplit("}", 1)[-1]
    if kind == "line":
        x, y = ([float(element.get(f"{axis}{end}", 0)) for end in (1, 2)] for axis in "xy")
        yield list(zip(x, y, strict=True))
    elif kind in ("polyline", "polygon"):
        numbers = [float(one) for one in re.findall(NUMBER, element.get("points", ""))]
        points = list(zip(numbers[::2], numbers[1::2], strict=False))
        yield points + points[:1] if kind == "polygon" else points
    elif kind == "path":
        yield from _paths(element.get("d", ""))


def _paths(text: str) -> Iterator[Points]:
    """The lines of a path's commands."""
    tokens, points, command, at = TOKENS.findall(text), Points(), "", 0
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
        if command.upper() not in LENGTHS:
            raise Refused(f"its path has a command {command!r}: M L H V C Q Z are read.")
        count = LENGTHS[command.upper()]
        numbers = [float(one) for one in tokens[at : at + count]]
        if len(numbers) < count:
            raise Refused(f"its path ends within {command!r}.")
        at += count
        here = points[-1] if points else (0.0, 0.0)
        if command.upper() == "M":
            yield points
            start = _moved(command, here, numbers)
            points, command = start, "l" if command == "m" else "L"
        else:
            points += _moved(command, here, numbers) if count else points[:1]
        if not count and at < len(tokens) and not tokens[at].isalpha():
            raise Refused("its path has numbers behind Z.")
        if len(points) > MOST * BENDS:
            raise Refused(f"its path has more than {MOST * BENDS} points.")
    yield points


def _moved(command: str, here: tuple[float, float], numbers: list[float]) -> Points:
    """The points that a command adds, from where the last one ended."""
    x, y = here if command.islower() else (0.0, 0.0)
    kind = command.upper()
    if kind == "H":
        return [(numbers[0] + x, here[1])]
    if kind == "V":
        return [(here[0], numbers[0] + y)]
    corners = [(a + x, b + y) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
    return (
        corners
        if len(corners) == 1
        else [_bent([here, *corners], (step + 1) / BENDS) for step in range(BENDS)]
    )


def _bent(corners: Points, share: float) -> tuple[float, float]:
    """A place on a Bezier curve."""
    degree = len(corners) - 1
    weights = [
        math.comb(degree, i) * share**i * (1 - share) ** (degree - i) for i in range(degree + 1)
    ]
    x, y = (sum(w * p[axis] for w, p in zip(weights, corners, strict=True)) for axis in (0, 1))
    return x, y
