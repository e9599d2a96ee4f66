"""Pieces of a large picture, which many processes or machines drew -> the picture.

The files are read once, and every block is held against its SHA-256 on the way. What is missing,
belongs elsewhere or is damaged is told all at once, each with what mends it.
"""

import shlex
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..errors import Refused
from ..generator import release
from ..io.large.pieces import NAME, Piece, opened
from ..io.large.sheet import Part
from ..types import Size
from .drawing import Drawing
from .large import Layer
from .processes import Made
from .provenance import Record, sample_words

HERE: Mapping[Path, str] = MappingProxyType({})


@dataclass(frozen=True)
class Joined:
    """The picture that pieces say they are of; drawn already."""

    record: Record
    size: Size
    layers: tuple[Layer, ...]
    margin: int
    smaller: str = "say another name for it"

    def pixels(self, part: Part) -> list[np.ndarray]:
        raise NotImplementedError


class Joining(Drawing):
    """Call `check_room`, `resume` and `draw`, as of any drawing.

    Parameters
    ----------
    path : of the picture's file
    pieces : all of them, as `complete` gives them back
    """

    def __init__(self, path: Path, pieces: Sequence[Piece]):
        first = pieces[0]
        height, width, channels, bits, margin = first.shape
        layers = (Layer("", channels, bits),)
        super().__init__(path, Joined(first.record, (height, width), layers, margin))
        self.pieces = pieces

    def _encoded(self, workers: int) -> Generator[tuple[Part, Made]]:
        """Raises Refused, at the end, for pieces that are damaged: nothing is then kept."""
        damaged: list[str] = []
        for piece in self.pieces:
            try:
                for number, data in _read(piece, self.done):
                    if not damaged:
                        yield self.sheets[0].part(number), [data]
            except (ValueError, OSError) as error:
                remedy = again(piece, piece.number)
                damaged.append(f"{piece.path.name}: {error}; {remedy}")
        if damaged:
            self.discard()
            raise Unfit(damaged)


class Unfit(Refused):
    """lines : one for each piece that is missing, damaged or of another picture, with its remedy"""

    def __init__(self, lines: Sequence[str]):
        self.lines = list(lines)
        count = "1 part" if len(lines) == 1 else f"{len(lines)} parts"
        more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        super().__init__(f"{count} cannot be joined: {lines[0]}{more}.")


def _read(piece: Piece, done: int) -> Iterator[tuple[int, bytes]]:
    """The parts from number `done` on. Raises ValueError for one that is not whole."""
    with open(piece.path, "rb") as file:
        file.seek(piece.start)
        for number in piece.numbers:
            data = piece.read(number, file)
            if number >= done:
                yield number, data
        if file.read(1):
            raise ValueError("something follows its last block")


def found_in(paths: Iterable[Path]) -> list[Path]:
    """Files, and of folders those that are named as pieces are. Raises Refused where there is
    none."""
    paths = list(paths)
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(one for one in path.iterdir() if NAME.fullmatch(one.name))
        else:
            files.append(path)
    if not files:
        raise none_in(", ".join(map(str, paths)))
    return files


def none_in(where: str) -> Refused:
    return Refused(
        f"{where} holds no parts of a picture (NAME.tif.1of16): draw each of them first, with "
        "`texturenet sample model=NAME size=N out=NAME.tif part=1/16` to part=16/16."
    )


def complete(files: Iterable[Path], places: Mapping[Path, str] = HERE) -> list[Piece]:
    """The pieces of one picture, in order.

    places : where those come from that were brought here

    Raises
    ------
    Unfit : where some are missing, or of another picture
    Refused : for files that are no pieces
    """
    found = (opened(path, places.get(path)) for path in files)
    pieces = sorted(found, key=lambda piece: piece.number)
    usual = _usual(pieces)
    lines: list[str] = []
    by_number: dict[int, Piece] = {}
    for piece in pieces:
        if piece.picture != usual.picture:
            there = piece.number > usual.of or any(
                other.number == piece.number and other.picture == usual.picture for other in pieces
            )
            remedy = _away(piece) if there else again(usual, piece.number)
            lines.append(
                f"{piece.path.name}: of another picture ({_apart(piece, usual)}); {remedy}"
            )
        elif piece.number in by_number:
            lines.append(
                f"{piece.path.name}: the same as {by_number[piece.number].path.name}; "
                f"{_away(piece)}"
            )
        else:
            by_number[piece.number] = piece
    told = {piece.number for piece in pieces if piece.picture != usual.picture}
    for number in range(1, usual.of + 1):
        if number not in by_number and number not in told:
            lines.append(f"part {number} of {usual.of} is missing; {again(usual, number)}")
    if lines:
        raise Unfit(lines)
    return [by_number[number] for number in range(1, usual.of + 1)]


def _away(piece: Piece) -> str:
    return f"move {shlex.quote(piece.place)} to another folder"


def _usual(pieces: Sequence[Piece]) -> Piece:
    """One of the picture that most of them are of."""
    kinds = [piece.picture for piece in pieces]
    return max(pieces, key=lambda piece: kinds.count(piece.picture))


def _apart(piece: Piece, usual: Piece) -> str:
    """How a piece differs from the others."""
    if piece.of != usual.of:
        return f"one of {piece.of} parts, not of {usual.of}"
    if piece.kind != usual.kind:
        return f"of a {piece.kind}, not of a {usual.kind}"
    for key in {**usual.record, **piece.record}:
        one, other = piece.record.get(key), usual.record.get(key)
        if one != other:
            return f"{key} {str(one)[:40]}, not {str(other)[:40]}"
    return "drawn by another version"


def again(piece: Piece, number: int) -> str:
    """What draws one of the pieces anew."""
    named = NAME.fullmatch(piece.place)
    out = named[1] if named else f"NAME{piece.kind}"
    return how_to_draw(piece.record, out, f"{number}/{piece.of}")


def how_to_draw(record: Record, out: str, part: str) -> str:
    """The command that makes a part, K/N, of the picture out."""
    words = sample_words(record)
    if words is None:
        return f"draw it by the command of the other parts, with part={part}"
    known = _is_known(record)
    words = [word if known or not word.startswith("model=") else "model=FILE" for word in words]
    command = shlex.join(["texturenet", "sample", *words, f"out={out}", f"part={part}"])
    net = f"{record.get('model')} (weights {str(record.get('weights'))[:12]})"
    whose = "" if known else f", FILE being the net {net}"
    return f"draw it with `{command}`{whose}"


def _is_known(record: Record) -> bool:
    """Whether the net that drew a picture is the released one of its name."""
    try:
        net, _ = release.load(release.find(str(record["model"])))
    except (KeyError, Refused):
        return False
    return bool(release.fingerprint(net) == record.get("weights"))
