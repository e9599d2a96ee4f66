"""Training of nets that are told direction and size."""

import math
from dataclasses import replace

import pytest
import torch
from helpers.training import EXEMPLAR, RECIPE, fit, octave_of, small_vgg, weights

from texturenet.errors import Refused
from texturenet.generator.architecture import Architecture
from texturenet.generator.trainable import Norm, PyramidGenerator
from texturenet.noise import philox
from texturenet.noise.steering import Steering
from texturenet.training.steered import SteeredTraining, begin_unsteered, of_one_colour
from texturenet.training.turning import (
    ASKEW,
    FOUR,
    Poses,
    reach_of,
    turned,
    turned_crops,
    wide_enough,
)

STEERED = replace(RECIPE, windows=True, batch=4, steps=4)
BOTH = Steering(2, (-0.5, 0.5))


def module(steering=BOTH, recipe=STEERED):
    descriptor = small_vgg()
    torch.manual_seed(0)
    generator = PyramidGenerator(Architecture.growing(3, 4, 3 + steering.channels))
    begin_unsteered(generator, steering.channels)
    targets = [octave_of(EXEMPLAR, descriptor, recipe, False) for _ in Poses(steering).sizes]
    return SteeredTraining(generator, steering, targets, recipe, {"exemplar": "dots"})


@pytest.mark.parametrize("turns", [1, 2])
def test_every_four_poses_are_even_over_angles_and_have_all_sizes(turns):
    poses = Poses(Steering(turns, (-1.0, 0.5)))
    for first in (0, 4, 32):
        numbers = range(first, first + FOUR)
        angles = torch.tensor([poses.angle(n) for n in numbers]).double() * math.pi / 180 * turns
        assert abs(angles.cos().mean()) < 1e-6
        assert abs(angles.sin().mean()) < 1e-6
        assert {poses.size(n) for n in numbers} == set(range(FOUR))
    assert poses.sizes[0] == -1.0
    assert poses.sizes[-1] == 0.5
    angles = {round(poses.angle(n), 6) for n in range(64)}
    assert len(angles) == 64
    assert min(angles) >= 0
    assert max(angles) < 360 / turns
    # No angle goes with one size alone.
    assert len({(n % FOUR, poses.size(n)) for n in range(64)}) == FOUR**2


def test_an_angle_turns_a_picture_anticlockwise():
    picture = torch.zeros(1, 3, 33, 33)
    picture[..., 16, 28] = 1.0  # on the right
    top = turned(picture, 33, [90.0])
    assert top[0, 0].argmax() == 4 * 33 + 16
    assert torch.allclose(turned(picture, 33, [0.0]), picture, atol=1e-4)


def test_pictures_are_turned_back_to_where_the_exemplar_lies():
    wide = torch.rand(2, 3, 61, 61, generator=torch.Generator().manual_seed(0))
    wide = torch.nn.functional.avg_pool2d(wide, 7, 1, 3)
    steered = module(Steering(2), replace(STEERED, size=31))
    numbers = [5, 6]
    angles = [steered.poses.angle(number) for number in numbers]
    back = steered.upright(turned(wide, 61, angles), numbers)
    straight = turned(wide, 31, [ASKEW, ASKEW])
    assert (back - straight).abs().max() < 0.02 < (wide - wide.mean()).abs().max()


def test_crops_of_a_turned_exemplar_see_nothing_beyond_it():
    exemplar = torch.full((1, 3, 64, 80), 0.5)
    exemplar[:, :, 2:-2, 2:-2] = 1.0
    for angle, octave in ((0.0, 0.0), (45.0, 0.0), (20.0, 0.5), (45.0, -0.4)):
        crops = turned_crops(exemplar, 32, angle, octave, 9)
        assert 1 <= len(crops) <= 9
        assert all(crop.shape == (1, 3, 32, 32) for crop in crops)
    with pytest.raises(Refused, match="does not fit"):
        turned_crops(exemplar, 64, 45.0, 0.0, 9)
    assert abs(reach_of(33, 45.0) - 16 * math.sqrt(2)) < 1e-9
    assert wide_enough(33) >= 2 * 16 * math.sqrt(2) + 1


def test_at_first_all_poses_are_drawn_alike():
    steered = module()
    window = steered.noise(0, 4, philox.PREVIEWS)
    noise = [torch.cat([z[:, :3], -z[:, 3:]], 1) for z in window.noise]
    assert not torch.equal(window.noise[0], noise[0])
    assert torch.equal(steered.generator(*window), steered.generator(noise, window.drops))


def test_norms_of_a_batch_keep_what_a_whole_picture_is_told():
    told = torch.tensor([1.0, -1.0]).view(2, 1, 1, 1).expand(-1, -1, 4, 4)
    norm = Norm(1)
    assert not norm(told).any()
    norm.mode = "batch"
    assert torch.allclose(norm(told), told, atol=1e-4)


@pytest.mark.parametrize(
    "steering", [Steering(1), Steering(2), Steering(0, (-1.0, 1.0)), BOTH], ids=str
)
def test_it_trains_freezes_and_draws_other_pictures_at_other_poses(steering, tmp_path):
    steered = module(steering)
    before = {name: tensor.clone() for name, tensor in weights(steered).items()}
    fit(steered, folder=tmp_path)
    assert steered.generator.calibrated
    after = weights(steered)
    # What reads the pose has been learnt.
    moved = after["branch.0.0.weight"][:, 3:] - before["branch.0.0.weight"][:, 3:]
    assert moved.abs().max() > 0
    net = steered.release()
    assert steered.told == {"steering": steering.facts()}
    errors = steered.judge(net, 4)
    assert errors.keys() == set(steered.error_names)
    noise, drops = steered.noise(0, 4, philox.PREVIEWS)
    plain = net(noise, drops)
    turned_on = [torch.cat([z[:, :3], -z[:, 3:]], 1) for z in noise]
    assert (net(turned_on, drops) - plain).abs().max() > 1e-5


def test_variance_of_colour_is_not_had_by_poses_of_different_colours():
    steered, pictures = module(), torch.rand(4, 3, 32, 32)
    moved = torch.tensor([0.2, -0.2, -0.2, 0.2]).view(4, 1, 1, 1)
    assert torch.allclose(of_one_colour(pictures + moved), of_one_colour(pictures), atol=1e-6)
    assert torch.allclose(of_one_colour(pictures).mean((0, 2, 3)), pictures.mean((0, 2, 3)))
    # In training they are compared as of one colour, when the net is judged as they are.
    numbers = [0, 0, 0, 0]  # of one size
    plain, even = (
        [
            steered.compared(some, numbers, True, even=even)[2]
            for some in (pictures, pictures + moved)
        ]
        for even in (False, True)
    )
    name = steered.error_names[0]
    assert torch.allclose(even[0][name], even[1][name], rtol=1e-3)
    assert not torch.allclose(plain[0][name], plain[1][name], rtol=1e-2)


def test_tori_are_refused():
    with pytest.raises(Refused, match="torus"):
        module(recipe=replace(STEERED, windows=False))
