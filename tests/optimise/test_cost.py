"""Estimates of the time a picture takes."""

import math
import time

import pytest
import torch
from helpers.networks import narrow_vgg

from texturenet.descriptors.vgg import Vgg
from texturenet.optimise import cost
from texturenet.optimise.blocks import Compute, picture_statistics
from texturenet.optimise.objective import PixelUnits, Priors
from texturenet.optimise.tasks import PaintingPlan

KIND = {"architecture": "vgg16", "convention": "torchvision", "pooling": "avg"}


def plan(**change):
    network = Vgg(narrow_vgg(width=16), ["relu3_1"], **KIND)
    given = {
        "descriptor": network,
        "units": PixelUnits(),
        "size": (64, 96),
        "scales": 2,
        "steps": 5,
        "coarse_steps": 3,
        "compute": lambda size: Compute(),
        "compute_targets": lambda size: Compute(),
        "priors": Priors(),
    }
    return PaintingPlan(**given | change)


def test_the_estimate_is_near_the_time_it_takes():
    made, sides = plan(scales=1), (768, 640)
    picture = torch.rand(1, 3, *sides)
    ratios = []
    for _ in range(3):  # other work on the machine disturbs one of them
        started = time.perf_counter()
        picture_statistics(made.descriptor, picture, ["relu3_1"], ["gram"], Compute())
        taken = time.perf_counter() - started
        ratios.append(cost.seconds_to_prepare(made, sides) / taken)
    assert any(0.3 < ratio < 3 for ratio in ratios), ratios


def test_work_grows_with_sizes_steps_and_second_computations(monkeypatch):
    monkeypatch.setattr(cost, "seconds_per_pixel", lambda *given: 1.0)
    assert cost.seconds_to_prepare(plan(scales=1), (100, 200)) == 100 * 200
    assert cost.seconds_to_prepare(plan(scales=2), (100, 200)) == 100 * 200 + 50 * 100
    whole = cost.seconds_to_paint(plan(scales=1))
    assert whole == 64 * 96 * cost.GRADIENT * 6
    assert cost.seconds_to_paint(plan()) == whole + 32 * 48 * cost.GRADIENT * 4
    again = plan(scales=1, compute=lambda size: Compute(recompute=True))
    assert cost.seconds_to_paint(again) == pytest.approx(whole * (1 + cost.AGAIN / cost.GRADIENT))


def test_the_margins_of_blocks_are_computed_too():
    network = plan().descriptor
    size = 200, 120
    assert cost.pixels_computed(network, size, Compute()) == math.prod(size)
    in_blocks = cost.pixels_computed(network, size, Compute(block=50))
    assert in_blocks > cost.pixels_computed(network, size, Compute(block=100)) > math.prod(size)
