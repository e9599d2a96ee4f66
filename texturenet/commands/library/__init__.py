"""texturenet library: a folder or a list of exemplars -> released textures, catalogue and page.

lists.py reads the list, jobs.py makes a job of each row, making.py is what a worker does with one,
build.py gives them to the engine and keeps the catalogue, table.py shows how far they are,
status.py looks at a library from outside. Workers import making.py alone.
"""

from collections.abc import Sequence
from dataclasses import fields

from ...errors import Refused
from .. import app, grammar
from ..options.library import Library

OWN = {field.name for field in fields(Library)}
STATUS = "status"


def main(arguments: Sequence[str]) -> int:
    """Options of the library, and of train for every texture; `status LIB` is another word for
    action=status out=LIB."""
    try:
        own, given = _parted(_spelled_out(arguments))
    except Refused as refusal:
        return app.leave(str(refusal), 2)
    return app.run("library", lambda request: library(request.options, given), own)


def library(chosen: Library, given: list[grammar.Pair]) -> int:
    """given: options of train. Raises Refused."""
    if chosen.action == STATUS:
        from .status import status

        if given or chosen.exemplars:
            raise Refused("status takes the folder of a library, and nothing else.")
        return status(chosen)
    from .build import build

    return build(chosen, given)


def _spelled_out(arguments: Sequence[str]) -> list[str]:
    """`status LIB` as key=value."""
    if list(arguments[:1]) != [STATUS]:
        return list(arguments)
    if len(arguments) < 2 or ("=" in arguments[1] and not grammar.exists(arguments[1])):
        raise Refused("whose status? Say texturenet library status LIB.")
    return [f"action={STATUS}", f"out={arguments[1]}", *arguments[2:]]


def _parted(arguments: list[str]) -> tuple[list[str], list[grammar.Pair]]:
    """Words of the library's own, and the pairs of train."""
    if {"-m", "--multirun"} & set(arguments):
        raise Refused("a library takes no -m: give a list with options for each texture.")
    own, given = [], []
    for argument in arguments:
        key = argument.partition("=")[0].partition(".")[0]
        if argument.startswith("-") or key in OWN or "=" not in argument:
            own.append(argument)
        else:
            given.append(grammar.pair(argument))
    return own, given
