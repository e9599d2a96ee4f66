"""texturenet prepare: a photograph -> an exemplar, a picture file."""

from collections.abc import Sequence
from pathlib import Path

from ..analysis.preparing import prepared
from ..errors import Refused
from ..io.exemplars import open_picture
from ..io.pictures import check_output, save_picture
from . import app, grammar
from .checks import output_path, set_threads
from .mending import preparation
from .options.preparing import Prepare
from .terminal import say


def main(arguments: Sequence[str]) -> int:
    """A first argument without `=` is the photograph."""
    if arguments and "=" not in arguments[0] and not arguments[0].startswith("-"):
        arguments = [f"image={arguments[0]}", *arguments[1:]]
    return app.run("prepare", lambda request: prepare(request.options), arguments, outputs)


def outputs(chosen: Prepare) -> list[Path]:
    """The file that is written. Raises Refused for one that cannot be."""
    out = output_path("out", chosen.out or f"{Path(chosen.image).stem}_exemplar.png")
    check_output(out, 1, 1)
    return [out]


def prepare(chosen: Prepare) -> None:
    """Write the exemplar, and say what was found and done."""
    set_threads(chosen.threads)
    (out,) = outputs(chosen)
    file = open_picture(chosen.image)
    if out.exists() and out.samefile(file.path):
        raise Refused(f"out is {out}, the photograph itself: say another name.")
    wanted = preparation(chosen, chosen.crop, chosen.side)
    picture = file.picture(crop=chosen.crop)
    for note in picture.notes:
        say(f"{file.path.name}: {note}")
    height, width = picture.pixels.shape[-2:]
    made = prepared(picture.pixels, wanted)
    for note in made.notes or ("nothing stands in the way of this photograph",):
        say(note)
    save_picture(out, made.pixels)
    say(f"{out}: {made.pixels.shape[-2]}x{made.pixels.shape[-1]}, of {height}x{width} pixels")
    say(f"to train on it: texturenet train {grammar.override('exemplar', out)}")
