"""The term for what repeats: nothing where a picture repeats as its waves say, whatever else it
draws."""

import math

import pytest
import torch

from texturenet.generator.architecture import Architecture
from texturenet.noise.phases import Phases
from texturenet.noise.philox import TRAINING
from texturenet.noise.waves import Waves
from texturenet.training.batches import Source
from texturenet.training.periodic import Periodic

TORUS, SIZE = 48, 64
CYCLES = torch.tensor([[3, 0], [0, 4], [3, 4], [-6, 4]]).double() / TORUS
AMPLITUDES = torch.tensor(
    [[0.1 + 0.02j, 0.05j, -0.03, 0.02 + 0j], [0.02j, 0.1, 0.02 - 0.01j, 0], [0.05, 0, 0.03j, 0.01]]
)
MEAN = torch.tensor([0.4, 0.5, 0.6])


def term(cell=1, weight=1.0):
    return Periodic(weight, CYCLES, AMPLITUDES, MEAN, cell)


def source():
    shape = Architecture((8, 8, 8), 0, 3 + 4, heads=True)
    return Source(shape, "uniform", Waves(TORUS, ((3, 0), (0, 4))), TRAINING)


def places(octave=0, count=4):
    return source().window(range(5, 5 + count), SIZE, octave)


def repeating(places, octave=0, moved=0):
    """Pictures that are what repeats, at the phases of the waves: read off these themselves."""
    rows, columns = places.lines[-1]
    cell = 2**octave
    seen = Waves(TORUS, ((1, 0), (0, 1))).at(rows, columns, cell, places.shifts) * 2 - 1
    angles = (
        torch.atan2(seen[:, 2:], seen[:, :2]).double() + 2 * math.pi * moved / TORUS
    )  # (B,2,..)
    turns = torch.einsum("bahw,na->bnhw", angles, CYCLES * TORUS)
    waves = torch.polar(torch.ones_like(turns), turns).to(torch.complex64)
    whole = 2 * torch.einsum("pn,bnhw->bphw", AMPLITUDES, waves).real + MEAN[:, None, None]
    halo = (len(rows) - SIZE) // 2
    return whole[..., halo : halo + SIZE, halo : halo + SIZE]


@pytest.mark.parametrize("octave", [0, 1])
def test_pictures_that_repeat_as_their_waves_say_have_no_error(octave):
    some = places(octave)
    assert len(set(map(tuple, some.shifts.tolist()))) == 4
    assert term(2**octave)(repeating(some, octave), some).abs() < 1e-4


def test_pictures_that_repeat_elsewhere_have():
    some = places()
    errors = [term()(repeating(some, moved=moved), some).item() for moved in (1, 3, 6)]
    assert errors == sorted(errors)
    assert errors[0] > 0.05
    assert errors[-1] > 1


def test_flat_pictures_have_an_error_of_one_times_its_weight():
    some = places()
    flat = MEAN.view(1, 3, 1, 1).expand(4, -1, SIZE, SIZE)
    assert term(weight=3.0)(flat, some) == pytest.approx(3, rel=0.05)


def test_on_a_torus_too():
    some = source().torus(range(3), TORUS)
    angles = Phases(
        CYCLES,
        torch.arange(TORUS) + 0.5 + some.shifts[:, 0, None].double(),
        torch.arange(TORUS) + 0.5 + some.shifts[:, 1, None].double(),
    )
    assert term()(angles.drawn(AMPLITUDES) + MEAN.view(3, 1, 1), some).abs() < 1e-4


def test_what_does_not_repeat_counts_for_nothing_on_average():
    """Noise of as much power as what repeats."""
    some = places()
    random = torch.Generator().manual_seed(0)
    rough = repeating(some)
    errors = torch.stack(
        [term()(rough + 0.2 * torch.randn(rough.shape, generator=random), some) for _ in range(60)]
    )
    assert errors.mean().abs() < 3 * errors.std() / 60**0.5
    alone = term()(
        rough[:1] + 0.2 * torch.randn(rough[:1].shape, generator=random), places(count=1)
    )
    assert alone > 0  # a single picture cannot tell


def test_its_gradient_draws_the_waves():
    some = places()
    pictures = torch.full((4, 3, SIZE, SIZE), 0.5, requires_grad=True)
    optimizer = torch.optim.SGD([pictures], lr=20.0)
    errors = []
    for _ in range(40):
        error = term()(pictures, some)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.1 * errors[0]


def test_it_is_that_of_single_precision_where_the_rest_is_not():
    some = places()
    with torch.autocast("cpu", torch.bfloat16):
        assert term()(repeating(some), some).abs() < 1e-4
