"""texturenet advise: a photograph -> what is to be known of it before a net is trained."""

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
    share(chosen.threads, 1)
    asked = {key: at(chosen, key) for key in ASKED if at(chosen, key) is not None}
    given = {"exemplar": chosen.exemplar, "picture.crop": chosen.picture.crop, **asked}
    planned = door.composed("train", options.Train, given)
    check(planned)
    findings = looked_at(planned)
    say_all(findings)
    found = given | changes_of(findings)
    words = [spelling.override(key, value) for key, value in found.items() if value is not None]
    say(f"to train so: texturenet train {' '.join(words)}")


def advise_with(**overrides: object) -> list[Finding]:
    planned = door.composed("train", options.Train, overrides)
    check(planned)
    return looked_at(planned)


def looked_at(chosen: options.Train) -> list[Finding]:
    """What is found in the exemplar of a training run that would read it like this."""
    picture = load_picture(chosen.exemplar, crop=chosen.picture.crop)
    plan = Plan(
        cropped=chosen.picture.crop is not None,
        side=chosen.picture.side,
        size=chosen.size,
        scales=chosen.generator.scales,
    )
    return advise(picture.pixels, plan)


def say_all(findings: list[Finding]) -> None:
    for finding in findings:
        remedy = " ".join(spelling.override(*change) for change in finding.changes.items())
        say(f"advice: {finding.text}{f' ({remedy})' if remedy else ''}")
    if not findings:
        say("advice: nothing stands in the way of this exemplar")


def followed(chosen: options.Train) -> options.Train:
    """Say what is found and, with advice=followed, do it where no option says otherwise."""
    if chosen.advice == "none":
        return chosen
    findings = looked_at(chosen)
    say_all(findings)
    if chosen.advice != "followed":
        return chosen
    usual = door.composed("train", options.Train, {"exemplar": chosen.exemplar})
    changes = {
        key: value
        for key, value in changes_of(findings).items()
        if at(chosen, key) == at(usual, key)
    }
    for key, value in changes.items():
        say(f"followed: {spelling.override(key, value)}")
    return _with(chosen, changes)


def _with(chosen: options.Train, changes: dict[str, object]) -> options.Train:
    for key, value in changes.items():
        group, _, name = key.partition(".")
        part = replace(getattr(chosen, group), **{name: value})
        chosen = replace(chosen, **{group: part})
    return chosen
