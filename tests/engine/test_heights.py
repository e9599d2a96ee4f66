"""Heights beside colours, which blends are made of: those of Python's `HeightNet`."""

import ctypes as c

import numpy as np
import pytest
import torch

from texturenet.blending.heights import Member
from texturenet.generator import release
from texturenet.sampling.texture import Texture

from .native import HEIGHT, Refused


@pytest.mark.parametrize("name", ["leaves", "knit", "heads", "gaussian", "slate"])
def test_colours_and_heights_are_those_of_python(library, files, name):
    texture = Texture(*release.load(files[name]))
    net = library.open(files[name].read_bytes())
    features = net.facts.features
    readout = np.random.default_rng(1).normal(size=features).astype(np.float32)
    weights = torch.from_numpy(readout).view(1, -1, 1, 1)
    member = Member(texture, weights, torch.zeros(0), 0.0, 1.0, 1.0, torch.zeros(3, 1, 1))
    size, place = (70, 133), (-5, 2**30 + 1)
    field = texture.waved(texture.plane(size, 9), 9)
    with torch.inference_mode():
        expected = member.drawing().window(field, size, place, 4)[0].numpy()
    given = (c.c_float * features)(*readout)
    made = net.draw(*size, HEIGHT, seed=9, row=place[0], column=place[1], readout=given)
    # float32 sums: of heights by as much as they are large
    assert np.abs(made[:3] - expected[:3]).max() < 3e-5
    assert np.abs(made[3] - expected[3]).max() < 3e-5 * max(1, np.abs(expected[3]).max())
    net.close()


def test_heights_need_a_readout(library, files):
    net = library.open(files["leaves"].read_bytes())
    with pytest.raises(Refused, match="a readout"):
        net.draw(8, 8, HEIGHT)
    net.close()
