"""Statistics: identities, and what they cannot see."""

import pytest
import torch

from texturenet.losses.statistics import covariance, deviation, gram, mean, statistics_of


def features(*shape, dtype=torch.float32):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=dtype)


def test_gram_of_ones_is_ones_at_any_size():
    for side in (3, 8):
        assert torch.allclose(gram(torch.ones(2, 5, side, side)), torch.ones(2, 5, 5))


def test_gram_is_the_mean_of_products():
    maps = features(2, 3, 4, 5)
    expected = torch.einsum("bchw,bdhw->bcd", maps, maps) / 20
    assert torch.allclose(gram(maps), expected, atol=1e-6)


def test_gram_is_blind_to_a_shuffle_of_positions():
    maps = features(1, 6, 8, 8)
    shuffled = maps.flatten(2)[..., torch.randperm(64)].view_as(maps)
    assert torch.allclose(gram(maps), gram(shuffled), atol=1e-5)


def test_gradients_are_those_of_the_formulas():
    maps = features(2, 3, 4, 4, dtype=torch.float64).requires_grad_()
    for statistic in (gram, mean, deviation, covariance):
        assert torch.autograd.gradcheck(statistic, maps)


def test_gram_is_single_precision_under_autocast():
    maps = features(1, 8, 16, 16)
    with torch.autocast("cpu", torch.bfloat16):
        found = gram(maps)
    assert found.dtype is torch.float32
    assert torch.equal(found, gram(maps))


def test_half_precision_gradients_are_those_of_single_to_rounding():
    maps = features(2, 16, 24, 24).abs()
    gradients = []
    for dtype in (torch.float32, torch.bfloat16):
        x = maps.to(dtype).clone().requires_grad_()
        gram(x).square().sum().backward()
        gradients.append(x.grad.float())
    error = (gradients[1] - gradients[0]).norm() / gradients[0].norm()
    assert error < 0.02  # bfloat16 keeps eight bits, of features and of gradients


def test_mean_and_deviation_rebuild_the_diagonal_of_gram():
    maps = features(2, 4, 16, 16) + 3
    diagonal = torch.diagonal(gram(maps), dim1=1, dim2=2)
    assert torch.allclose(mean(maps) ** 2 + deviation(maps) ** 2, diagonal, rtol=1e-5)


def test_deviation_of_a_flat_map_has_a_finite_gradient():
    flat = torch.ones(1, 2, 4, 4, requires_grad=True)
    deviation(flat).sum().backward()
    assert flat.grad.isfinite().all()


def test_half_precision_features_are_widened():
    maps = features(1, 4, 8, 8).bfloat16()
    assert torch.allclose(gram(maps), gram(maps.float()))
    assert mean(maps).dtype is deviation(maps).dtype is torch.float32


@pytest.mark.parametrize("statistic", [gram, mean, deviation, covariance])
def test_every_picture_of_a_batch_has_its_own(statistic):
    maps = features(3, 4, 6, 6)
    assert torch.allclose(statistic(maps)[1:2], statistic(maps[1:2]), atol=1e-6)


def test_a_covariance_is_the_gram_matrix_of_what_is_left_without_the_mean():
    maps = features(2, 4, 16, 16) + 3
    assert torch.allclose(covariance(maps), gram(maps - mean(maps)[..., None, None]), atol=1e-5)
    assert torch.allclose(covariance(maps + 7), covariance(maps), atol=1e-4)


def test_statistics_asked_for_together_are_those_asked_for_alone():
    maps = features(2, 4, 8, 8, dtype=torch.float64).requires_grad_()
    alone = {"mean": mean, "covariance": covariance, "gram": gram, "deviation": deviation}
    together = statistics_of(maps, list(alone))
    weights = {name: torch.rand_like(value) for name, value in together.items()}
    both = []
    for found in (together, {name: statistic(maps) for name, statistic in alone.items()}):
        loss = sum((weights[name] * value).sum() for name, value in found.items())
        both.append(torch.autograd.grad(loss, maps)[0])
    assert torch.allclose(*both)


def test_half_precision_keeps_the_gradient_of_a_covariance_beside_a_large_mean():
    maps = features(1, 16, 24, 24) + 30
    gradients = []
    for dtype in (torch.float32, torch.bfloat16):
        x = maps.bfloat16().to(dtype).requires_grad_()
        (covariance(x) - 2 * torch.eye(16)).square().sum().backward()
        gradients.append(x.grad.float())
    error = (gradients[1] - gradients[0]).norm() / gradients[0].norm()
    assert error < 0.1
