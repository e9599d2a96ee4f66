"""A net that is told direction and size: what its card says of that, and the plain net that draws
one of them everywhere."""

from dataclasses import replace
from pathlib import Path

import torch

from ..errors import Refused, reason
from ..noise.steering import Steering
from ..types import Card
from .architecture import Architecture
from .frozen import FrozenPyramid
from .unfolding import reads_noise


def unsteered(shape: Architecture, steering: Steering) -> Architecture:
    """Without the channels that say it."""
    return replace(shape, noise_channels=shape.noise_channels - steering.channels)


@torch.no_grad()
def held(
    net: FrozenPyramid, steering: Steering, angle: float = 0.0, size: float = 0.0
) -> FrozenPyramid:
    """The net at one angle (degrees) and size (octaves), exactly: windows are convolved without
    padding, so that a channel with one value everywhere is a part of the bias."""
    told = steering.values(torch.tensor(angle), torch.tensor(size))  # (C,)
    weights = dict(net.weights())
    for name, *_ in net.architecture.convolutions():
        if reads_noise(net.architecture, name):
            weight = weights[f"{name}.weight"]
            own, more = weight.split([weight.shape[1] - len(told), len(told)], dim=1)
            added = torch.einsum("oikl,i->o", more, told.to(more))
            weights[f"{name}.weight"] = own.contiguous()
            weights[f"{name}.bias"] = weights[f"{name}.bias"] + added
    return FrozenPyramid(unsteered(net.architecture, steering), weights, net.fine)


def steering_of(card: Card) -> Steering | None:
    """What a card says that a net is told, or None."""
    if (facts := card.get("steering")) is None:
        return None
    return Steering(facts["turns"], tuple(facts["sizes"]))


def plain_card(card: Card) -> Card:
    """Of a net that is told no more."""
    lost = "steering", "format", "architecture"
    return {key: value for key, value in card.items() if key not in lost}


def check_steering(card: Card, architecture: Architecture, path: Path, number: int) -> None:
    """Refuse a card that says it wrongly. number: of the format of files that say it."""
    try:
        steering = steering_of(card)
    except (Refused, LookupError, TypeError) as error:
        raise Refused(f"{path} claims a steering that cannot be ({reason(error)}).") from error
    told = steering is not None
    if told != (card["format"] == number) or (told and card.get("waves")):
        raise Refused(f"{path} is of format {card['format']}, and says wrongly what it is told.")
    if steering and steering.channels >= architecture.noise_channels:
        raise Refused(
            f"{path} claims {steering.channels} channels of steering among the "
            f"{architecture.noise_channels} of its noise."
        )
