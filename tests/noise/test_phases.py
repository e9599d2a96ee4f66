"""Waves over windows: what is drawn is found, anywhere."""

import math

import pytest
import torch

from texturenet.noise.phases import Phases

CYCLES = torch.tensor([[3.0, 0.0], [2.0, 5.0], [-4.0, 3.0]], dtype=torch.float64) / 32
AMPLITUDES = torch.tensor([[0.3 + 0.1j, -0.2j, 0.05 - 0.1j], [0.1j, 0.4, -0.2 + 0.2j]])


def lines(*starts, length=64):
    return torch.stack([torch.arange(length).double() + start for start in starts])


def test_what_is_drawn_is_the_sum_of_its_waves():
    made = Phases(CYCLES, lines(7), lines(-3, length=40)).drawn(AMPLITUDES)
    assert made.shape == (1, 2, 64, 40)
    for row, column in ((0, 0), (11, 39), (63, 2)):
        angles = 2 * math.pi * (CYCLES[:, 0] * (row + 7) + CYCLES[:, 1] * (column - 3))
        wanted = 2 * (AMPLITUDES * torch.exp(1j * angles)).sum(1).real
        torch.testing.assert_close(made[0, :, row, column], wanted.float(), atol=1e-5, rtol=0)


def test_what_was_drawn_is_found():
    phases = Phases(CYCLES, lines(0, 5), lines(2, -9))
    found = phases.found(phases.drawn(AMPLITUDES))
    torch.testing.assert_close(found, AMPLITUDES.expand(2, -1, -1), atol=0.01, rtol=0)


def test_a_wave_that_is_not_asked_for_does_not_show():
    other = Phases(torch.tensor([[6.0, 6.0]]).double() / 32, lines(0), lines(0))
    drawn = other.drawn(torch.ones(1, 1, dtype=torch.complex64)).expand(1, 2, -1, -1)
    assert Phases(CYCLES, lines(0), lines(0)).found(drawn).abs().max() < 0.01


@pytest.mark.parametrize("far", [32 * 10**6, -(32 * 10**9)])
def test_far_away_they_are_as_exact(far):
    """Whole periods further they are the same."""
    here = Phases(CYCLES, lines(1), lines(4)).drawn(AMPLITUDES)
    there = Phases(CYCLES, lines(1 + far), lines(4 - far)).drawn(AMPLITUDES)
    torch.testing.assert_close(here, there, atol=1e-4, rtol=0)
