"""A photograph (1,3,H,W) and what is planned with it -> findings, in plain words, with remedies.

A remedy is a change of the options of training; thresholds were set on pictures that have the fault
and pictures that have not (tests/analysis/test_advice.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from torch import Tensor
from torch.nn.functional import interpolate

from . import symptoms
from .lighting import light_of
from .perspective import perspective_of
from .regularity import Regularity, regularity
from .symptoms import Box

BLOCKY = 0.8  # from here on blocks of JPEG are seen
FAINT = 0.25  # contrast below which a picture is faint
BURNT = 0.03  # share of pixels clipped, from which on it matters
UNSTEADY = 0.35  # drift from which on a picture is no texture of one kind
UNEVEN = 0.15  # more light on one side than another, from which on it matters
STEADIER = 0.6  # as much of the drift a part may have, to be worth cutting out
PARTS = (0.75, 0.5)  # of the shorter side, that squares cut out have
FITTING = 2.0  # structures that should fit into a picture trained on, a side
FINE = 4.0  # pixels of grain below which detail is lost
VARIED = 1.5  # sides of the exemplar over those trained on, below which it has little to show
LARGEST = 5  # scales of a net; six were worse in the same time (docs/recipe.md)
WAVES = 4  # of a regular texture
WINDOW = 1024  # pixels a side, of the part whose pixels are examined as they are
SEEN = 512  # pixels a side to which a larger picture is shrunk to examine its structure


@dataclass(frozen=True)
class TrainingPlan:
    """What training would do.

    Attributes
    ----------
    crop : of the file, if one was chosen
    side : pixels that the shorter side is brought down to, or None
    size : pixels a side of the pictures trained on
    scales : of the net
    views : pixels a side that a net of 1, 2, .. LARGEST scales sees at a time
    waves : behind its noise, or None for `usual_waves`
    """

    crop: Box | None
    side: int | None
    size: int
    scales: int
    views: tuple[int, ...]
    waves: int | None = None


@dataclass(frozen=True)
class Finding:
    """text: what was measured and what it means. changes: {dotted option: value} that mend it."""

    text: str
    changes: dict[str, object] = field(default_factory=dict)


def advise(picture: Tensor, plan: TrainingPlan) -> list[Finding]:
    """Findings about an exemplar, in the order in which it is prepared for training.

    Parameters
    ----------
    picture : (1,3,H,W) in [0,1], as it lies in the file but for a crop that was chosen
    plan : what training would do with it
    """
    if not symptoms.contrast(shrunk(picture)):
        return [Finding("it is of one colour: there is nothing to be learnt from it")]
    if min(picture.shape[-2:]) < plan.size:
        height, width = picture.shape[-2:]
        return [Finding(f"it has {height}x{width} pixels, fewer than the {plan.size} trained on")]
    findings: list[Finding] = []
    box = (0, 0, *picture.shape[-2:])
    if plan.crop is None:
        box, findings = _part_to_use(picture, plan)
    part = _cut(picture, box)
    side = min(plan.side or min(part.shape[-2:]), *part.shape[-2:])
    part, side, enlarged = _at_own_size(part, side, plan)
    top, left = (plan.crop or box)[:2]
    small = shrunk(part)
    regular = regularity(small)
    repeated = _of_period(regular, side / min(small.shape[-2:]), plan)
    taken = _of_photograph(
        picture if plan.crop else _cut(picture, symptoms.inside_borders(picture))
    )
    side, pixels = _of_pixels(part, side, (top, left), plan)
    structure = _of_structure(part, regular, side, plan)
    return [*findings, *enlarged, *repeated, *taken, *pixels, *structure]


def usual_waves(picture: Tensor, size: int) -> int:
    """How many waves of an exemplar (1,3,h,w) are to stand behind the noise of pictures of this
    size: WAVES where it is regular and its period fits into them."""
    regular, scale = regularity(shrunk(picture)), min(1.0, SEEN / min(picture.shape[-2:]))
    return WAVES if regular.regular and regular.length <= scale * size else 0


def changes_of(findings: list[Finding]) -> dict[str, object]:
    """All remedies together; of two for one option the later, which builds on the earlier."""
    return {key: value for finding in findings for key, value in finding.changes.items()}


def _cut(picture: Tensor, box: Box) -> Tensor:
    top, left, height, width = box
    return picture[..., top : top + height, left : left + width]


def _of_photograph(picture: Tensor) -> list[Finding]:
    """How it was seen and lit, which `texturenet prepare` mends before training."""
    findings, seen = [], perspective_of(shrunk(picture))
    if seen.found:
        text = f"it is seen at a slant: lengths change by {100 * seen.change:.0f} % across it"
        findings.append(Finding(f"{text}: it can be mended", {"prepare.perspective": "mend"}))
    light = light_of(picture)
    if light.found and light.unevenness >= UNEVEN:
        text = f"its light is uneven: {100 * light.unevenness:.0f} % more on one side than another"
        findings.append(Finding(f"{text}: it can be evened out", {"prepare.light": "even"}))
    return findings


def _part_to_use(picture: Tensor, plan: TrainingPlan) -> tuple[Box, list[Finding]]:
    """Without borders, and the steadiest part where the whole is not steady."""
    whole_box = (0, 0, *picture.shape[-2:])
    box, findings = symptoms.inside_borders(picture), []
    if box != whole_box:
        text = f"a border of one colour surrounds {box[2]}x{box[3]} pixels of picture"
        if min(box[2:]) < plan.size:
            text = f"{text}, fewer than the {plan.size} trained on"
            return whole_box, [Finding(text)]
        findings.append(Finding(text, {"picture.crop": list(box)}))
    inner = _cut(picture, box)
    whole = symptoms.drift(shrunk(inner))
    if whole < UNSTEADY:
        return box, findings
    text = f"it does not look the same everywhere (drift {whole:.2f}), and a net mixes all it sees"
    part, drift = steadiest(inner, plan.size)
    if part is None or drift > STEADIER * whole:
        return box, [*findings, Finding(f"{text}; no part of it is much steadier")]
    box = (box[0] + part[0], box[1] + part[1], *part[2:])
    text = f"{text}; one part is steadier (drift {drift:.2f})"
    return box, [*findings, Finding(text, {"picture.crop": list(box)})]


def steadiest(picture: Tensor, smallest: int) -> tuple[Box | None, float]:
    """The square, of those of PARTS of the sides, that drifts least -> its box and drift."""
    best, least = None, float("inf")
    seen, (height, width) = shrunk(picture), picture.shape[-2:]
    rows, columns = seen.shape[-2:]
    for part in PARTS:
        side, whole = int(part * min(rows, columns)), int(part * min(height, width))
        if whole < smallest:
            continue
        places = [range(0, length - side + 1, max(1, side // 4)) for length in (rows, columns)]
        for top, left in product(*places):
            drift = symptoms.drift(_cut(seen, (top, left, side, side)))
            # A smaller part has to be clearly better.
            if drift < 0.8 * least:
                corner = top * height // rows, left * width // columns
                inside = min(corner[0], height - whole), min(corner[1], width - whole)
                best, least = (*inside, whole, whole), drift
    return best, least


def _at_own_size(part: Tensor, side: int, plan: TrainingPlan) -> tuple[Tensor, int, list[Finding]]:
    """An enlarged picture as it was before, and its side, where that is enough to train on."""
    times = symptoms.repeats(part[..., :WINDOW, :WINDOW])
    own = [round(length / times) for length in part.shape[-2:]]
    if side <= min(own):  # it is not enlarged, or will be shrunk as much
        return part, side, []
    text = (
        f"every pixel is repeated {times:.3g} times each way: it is a picture of {own[0]}x{own[1]} "
        "pixels enlarged, such as pixel art, and a net would learn the squares"
    )
    if min(own) < plan.size:
        return (
            part,
            side,
            [
                Finding(
                    f"{text}; at its own size it is smaller than the {plan.size} "
                    "trained on: use more of the picture, or a smaller `size`"
                )
            ],
        )
    small = interpolate(part, own, mode="nearest-exact")
    return (
        small,
        min(own),
        [
            Finding(
                f"{text}; at its own size they are gone; enlarge what the net "
                "draws in the same way",
                {"picture.side": min(own)},
            )
        ],
    )


def _of_pixels(
    part: Tensor, side: int, corner: tuple[int, int], plan: TrainingPlan
) -> tuple[int, list[Finding]]:
    """What a camera or a file did to it, and the side that mends that. corner: in the file."""
    findings, shortest = [], min(part.shape[-2:])
    # A part is enough, and large files would take their time.
    window = part[..., :WINDOW, :WINDOW]
    blocks = symptoms.blockiness(window, corner)
    if blocks > BLOCKY and shortest < 2 * side:
        text = f"blocks of JPEG show (their borders differ by {100 * blocks:.0f} % more)"
        side = min(shortest, max(shortest // 2, round(VARIED * plan.size)))
        findings.append(Finding(f"{text}; smaller, they fade", {"picture.side": side}))
    if (spread := symptoms.contrast(shrunk(part))) < FAINT:
        text = f"its contrast is low ({100 * spread:.0f} % of the range): its net will be as faint"
        findings.append(Finding(f"{text}; stretch it in an editor if that is not meant"))
    if (burnt := symptoms.clipped(window)) > BURNT:
        text = f"{100 * burnt:.0f} % of it is clipped to black, white or a pure colour"
        findings.append(Finding(f"{text}: there is no detail to be learnt there"))
    return side, findings


def _of_period(regular: Regularity, scale: float, plan: TrainingPlan) -> list[Finding]:
    """scale: pixels trained on, per one seen."""
    if not regular.regular:
        return []
    down, right = (scale * abs(length) for length in regular.period)
    text = (
        f"it is regular: it comes back {down:.0f} pixels down and {right:.0f} across "
        f"({regular.evidence:.0f} times what chance would do)"
    )
    if plan.waves != 0:
        text = f"{text}, and its waves help a net to keep that"
    return [Finding(text)]


def _of_structure(
    part: Tensor, regular: Regularity, side: int, plan: TrainingPlan
) -> Iterator[Finding]:
    """Whether what is large in it fits into the pictures trained on, and into the net's view."""
    seen, shortest = shrunk(part), min(part.shape[-2:])
    scale = side / min(seen.shape[-2:])  # pixels trained on, per one seen
    grain = scale * symptoms.grain(seen)
    largest = scale * regular.length if regular.regular else grain
    better, least = side, min(side, round(VARIED * plan.size))
    if largest * FITTING > plan.size:
        better = max(least, round(side * plan.size / (FITTING * largest)))
        text = f"structures are about {largest:.0f} pixels large where {plan.size} are trained on"
        hint = "smaller, more of them fit" if better < side else "a larger `size` would hold more"
        yield Finding(f"{text}: {hint}", {"picture.side": better} if better < side else {})
    elif grain < FINE and side < shortest:
        better = min(shortest, round(side * FINE / max(grain, 1)))
        text = f"structures are about {grain:.0f} pixels large after shrinking: detail is lost"
        yield Finding(text, {"picture.side": better})
    if side < VARIED * plan.size:
        yield Finding(
            f"at {side} pixels a side it is hardly larger than the {plan.size} trained on: the net "
            "will repeat what little it has seen"
        )
    largest *= better / side
    scales = scales_for(largest, plan.views)
    if scales > plan.scales and plan.size % 2 ** (scales - 1) == 0:
        text = f"structures of {largest:.0f} pixels are large for a net of {plan.scales} scales"
        view = plan.views[plan.scales - 1]
        yield Finding(f"{text}, which sees {view} at a time", {"generator.scales": scales})


def scales_for(length: float, views: tuple[int, ...]) -> int:
    """The scales of the smallest net that sees four times as much as the largest structure, or of
    the largest usual."""
    enough = (k for k, view in enumerate(views, 1) if view >= 4 * length)
    return next(enough, LARGEST)


def shrunk(part: Tensor) -> Tensor:
    """No larger than is needed to see its structure."""
    ratio = SEEN / min(part.shape[-2:])
    if ratio >= 1:
        return part
    return interpolate(part, scale_factor=ratio, mode="bilinear", antialias=True)
