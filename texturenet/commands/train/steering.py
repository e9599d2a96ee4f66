"""`steer` of training: what a net is told, the poses it learns, and what these are compared by."""

import math
from collections.abc import Callable, Sequence

from torch import Tensor

from ...errors import Refused
from ...generator.trainable import PyramidGenerator
from ...losses.likeness import Alike
from ...noise.steering import Steering
from ...sampling.grain import same_upside_down
from ...training.octave import Octave
from ...training.recipe import Recipe
from ...training.steered import SteeredTraining, begin_unsteered
from ...training.turning import ASKEW, Poses, reach_of, turned_crops
from ..options.training import Train

ALONE, BESIDE = 1.0, 0.5  # octaves up and down that sizes are learnt for: alone, beside angles
ALIKE = 4.0  # weight of each picture's own colour and contrast, beside statistics of all


def check(chosen: Train) -> None:
    """Refuse what a steered training cannot be, before anything is loaded."""
    if chosen.steer == "none":
        return
    if chosen.material is not None:
        raise Refused(
            f"steer={chosen.steer} is for colour alone: the normals of a material turn with it. "
            "Say exemplar=FILE."
        )
    if (octaves := chosen.picture.octaves or 1) > 1:
        raise Refused(f"steer={chosen.steer} needs picture.octaves=1, not {octaves}.")
    if not chosen.windows:
        raise Refused(f"steer={chosen.steer}: a torus cannot be turned; say windows=true.")
    if waves := chosen.generator.waves:
        raise Refused(
            f"steer={chosen.steer} and generator.waves={waves}: waves lie one way. Say "
            "generator.waves=0."
        )


def steering_of(chosen: Train, exemplar: Tensor) -> Steering:
    """What a net of an exemplar (1,3,H,W) is to be told. Sizes that do not fit are left out."""
    turned = chosen.steer != "scale"
    turns = (2 if same_upside_down(exemplar) else 1) if turned else 0
    if chosen.steer == "rotation":
        return Steering(turns)
    most = BESIDE if turned else ALONE
    side = 2 * reach_of(chosen.size, ASKEW if turned else 0.0) + 1
    fits = math.log2(side / (min(exemplar.shape[-2:]) - 1))  # the least size of a crop that fits
    if (least := max(-most, fits)) > 0:
        raise Refused(
            f"steer={chosen.steer} turns squares of {chosen.size} pixels in an exemplar of "
            f"{min(exemplar.shape[-2:])}: say a smaller size, or a larger picture.side."
        )
    return Steering(turns, (math.ceil(least * 100) / 100, most))


def training(
    chosen: Train,
    steering: Steering,
    exemplar: Tensor,
    generator: PyramidGenerator,
    octave: Callable[[Sequence[Tensor]], Octave],
    recipe: Recipe,
    origin: dict,
) -> SteeredTraining:
    """The module that trains. octave: what pictures are compared by, with crops of an exemplar."""
    begin_unsteered(generator, steering.channels)
    angle = ASKEW if steering.turns else 0.0
    targets = []
    for size in Poses(steering).sizes:
        crops = turned_crops(exemplar, chosen.size, angle, size, chosen.picture.crops)
        target = octave(crops)
        target.terms["alike"] = Alike(ALIKE, crops)
        targets.append(target)
    origin |= {"steering": steering.facts()}
    return SteeredTraining(generator, steering, targets, recipe, origin)


def told(steering: Steering) -> str:
    """One line of what is learnt."""
    parts = []
    if steering.turns:
        parts.append("angles of a whole turn" if steering.turns == 1 else "angles of half a turn")
    if steering.sized:
        low, high = (2**one for one in steering.sizes)
        parts.append(f"sizes from {low:.2f} to {high:.2f}")
    return f"steered: {' and '.join(parts)}"
