"""The net in training: statistics of the sample, then fixed, then folded away."""

import pytest
import torch
from helpers.nets import FAMILIES, shape_of

from texturenet.generator.trainable import Norm, PyramidGenerator


def net(scales=3, step=4, family="growing"):
    torch.manual_seed(0)
    generator = PyramidGenerator(shape_of(family, scales, step))
    with torch.no_grad():  # norms that do something
        for norm in generator.norms():
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
    return generator


def noise(batch=2, scales=3, side=8, seed=1):
    generator = torch.Generator().manual_seed(seed)
    sides = [side * 2**k for k in range(scales)]
    return [torch.rand(batch, 3, side, side, generator=generator) for side in sides]


def test_sample_statistics_are_those_of_instance_norm():
    norm = Norm(5)
    x = torch.randn(2, 5, 7, 7) * 3 + 1
    assert torch.allclose(norm(x), torch.nn.InstanceNorm2d(5)(x), atol=1e-5)


def test_calibration_uses_the_statistics_of_all_samples_together():
    norm = Norm(5)
    norm.mode = "measure"
    x = torch.randn(4, 5, 6, 6) * 2 + 3
    expected = torch.nn.BatchNorm2d(5).train()(x)
    assert torch.allclose(norm(x), expected, atol=1e-5)
    norm.mode = "fixed"
    assert torch.allclose(norm(x), expected, atol=1e-5)


def test_sampled_statistics_ignore_batch_mates_and_fixed_ones_the_picture():
    generator = net()
    batch = noise(3)
    with torch.no_grad():
        assert torch.allclose(generator(batch)[1:2], generator([z[1:2] for z in batch]), atol=1e-5)
        generator.calibrate(noise(8, seed=2))
        whole = generator([z.repeat(1, 1, 2, 2) for z in batch])
        assert torch.allclose(whole[..., :32, :32], generator(batch), atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_freezing_keeps_the_function(family):
    for scales in (1, 2, 4):
        generator = net(scales, family=family)
        generator.calibrate(noise(4, scales, seed=3))
        fresh = noise(2, scales, seed=4)
        with torch.no_grad():
            assert torch.allclose(generator.freeze()(fresh), generator(fresh), atol=1e-5)
            if generator.architecture.heads:
                for count in range(1, scales):
                    coarse = fresh[:count]
                    made = generator.freeze()(coarse), generator(coarse)
                    assert torch.allclose(*made, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("origin", [(0, 0), (5, 3), (2, 7)])
def test_a_window_is_that_of_the_released_net(family, origin):
    generator = net(3, family=family)
    shape = generator.architecture
    rows, columns = shape.spans(origin[0], 10), shape.spans(origin[1], 13)
    random = torch.Generator().manual_seed(5)
    window = [
        torch.rand(2, 3, row.length, column.length, generator=random)
        for row, column in zip(rows, columns, strict=True)
    ]
    drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
    generator.calibrate(window, drops)
    with torch.no_grad():
        made = generator(window, drops)
        assert made.shape == (2, 3, 10, 13)
        assert torch.allclose(generator.freeze()(window, drops), made, atol=1e-5)


def test_freezing_changes_neither_the_generator_nor_shares_its_weights():
    generator = net()
    generator.calibrate(noise(4))
    frozen = generator.freeze()
    before = {name: tensor.clone() for name, tensor in frozen.weights().items()}
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(1)
    assert all(torch.equal(tensor, before[name]) for name, tensor in frozen.weights().items())


def test_every_parameter_is_trained_before_and_after_fixing():
    generator = net()
    for fixed in (False, True):
        if fixed:
            generator.calibrate(noise(4))
        generator.zero_grad()
        generator(noise())[:, :, ::3].square().sum().backward()
        for name, parameter in generator.named_parameters():
            assert parameter.grad.abs().max() > 0, name


def test_the_deepest_noise_reaches_the_picture():
    generator = net(4).eval()
    z = noise(1, 4)
    other = [z[0] + torch.rand_like(z[0]), *z[1:]]
    with torch.no_grad():
        assert (generator(z) - generator(other)).abs().max() > 1e-3
