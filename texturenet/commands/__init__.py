"""The verbs of `texturenet`; each is a Hydra application, imported only when called."""

import sys
from importlib import import_module

from .. import __version__

VERBS = {
    "train": ("learn a texture from a photograph", "exemplar=gravel recipe=fast"),
    "sample": ("make new pictures of a learnt texture", "model=brick size=512 count=4"),
    "models": ("list the textures that can be sampled", ""),
}


def usage() -> str:
    lines = [
        "usage: texturenet VERB [key=value ...]      texturenet VERB --help tells its keys",
        "",
    ]
    for verb, (what, example) in VERBS.items():
        lines.append(f"  {verb:<8} {what:<42} texturenet {verb} {example}".rstrip())
    return "\n".join(lines)


def main() -> None:
    arguments = sys.argv[1:]
    verb = arguments[0] if arguments else "--help"
    if verb in ("-h", "--help", "help"):
        print(usage())
    elif verb == "--version":
        print(f"texturenet {__version__}")
    elif verb in VERBS:
        sys.exit(import_module(f".{verb}", __name__).main(arguments[1:]))
    else:
        from ..errors import nearest

        print(
            f"texturenet: there is no verb {verb!r}.{nearest(verb, list(VERBS))}", file=sys.stderr
        )
        sys.exit(2)
