"""Noise of rectangles that are known beforehand."""

from dataclasses import replace

import torch

from texturenet.noise.fields import Cells, Plane
from texturenet.noise.together import CALL, Together

PLANE = Plane(5, "uniform")
FIRST = Cells(2, 4, -7, 3, 20, 30, 2, torch.device("cpu"))
NEAR = replace(FIRST, top=10, left=-4, height=9)
FAR = replace(FIRST, top=10**6)
COARSE = replace(NEAR, scale=1, cell=8)


class Counted:
    """A plane that notes what it is asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, cells):
        self.asked.append(cells)
        return PLANE(cells)


def test_it_gives_the_noise_of_each_rectangle():
    expected = [FIRST, NEAR, FAR, COARSE, NEAR]
    together = Together(Counted(), expected)
    # In any order, one that nobody expected, and more often than expected.
    for cells in [NEAR, *expected, replace(FIRST, channels=3), FIRST]:
        assert torch.equal(together(cells), PLANE(cells))


def test_what_lies_near_is_drawn_at_once_and_what_lies_far_is_not():
    source = Counted()
    together = Together(source, [FIRST, NEAR, FAR])
    assert not source.asked
    for cells in (FIRST, NEAR, FAR):
        together(cells)
    assert len(source.asked) == 2
    assert source.asked[0].height * source.asked[0].width <= 2 * 20 * 30 + CALL
    assert source.asked[1] == FAR


def test_noise_is_let_go_when_all_have_had_their_part():
    together = Together(Counted(), [FIRST, NEAR])
    groups = set(map(id, together.groups.values()))
    assert len(groups) == 1
    together(FIRST)
    assert together.groups[FIRST].noise is not None
    together(NEAR)
    assert together.groups[FIRST].noise is None
