"""texturenet advise: a photograph -> what is to be known of it before a net is trained."""

import shlex
from collections.abc import Sequence
from dataclasses import replace

from ..adviser import Finding, Plan, advise, changes_of
from ..exemplars import load_picture
from . import door, options, spelling
from .build import check
from .progress import say
from .ranges import at
from .sample import share

ASKED = ("size", "picture.side", "generator.scales")  # the recipe's unless said


def main(arguments: Sequence[str]) -> int:
    return door.run("advise", options.Advise, tell, arguments)


def tell(chosen: options.Advise) -> None:
    """Say what is found, and the command that follows it."""
    share(chosen.threads, 1)
    asked = {key: at(chosen, key) for key in ASKED if at(chosen, key) is not None}
    given = {"exemplar": chosen.exemplar, "picture.crop": chosen.picture.crop, **asked}
    planned = door.composed("train", options.Train, given)
    check(planned)
    findings = looked_at(planned)
    say_all(findings)
    found = given | changes_of(findings)
    words = [f"{key}={_word(value)}" for key, value in found.items() if value is not None]
    say(f"to train so: texturenet train {shlex.join(words)}")


def _word(value: object) -> str:
    """Of a command line, which takes paths as they are."""
    return value if isinstance(value, str) else spelling.value(value)


def advise_with(**overrides: object) -> list[Finding]:
    """Of keys of training."""
    planned = door.composed("train", options.Train, overrides)
    check(planned)
    return looked_at(planned)


def looked_at(chosen: options.Train) -> list[Finding]:
    """What is found in the exemplar of a training run that would read it like this."""
    picture = load_picture(chosen.exemplar, crop=chosen.picture.crop)
    plan = Plan(
        crop=tuple(chosen.picture.crop) if chosen.picture.crop else None,
        side=chosen.picture.side,
        size=chosen.size,
        scales=chosen.generator.scales,
        waves=chosen.generator.waves,
    )
    return advise(picture.pixels, plan)


def say_all(findings: list[Finding]) -> None:
    """With the options that mend them."""
    for finding in findings:
        remedy = " ".join(spelling.override(*change) for change in finding.changes.items())
        say(f"advice: {finding.text}{f' ({remedy})' if remedy else ''}")
    if not findings:
        say("advice: nothing stands in the way of this exemplar")


def followed(chosen: options.Train) -> options.Train:
    """Say what is found and, with advice=followed, do it where neither the user nor the recipe
    says otherwise."""
    if chosen.advice == "none":
        return chosen
    said, findings = door.said(), looked_at(chosen)
    say_all(findings)
    if chosen.advice != "followed":
        return chosen
    usual = door.composed("train", options.Train, {"exemplar": chosen.exemplar})
    changes = {
        key: value
        for key, value in changes_of(findings).items()
        if key not in said and at(chosen, key) == at(usual, key)
    }
    for key, value in changes.items():
        say(f"followed: {spelling.override(key, value)}")
    chosen = _with(chosen, changes)
    check(chosen)
    return chosen


def _with(chosen: options.Train, changes: dict[str, object]) -> options.Train:
    for key, value in changes.items():
        group, _, name = key.partition(".")
        part = replace(getattr(chosen, group), **{name: value})
        chosen = replace(chosen, **{group: part})
    return chosen
