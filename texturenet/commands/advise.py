"""texturenet advise: a photograph -> what to know before a net is trained."""

import shlex
from collections.abc import Sequence

from ..analysis.advice import Finding, changes_of
from ..io.exemplars import open_picture
from . import app, grammar
from .checks import at, set_threads
from .options.training import Advise
from .plan import architecture, check, findings_of, say_findings
from .streams import status_of_printing
from .terminal import say

PLANNED = ("size", "picture.side", "generator.scales")  # the recipe's unless given


def main(arguments: Sequence[str]) -> int:
    return app.run("advise", lambda request: advise(request.options), arguments)


def advise(chosen: Advise) -> int:
    """Print the findings, and the command that follows it."""
    set_threads(chosen.threads)
    given = {key: at(chosen, key) for key in PLANNED if at(chosen, key) is not None}
    given = {"exemplar": chosen.exemplar, "picture.crop": chosen.picture.crop, **given}
    findings = advice_of(given)
    say_findings(findings)
    changed = given | changes_of(findings)
    words = [grammar.override(*item) for item in changed.items() if item[1] is not None]
    say(_view({key: value for key, value in changed.items() if value is not None}))
    say(f"to train so: texturenet train {shlex.join(words)}")
    return status_of_printing()


def _view(values: dict[str, object]) -> str:
    """How far the net of these keys of `train` sees."""
    planned = app.request("train", values).options
    net = architecture(planned, 0)
    return f"a net of {net.scales} scales sees {net.view} pixels a side at a time"


def advice_of(values: dict[str, object]) -> list[Finding]:
    """Findings for a run of `train` with these keys. Raises Refused."""
    planned = app.request("train", values).options
    check(planned)
    set_threads(planned.threads)
    return findings_of(planned, open_picture(planned.exemplar))


def advise_with(**overrides: object) -> list[Finding]:
    """The same from Python."""
    return advice_of(overrides)
