"""What is found in the exemplar of a training run, said and followed (by `advise` and `train`)."""

from dataclasses import replace

from ..analysis.advice import Finding, TrainingPlan, advise, changes_of
from ..io.exemplars import load_picture
from . import app, grammar, options
from .checks import at
from .terminal import say
from .training_checks import check


def findings_of(chosen: options.Train) -> list[Finding]:
    """What is found in the exemplar of a training run that would read it like this."""
    picture = load_picture(chosen.exemplar, crop=chosen.picture.crop)
    plan = TrainingPlan(
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
        remedy = " ".join(grammar.override(*change) for change in finding.changes.items())
        say(f"advice: {finding.text}{f' ({remedy})' if remedy else ''}")
    if not findings:
        say("advice: nothing stands in the way of this exemplar")


def followed(chosen: options.Train) -> options.Train:
    """Say what is found and, with advice=followed, do it where neither the user nor the recipe
    says otherwise."""
    if chosen.advice == "none":
        return chosen
    said, findings = app.said(), findings_of(chosen)
    say_all(findings)
    if chosen.advice != "followed":
        return chosen
    usual = app.composed("train", options.Train, {"exemplar": chosen.exemplar})
    changes = {
        key: value
        for key, value in changes_of(findings).items()
        if key not in said and at(chosen, key) == at(usual, key)
    }
    for key, value in changes.items():
        say(f"followed: {grammar.override(key, value)}")
    chosen = _with(chosen, changes)
    check(chosen)
    return chosen


def _with(chosen: options.Train, changes: dict[str, object]) -> options.Train:
    for key, value in changes.items():
        group, _, name = key.partition(".")
        part = replace(getattr(chosen, group), **{name: value})
        chosen = replace(chosen, **{group: part})
    return chosen
