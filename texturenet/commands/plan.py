"""A training run as its options plan it: the shape of its net, and advice for its exemplar."""

import math
from dataclasses import replace

from ..analysis.advice import LARGEST, Finding, TrainingPlan, advise, changes_of
from ..errors import Refused
from ..generator.architecture import Architecture
from ..io.exemplars import PictureFile
from ..losses.statistics import STATISTICS
from ..types import Size
from . import app, grammar
from .app import Request
from .checks import at
from .options.training import Generator, Train
from .terminal import say

COARSEST = 256  # pixels a side, in which a net of `generator.scales` sees an exemplar's structure


def check(chosen: Train) -> None:
    """Refuse what could not be trained, before anything is loaded."""
    if not any(getattr(chosen.loss, name) for name in STATISTICS):
        names = ", ".join(f"loss.{name}" for name in STATISTICS)
        raise Refused(f"{names} are all 0: nothing would be learnt.")
    given = chosen.generator
    waves = given.waves or 0
    shape = architecture(chosen, 2 * waves + (waves and (given.units or 0)))
    if given.units and (given.waves == 0 or not chosen.windows or _told_otherwise(chosen)):
        raise Refused(
            f"generator.units={given.units}: units are those of a lattice, which is sought with "
            "waves and windows of one exemplar that lies one way. Say generator.units=0."
        )
    if not chosen.windows:
        shape.check_period("size", chosen.size)
        if chosen.picture.octaves != 1:
            raise Refused(f"picture.octaves={chosen.picture.octaves} needs windows=true.")


def _told_otherwise(chosen: Train) -> bool:
    return chosen.steer != "none" or bool(chosen.exemplars)


def architecture(chosen: Train, wave_channels: int) -> Architecture:
    """Of the net; wave_channels: beside those of the noise."""
    octaves = chosen.picture.octaves or 1
    scales = chosen.generator.scales + octaves - 1
    return _shape(chosen.generator, scales, wave_channels, heads=octaves > 1)


def _shape(
    given: Generator, scales: int, wave_channels: int = 0, heads: bool = False
) -> Architecture:
    """Of `scales` scales, otherwise as given."""
    noise = given.noise_channels + wave_channels
    if given.widths is None:
        return replace(Architecture.growing(scales, given.step, noise), heads=heads)
    finest_first = [given.widths[min(k, len(given.widths) - 1)] for k in range(scales)]
    return Architecture(tuple(reversed(finest_first)), given.branch or 0, noise, heads=heads)


def octaves_of(sides: Size) -> int:
    """How many times an exemplar of (height, width) is there, to be about COARSEST pixels large
    where it is smallest."""
    return 1 + max(0, round(math.log2(min(sides) / COARSEST)))


def findings_of(chosen: Train, file: PictureFile) -> list[Finding]:
    """What is unusual in the exemplar of a training run that would read it like this."""
    picture = file.picture(crop=chosen.picture.crop)
    plan = TrainingPlan(
        crop=tuple(chosen.picture.crop) if chosen.picture.crop else None,
        side=chosen.picture.side,
        size=chosen.size,
        scales=chosen.generator.scales,
        views=tuple(_shape(chosen.generator, k).view for k in range(1, LARGEST + 1)),
        waves=chosen.generator.waves,
    )
    findings = advise(picture.pixels, plan)
    return [_of_all_maps(each) for each in findings] if chosen.material else findings


def _of_all_maps(finding: Finding) -> Finding:
    """Without what would mend the colour of a material alone."""
    changes = {k: v for k, v in finding.changes.items() if not k.startswith("prepare.")}
    return replace(finding, changes=changes)


def say_findings(findings: list[Finding]) -> None:
    """With the options that mend them."""
    for finding in findings:
        remedy = " ".join(grammar.override(*change) for change in finding.changes.items())
        say(f"advice: {finding.text}{f' ({remedy})' if remedy else ''}")
    if not findings:
        say("advice: nothing stands in the way of this exemplar")


def with_advice(request: Request, file: PictureFile) -> Train:
    """The options after the advice: with advice=followed, changed where neither the user nor the
    recipe says otherwise."""
    chosen = request.options
    if chosen.advice == "none":
        return chosen
    findings = findings_of(chosen, file)
    say_findings(findings)
    if chosen.advice != "followed":
        return chosen
    of_what = {"material": chosen.material} if chosen.material else {"exemplar": chosen.exemplar}
    usual = app.request("train", of_what).options
    changes = {
        key: value
        for key, value in changes_of(findings).items()
        if not request.gives(key) and at(chosen, key) == at(usual, key)
    }
    for key, value in changes.items():
        say(f"followed: {grammar.override(key, value)}")
    chosen = _changed(chosen, changes)
    check(chosen)
    return chosen


def _changed(chosen: Train, changes: dict[str, object]) -> Train:
    for key, value in changes.items():
        group, _, name = key.partition(".")
        part = replace(getattr(chosen, group), **{name: value})
        chosen = replace(chosen, **{group: part})
    return chosen
