"""Blocks of a window against the net on all of its noise."""

import pytest
import torch
from helpers.nets import FAMILIES, TILES, WAVES, texture, waved
from torch import nn

from texturenet.sampling import blockwise
from texturenet.sampling import render as module

SIZE, PLACE = (70, 90), (-11, 40)


def at_once(plane):
    """What the net makes of the noise under the whole window."""
    under = plane.noise(plane.waved(plane.plane(SIZE, 3), 3), SIZE, PLACE)
    with torch.inference_mode():
        return plane.net(under.noise, under.drops)


def in_blocks(plane):
    return plane.window(plane.waved(plane.plane(SIZE, 3), 3), SIZE, PLACE)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scales", [1, 2, 3, 6])
@pytest.mark.parametrize("fine", [1, 2, 9])
def test_blocks_are_parts_of_the_window(monkeypatch, family, scales, fine):
    plane = texture(scales, family=family)
    monkeypatch.setitem(module.BLOCK, "cpu", 24)
    monkeypatch.setattr(blockwise, "FINE", fine)
    assert torch.allclose(in_blocks(plane), at_once(plane), atol=1e-5)


@pytest.mark.parametrize("waves", [WAVES, TILES], ids=["waves", "units"])
def test_so_are_those_of_a_net_with_waves(monkeypatch, waves):
    plane = waved(waves, scales=4)
    monkeypatch.setitem(module.BLOCK, "cpu", 24)
    assert torch.allclose(in_blocks(plane), at_once(plane), atol=1e-5)


def test_coarse_scales_are_drawn_once(monkeypatch):
    plane, seen = texture(5), []
    monkeypatch.setitem(module.BLOCK, "cpu", 24)
    branch = type(plane.net).branch

    def noted(net, scale, noise, periodic=False):
        seen.append(scale)
        return branch(net, scale, noise, periodic)

    monkeypatch.setattr(type(plane.net), "branch", noted)
    in_blocks(plane)
    blocks = 3 * 4  # of 24 pixels in 70 x 90
    assert [seen.count(scale) for scale in range(5)] == [1, 1, 1, blocks, blocks]


def test_other_modules_are_asked_as_a_whole():
    """Blends draw two nets at once, which cannot be taken apart."""
    plane = texture(4)

    class Wrapped(nn.Module):
        architecture = plane.net.architecture

        def forward(self, noise, drops):
            return 2 * plane.net(noise, drops)

    under = plane.noise(plane.plane(SIZE, 3), SIZE, PLACE)
    shape = plane.net.architecture
    rows, columns = shape.spans(PLACE[0] + 8, 16), shape.spans(PLACE[1] + 30, 20)
    with torch.inference_mode():
        block = blockwise.Blocks(Wrapped(), under).drawn(rows, columns)
        whole = plane.net(under.noise, under.drops)
    assert torch.allclose(block, 2 * whole[..., 8:24, 30:50], atol=1e-5)
