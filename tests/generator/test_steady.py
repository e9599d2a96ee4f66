"""Nets that are told direction and size: their files, and the plain nets that they are held at."""

import json
from pathlib import Path

import pytest
import torch
from helpers.nets import FAMILIES, random_net
from helpers.steering import BOTH, steerable
from safetensors.torch import load_file, save_file

from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.generator.steady import held
from texturenet.noise.steering import Steering
from texturenet.page.packing import file_of
from texturenet.sampling.courses import Even
from texturenet.sampling.steering import Steered
from texturenet.sampling.texture import Texture, load

KINDS = Steering(1), Steering(2), Steering(0, (-1.0, 1.0)), BOTH


def drawn(texture):
    """A window before colours are clamped."""
    return texture.view((40, 50), 2, (0, 0), "none")((40, 50), (0, 0))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("steering", KINDS, ids=lambda one: f"{one.turns}{one.sizes}")
def test_a_net_held_at_a_pose_draws_what_it_draws_where_it_is_told_that_pose(steering, family):
    net = random_net(3, channels=3 + steering.channels, family=family)
    card = {"name": "grain", "law": "uniform"}
    told = Steered(net, card, steering, Even(40.0, 0.25))
    plain = Texture(held(net, steering, 40.0, 0.25), card)
    assert plain.net.architecture.noise_channels == 3
    assert torch.allclose(drawn(told), drawn(plain), atol=1e-5)
    other = Texture(held(net, steering, 80.0, -0.5), card)
    assert (drawn(other) - drawn(plain)).abs().max() > 1e-3


def test_where_nothing_is_told_it_is_a_net_as_any_at_the_exemplars_pose(tmp_path):
    path = steerable(tmp_path)
    net, card = release.load_whole(path)
    assert (card["format"], net.architecture.noise_channels) == (4, 6)
    texture = load(str(path))
    assert "steering" not in texture.card
    assert texture.net.architecture.noise_channels == 3
    expected = Texture(held(net, BOTH), card)
    assert torch.equal(texture.render(32, 32), expected.render(32, 32))


@pytest.mark.parametrize("weights", ["exact", "half"])
def test_a_page_gets_the_net_at_the_exemplars_pose(tmp_path, weights):
    path = steerable(tmp_path)
    plain = tmp_path / "plain.safetensors"
    plain.write_bytes(file_of(str(path), weights))
    assert release.card_of(plain)["format"] == 2
    picture = load(str(plain)).render(32, 32)
    assert torch.allclose(picture, load(str(path)).render(32, 32), atol=1e-2)


def changed(path: Path, **facts):
    """The same file with another card."""
    card = release.card_of(path) | facts
    save_file(load_file(path), path, {release.KEY: json.dumps(card)})
    return path


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"steering": {"turns": 3, "sizes": [0, 0]}}, "turns is 3"),
        ({"steering": {"turns": 1, "sizes": [-9, 9]}}, "sizes are"),
        ({"steering": {"turns": 0, "sizes": [0, 0]}}, "neither angle nor size"),
        ({"steering": [1]}, "steering that cannot be"),
        ({"steering": None}, "wrongly"),
        ({"format": 3}, "wrongly"),
        ({"format": 9}, "reads 1 to 6"),
    ],
)
def test_a_card_that_says_it_wrongly_is_refused(tmp_path, facts, said):
    path = changed(steerable(tmp_path), **facts)
    for read in (release.load, release.card_of):
        with pytest.raises(Refused, match=said):
            read(path)
