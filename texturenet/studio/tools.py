"""What the commands lend to the studio, which lies below them and imports none of them."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..io.exemplars import PictureFile

Values = Mapping[str, object]  # {key of a verb: value}


@dataclass(frozen=True)
class Mended:
    """size: (height, width) of what would be learnt from. notes: of what was found and done, a line
    each."""

    size: tuple[int, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Tools:
    """Functions that raise Refused where the commands would.

    Attributes
    ----------
    typed : (verb, values) -> the same by their types: of what is text the value that the command
        reads in it, of a mapping {key: value} of a group its keys one by one
    word : (key, value) -> the word of a command line that says so
    words : (verb, values) -> words of a command line, checked as the command would check them; it
        reads of them the values that were checked
    advise : values of `train` -> [(text, changes)], as `advise` says them
    mend : (values of `train`, file) -> the exemplar that they make, of which a small picture is
        written into the file
    colour : values of `train` -> the file of the colour that is learnt
    maps : folder of a material -> {map: name of its file}
    """

    typed: Callable[[str, Values], dict[str, object]]
    word: Callable[[str, object], str]
    words: Callable[[str, Values], list[str]]
    advise: Callable[[Values], list[tuple[str, dict[str, object]]]]
    mend: Callable[[Values, Path], Mended]
    colour: Callable[[Values], PictureFile]
    maps: Callable[[str], dict[str, str]]


def command_line(verb: str, words: Sequence[str]) -> str:
    """What a terminal would be told."""
    return shlex.join(["texturenet", verb, *words])
