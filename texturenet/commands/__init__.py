"""The verbs of `texturenet`; each is a module with a `main`, imported only when called."""

import logging
import os
import signal
import sys
import warnings
from importlib import import_module
from pathlib import Path

from .. import __version__
from ..errors import StoppedAtOnce, nearest
from . import help
from .streams import LenientStream, open_stream, status_of_printing

VERBS = {
    "train": ("learn a texture from a photograph", "exemplar=gravel recipe=fast"),
    "advise": ("look at a photograph before it is learnt", "exemplar=gravel"),
    "prepare": ("make an exemplar of a photograph", "photo.jpg corrections=auto"),
    "sample": ("make new pictures of a learnt texture", "model=brick size=512 count=4"),
    "join": ("join parts of a very large picture", "parts/ out=big.tif"),
    "film": ("make a film of a learnt texture", "model=brick kind=loop seconds=4"),
    "morph": ("make the net between two", "models=grass,gravel at=0.5"),
    "blend": ("make one picture of several textures", "models=grass,gravel mask=path.png"),
    "paint": (
        "make a landscape of a picture of labels",
        "labels=map.png models={1:grass,2:gravel}",
    ),
    "tileset": ("make tiles that fit, for map editors", "models=grass,gravel kind=corner side=64"),
    "gatys": ("make one picture of a texture, slowly, well", "exemplar=pebbles size=512"),
    "transfer": ("give a picture the style of another", "content=photo.jpg style=art.jpg"),
    "reconstruct": ("make a picture again from features", "image=brick"),
    "descriptor": ("make one from random weights", "kind=ranvgg image=brick"),
    "study": ("compare descriptors, on one page", "descriptors exemplar=gravel quick=true"),
    "reproduce": ("make a picture or film again from its file", "brick_0.png"),
    "library": ("learn many textures, on many machines", "exemplars=photos out=library"),
    "score": ("judge a net, or a picture, by figures", "model=brick"),
    "page": ("make a web page of a learnt texture", "model=brick out=brick.html"),
    "export": ("write a net for other programs", "model=brick format=onnx"),
    "studio": ("all of this in a window of the browser", ""),
    "models": ("list the textures that can be sampled", ""),
}


def usage() -> str:
    lines = [
        "usage: texturenet VERB [key=value ...]      texturenet VERB --help tells its keys",
        "",
    ]
    for verb, (what, example) in VERBS.items():
        lines.append(f"  {verb:<11} {what:<43} texturenet {verb} {example}".rstrip())
    return "\n".join(lines)


SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = "texturenet: interrupted."
_asked: list[int] = []  # signals that have come while a command worked


def main() -> None:
    """The console script: leaves with the status of the verb, or 128 + signal, in one line."""
    _asked.clear()
    before = {number: signal.signal(number, _leave_at_once) for number in SIGNALS}
    streams = sys.stdout, sys.stderr
    opened = [open_stream(stream) for stream in streams]
    for stream in opened:
        if hasattr(stream, "reconfigure"):
            # What a terminal cannot show is escaped, not an error.
            stream.reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = map(LenientStream, opened)
    try:
        status = _call(sys.argv[1:])
        _say_lost(sys.stdout)
        sys.exit(status)
    except StoppedAtOnce as stopped:
        print(INTERRUPTED, file=sys.stderr)
        sys.exit(128 + stopped.args[0])
    except Exception:
        # A library that was loading then may swallow that, and fail in its own way afterwards.
        if not _asked:
            raise
        print(INTERRUPTED, file=sys.stderr)
        sys.exit(128 + _asked[0])
    finally:
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_lost(output: LenientStream) -> None:
    output.flush()
    if output.failed:
        print(f"texturenet: cannot write the output: {output.error.strerror}.", file=sys.stderr)


def _call(arguments: list[str]) -> int:
    verb = arguments[0] if arguments else "--help"
    if verb in VERBS and {"-h", "--help"} & set(arguments):
        print(help.of(verb))  # without the libraries that the verb itself needs
        return status_of_printing()
    if verb in VERBS:
        if not _has_working_folder():
            print(
                "texturenet: the working folder has been deleted: change to one that exists.",
                file=sys.stderr,
            )
            return 2
        # What Pillow and torch log about a damaged file, a refusal says in our words.
        logging.getLogger("PIL").addHandler(logging.NullHandler())
        warnings.filterwarnings("ignore", module=r"PIL\.|torch\.(serialization|storage|_)")
        command = import_module(f".{verb}", __name__)
        for number in SIGNALS:
            signal.signal(number, _stop)
        return command.main(arguments[1:])
    if verb in ("-h", "--help", "help"):
        print(usage())
        return status_of_printing()
    if verb == "--version":
        print(f"texturenet {__version__}")
        return status_of_printing()
    print(f"texturenet: there is no verb {verb!r}.{nearest(verb, VERBS)}", file=sys.stderr)
    return 2


def _has_working_folder() -> bool:
    """Without one torch's own libraries end the process."""
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def _leave_at_once(number: int, frame: object) -> None:
    """While libraries load: nothing has to be tidied up, and an import may swallow exceptions."""
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(128 + number)


def _stop(number: int, frame: object) -> None:
    """While a command works: whatever it has open is closed on the way out."""
    if _loads_torch():
        _leave_at_once(number, frame)
    _asked.append(number)
    raise StoppedAtOnce(number)


def _loads_torch() -> bool:
    """A command loads it before all else; an exception from within ends C++ with a traceback."""
    spec = getattr(sys.modules.get("torch"), "__spec__", None)
    return getattr(spec, "_initializing", False)
