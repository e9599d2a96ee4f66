"""A photograph (1,3,H,W) and what is planned with it -> findings, in plain words, with remedies.

A remedy is a change of the options of training; thresholds were set on pictures that have the fault
and pictures that have not (tests/test_adviser.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from torch import Tensor
from torch.nn.functional import interpolate

from . import symptoms
from .pyramid import reach
from .regularity import Regularity, regularity
from .symptoms import Box

BLOCKY = 0.8  # from here on blocks of JPEG are seen
FAINT = 0.25  # contrast below which a picture is faint
BURNT = 0.03  # share of pixels clipped, from which on it is worth a word
UNSTEADY = 0.35  # drift from which on a picture is no texture of one kind
STEADIER = 0.6  # as much of the drift a part may have, to be worth cutting out
PARTS = (0.75, 0.5)  # of the shorter side, that squares cut out have
FITTING = 2.0  # structures that should fit into a picture trained on, a side
FINE = 4.0  # pixels of grain below which detail is lost
VARIED = 1.5  # sides of the exemplar over those trained on, below which it has little to show
LARGEST = 6  # scales of a net
SEEN = 512  # pixels a side that a picture is looked at with, where it is larger


@dataclass(frozen=True)
class Plan:
    """What training would do. cropped: whether a part was chosen already; side: what the shorter
    one is brought down to, or None; size: of the pictures trained on; scales: of the net."""

    cropped: bool
    side: int | None
    size: int
    scales: int


@dataclass(frozen=True)
class Finding:
    """text: what was seen and what it means. changes: {dotted option: value} that mend it."""

    text: str
    changes: dict[str, object] = field(default_factory=dict)


def advise(picture: Tensor, plan: Plan) -> list[Finding]:
    """picture: as it lies in the file, but for a crop that was chosen."""
    found: list[Finding] = []
    box = (0, 0, *picture.shape[-2:])
    if not plan.cropped:
        box, found = _part_to_use(picture, plan)
    part = _cut(picture, box)
    side = min(plan.side or min(part.shape[-2:]), *part.shape[-2:])
    found += _of_pixels(part, side)
    found += _of_structure(part, side, plan)
    return found


def changes_of(findings: list[Finding]) -> dict[str, object]:
    """All remedies together; a later one, which knows the earlier, holds."""
    return {key: value for finding in findings for key, value in finding.changes.items()}


def _cut(picture: Tensor, box: Box) -> Tensor:
    top, left, height, width = box
    return picture[..., top : top + height, left : left + width]


def _part_to_use(picture: Tensor, plan: Plan) -> tuple[Box, list[Finding]]:
    """Without borders, and the steadiest part where the whole is not steady."""
    box, found = symptoms.inside_borders(picture), []
    if box != (0, 0, *picture.shape[-2:]):
        text = f"a border of one colour surrounds {box[2]}x{box[3]} pixels of picture"
        found.append(Finding(text, {"picture.crop": list(box)}))
    inner = _cut(picture, box)
    whole = symptoms.drift(_small(inner))
    if whole < UNSTEADY:
        return box, found
    text = f"it does not look the same everywhere (drift {whole:.2f}), and a net mixes all it sees"
    part, drift = _steadiest(inner, plan.size)
    if part is None or drift > STEADIER * whole:
        return box, [*found, Finding(f"{text}; no part of it is much steadier")]
    box = (box[0] + part[0], box[1] + part[1], *part[2:])
    text = f"{text}; one part is steadier (drift {drift:.2f})"
    return box, [*found, Finding(text, {"picture.crop": list(box)})]


def _steadiest(picture: Tensor, smallest: int) -> tuple[Box | None, float]:
    """The square of the sizes looked at that drifts least."""
    best, least = None, float("inf")
    seen = _small(picture)
    ratio = picture.shape[-1] / seen.shape[-1]
    height, width = seen.shape[-2:]
    for side in (int(part * min(height, width)) for part in PARTS):
        if side * ratio < smallest:
            continue
        places = [range(0, length - side + 1, max(1, side // 4)) for length in (height, width)]
        for top, left in product(*places):
            drift = symptoms.drift(_cut(seen, (top, left, side, side)))
            # A smaller part has to be clearly better.
            if drift < 0.8 * least:
                best, least = tuple(int(ratio * n) for n in (top, left, side, side)), drift
    return best, least


def _of_pixels(part: Tensor, side: int) -> Iterator[Finding]:
    """What a camera or a file did to it."""
    shrunk = min(part.shape[-2:]) / side
    if (blocks := symptoms.blockiness(part)) > BLOCKY and shrunk < 2:
        text = f"blocks of JPEG show (their borders differ by {100 * blocks:.0f} % more)"
        half = min(part.shape[-2:]) // 2
        yield Finding(f"{text}; half as large, they go", {"picture.side": half})
    if (spread := symptoms.contrast(part)) < FAINT:
        yield Finding(
            f"its contrast is low ({100 * spread:.0f} % of the range): its net will be as faint; "
            "stretch it in an editor if that is not meant"
        )
    if (share := symptoms.clipped(part)) > BURNT:
        yield Finding(
            f"{100 * share:.0f} % of it is clipped to black, white or a pure colour: there is no "
            "detail to be learnt there"
        )


def _of_structure(part: Tensor, side: int, plan: Plan) -> Iterator[Finding]:
    """Whether what is large in it fits into the pictures trained on, and into the net's view."""
    seen = _small(part)
    scale = side / min(seen.shape[-2:])  # pixels trained on, per one seen
    found, grain = regularity(seen), scale * symptoms.grain(seen)
    largest = scale * found.length if found.regular else grain
    if found.regular:
        yield Finding(_told(found, scale))
    better = side
    if largest * FITTING > plan.size:
        better = min(side, max(plan.size, round(side * plan.size / (FITTING * largest))))
        text = f"structures are about {largest:.0f} pixels large where {plan.size} are trained on"
        hint = "smaller, more of them fit" if better < side else "a larger `size` would hold more"
        yield Finding(f"{text}: {hint}", {"picture.side": better} if better < side else {})
    elif grain < FINE and side < min(part.shape[-2:]):
        better = min(min(part.shape[-2:]), round(side * FINE / max(grain, 1)))
        text = f"structures are about {grain:.0f} pixels large after shrinking: detail is lost"
        yield Finding(text, {"picture.side": better})
    largest *= better / side
    if better < VARIED * plan.size:
        yield Finding(
            f"at {better} pixels a side it is hardly larger than the {plan.size} trained on: the "
            "net will repeat what little it has seen"
        )
    if (scales := scales_for(largest)) > plan.scales:
        view = 2 * reach(plan.scales)[0] * 2 ** (plan.scales - 1)
        text = f"structures of {largest:.0f} pixels are large for a net of {plan.scales} scales"
        yield Finding(f"{text}, which sees {view} at a time", {"generator.scales": scales})


def scales_for(length: float) -> int:
    """Of a net that sees four times as much as the largest structure, or of the largest usual."""
    return next((k for k in range(1, LARGEST) if reach(k)[0] * 2**k >= 4 * length), LARGEST)


def _small(part: Tensor) -> Tensor:
    """No larger than is needed to see its structure."""
    ratio = SEEN / min(part.shape[-2:])
    if ratio >= 1:
        return part
    return interpolate(part, scale_factor=ratio, mode="bilinear", antialias=True)


def _told(found: Regularity, scale: float) -> str:
    down, right = (scale * abs(length) for length in found.period)
    return (
        f"it is regular: it comes back {down:.0f} pixels down and {right:.0f} across "
        f"({found.evidence:.0f} times what chance would do)"
    )
