"""Which of several places on the plane stands out least: what tiles share is seen in all of them,
and a bright spot there becomes a row of spots."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ..blending.heights import Member
from ..generator.architecture import COLOURS
from ..noise.fields import Plane
from ..types import Place, Size

SPOT = 16  # pixels a side that are averaged


@torch.inference_mode()
def calmest(nets: Sequence[Member], seed: int, places: Sequence[Place], size: Size) -> int:
    """The number of the place whose spots are nearest to the mean colours of the nets.

    Parameters
    ----------
    nets : those that are drawn there
    seed : of the plane
    places, size : upper left corners, and how much is looked at
    """
    scores = [sum(_strongest(one, seed, place, size) for one in nets) for place in places]
    return scores.index(min(scores))


def _strongest(net: Member, seed: int, place: Place, size: Size) -> float:
    """Mean square by which spots differ from the mean colour, of the quarter that differs most."""
    texture = net.texture
    field = texture.waved(Plane(seed, texture.card["law"]), seed)
    made = texture.window(field, size, place)  # (1,3,h,w)
    spots = F.avg_pool2d(made - net.mean[:COLOURS], min(SPOT, *size)).square().sum(1).flatten()
    return float(spots.topk(max(1, len(spots) // 4)).values.mean())
