"""Numbers and words of checked types -> refused where they lie out of their range."""

from collections.abc import Mapping

import torch

from ..descriptors.weights import LARGEST_SIDE
from ..errors import Refused, nearest

MANY = 10**9


def at(chosen: object, key: str) -> object:
    """The option of a dotted name."""
    for part in key.split("."):
        chosen = getattr(chosen, part)
    return chosen


def check_numbers(
    chosen: object, ranges: Mapping[str, tuple[float, float]], group: str = ""
) -> None:
    """(least, most) of every number; null passes. group: what stands before the keys."""
    for key, (least, most) in ranges.items():
        value = at(chosen, key)
        if value is not None and not least <= value <= most:  # NaN is not
            raise Refused(f"{group}{key} is {value}: it must lie between {least} and {most}.")


def check_words(chosen: object, known: Mapping[str, object]) -> None:
    for key, words in known.items():
        if (value := at(chosen, key)) not in words:
            raise Refused(f"{key} is {value!r}.{nearest(value, words)}")


def check_weights(key: str, weights: Mapping[str, float], learnt: str) -> None:
    """Weights by name, of which one at least has to count."""
    for name, weight in weights.items():
        number = isinstance(weight, (int, float))
        if not number or not 0 <= weight <= 1e12:  # NaN lies nowhere
            raise Refused(f"{key}.{name} is {weight}: it must lie between 0 and 1e12.")
    if not any(weights.values()):
        raise Refused(f"{key} weighs 0 throughout: {learnt}.")


def check_sides(key: str, sides: list[int]) -> None:
    """Of filters: odd, so that they have a middle, and none twice."""
    for side in sides:
        if not 1 <= side <= LARGEST_SIDE or side % 2 == 0:
            raise Refused(f"{key} has {side}: sides must be odd, from 1 to {LARGEST_SIDE}.")
    if not sides or len(set(sides)) < len(sides):
        raise Refused(f"{key} is {sides}: name one side at least, and none twice.")


def check_betas(key: str, betas: list[float]) -> None:
    if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
        raise Refused(f"{key} is {betas}: it must be two numbers from 0 to below 1.")


def set_threads(threads: int | None, workers: int) -> None:
    for name, number in (("threads", threads), ("workers", workers)):
        if number is not None and not 1 <= number <= 1024:
            raise Refused(f"{name} is {number}: it must lie between 1 and 1024.")
    if threads is not None:
        torch.set_num_threads(threads)


def size_of(size: object) -> tuple[int, int]:
    pair = list(size) if isinstance(size, (list, tuple)) else [size, size]
    if len(pair) != 2 or not all(type(side) is int for side in pair):
        raise Refused(f"size is {size}: it must be one whole number, or [height, width].")
    return pair[0], pair[1]
