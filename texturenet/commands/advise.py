"""texturenet advise: a photograph -> what is to be known of it before a net is trained."""

import shlex
from collections.abc import Sequence

from ..analysis.advice import Finding, changes_of
from . import app, grammar, options
from .advice import findings_of, say_all
from .checks import at, set_threads
from .terminal import say
from .training_checks import check

ASKED = ("size", "picture.side", "generator.scales")  # the recipe's unless said


def main(arguments: Sequence[str]) -> int:
    return app.run("advise", options.Advise, tell, arguments)


def tell(chosen: options.Advise) -> None:
    """Say what is found, and the command that follows it."""
    set_threads(chosen.threads, 1)
    asked = {key: at(chosen, key) for key in ASKED if at(chosen, key) is not None}
    given = {"exemplar": chosen.exemplar, "picture.crop": chosen.picture.crop, **asked}
    planned = app.composed("train", options.Train, given)
    check(planned)
    findings = findings_of(planned)
    say_all(findings)
    found = given | changes_of(findings)
    words = [f"{key}={_word(value)}" for key, value in found.items() if value is not None]
    say(f"to train so: texturenet train {shlex.join(words)}")


def _word(value: object) -> str:
    """Of a command line, which takes paths as they are."""
    return value if isinstance(value, str) else grammar.value(value)


def advise_with(**overrides: object) -> list[Finding]:
    """Of keys of training."""
    planned = app.composed("train", options.Train, overrides)
    check(planned)
    return findings_of(planned)
