"""Muon: orthogonal steps for matrices, Adam's own for the rest, states that resume."""

import pytest
import torch
from torch import nn

from texturenet.training.muon import Muon, orthogonal, together

SETTINGS = {"learning_rate": 0.01, "betas": (0.9, 0.99), "matrix_rate": 0.02, "momentum": 0.95}


@pytest.mark.parametrize("shape", [(8, 8), (4, 30), (30, 4)])
def test_singular_values_come_near_one_and_directions_stay(shape):
    torch.manual_seed(0)
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    spread = torch.linspace(1, 0.1, min(shape))
    found = orthogonal(u * spread @ v)
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.6
    assert values.max() < 1.3
    # In the basis of the matrix itself it is diagonal: nothing was turned.
    inner = u.mT @ found @ v.mT
    assert (inner - inner.diag().diag()).abs().max() < 1e-4


def test_the_length_of_a_gradient_makes_no_difference_and_nothing_gives_nothing():
    torch.manual_seed(0)
    matrix = torch.randn(6, 9)
    assert torch.allclose(orthogonal(matrix), orthogonal(1e-4 * matrix), atol=1e-4)
    assert torch.equal(orthogonal(torch.zeros(3, 5)), torch.zeros(3, 5))


def test_matrices_together_are_as_each_alone():
    torch.manual_seed(0)
    matrices = [torch.randn(shape) for shape in [(4, 9), (9, 4), (5, 5), (3, 20)]]
    for found, matrix in zip(together(matrices), matrices, strict=True):
        torch.testing.assert_close(found, orthogonal(matrix), rtol=1e-4, atol=1e-5)


def parameters():
    torch.manual_seed(1)
    return [nn.Parameter(torch.randn(6, 4, 3, 3)), nn.Parameter(torch.randn(6))]


def stepped(make, steps):
    torch.manual_seed(2)
    given = parameters()
    optimizer = make(given)
    for _ in range(steps):
        for parameter in given:
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
    return given


def test_vectors_take_the_steps_of_adam_and_matrices_orthogonal_ones():
    ours = stepped(lambda given: Muon(given, **SETTINGS), 3)
    adams = stepped(lambda given: torch.optim.Adam(given, lr=0.01, betas=(0.9, 0.99)), 3)
    assert torch.equal(ours[1], adams[1])
    assert not torch.allclose(ours[0], adams[0])
    once = stepped(lambda given: Muon(given, **SETTINGS), 1)[0]
    moved = torch.linalg.svdvals((once - parameters()[0]).detach().flatten(1))
    assert moved.max() < 1.3 * 0.02
    assert moved.min() > 0.5 * 0.02


@pytest.mark.parametrize("key", ["matrix_rate", "momentum", "learning_rate"])
def test_every_setting_counts(key):
    one = stepped(lambda given: Muon(given, **SETTINGS), 3)
    two = stepped(lambda given: Muon(given, **SETTINGS | {key: 0.5 * SETTINGS[key]}), 3)
    assert not all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_its_state_has_the_format_of_two_groups_of_adam():
    """What files to resume from have held since the first of them."""
    vector, matrix = nn.Parameter(torch.ones(6)), nn.Parameter(torch.ones(6, 4))
    groups = [{"params": [vector], "lr": 0.01}, {"params": [matrix], "lr": 0.02, "momentum": 0.95}]
    adam = torch.optim.Adam(groups, betas=(0.9, 0.99))
    muon = Muon([matrix, vector], **SETTINGS)
    for optimizer in (adam, muon):
        vector.grad, matrix.grad = torch.ones(6), torch.ones(6, 4)
        optimizer.step()
    ours, theirs = muon.state_dict(), adam.state_dict()
    assert ours["param_groups"] == theirs["param_groups"]
    assert ours["state"][0].keys() == theirs["state"][0].keys()
    assert ours["state"][1].keys() == {"step", "moving"}


def test_the_rate_of_a_schedule_reaches_both_groups_before_and_after_loading():
    given = parameters()
    optimizer = Muon(given, **SETTINGS)
    for _ in range(2):
        for group in optimizer.param_groups:
            group["lr"] = 0.0
        before = [parameter.detach().clone() for parameter in given]
        for parameter in given:
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
        assert all(torch.equal(a, b) for a, b in zip(before, given, strict=True))
        optimizer.load_state_dict(optimizer.state_dict())


def test_a_state_that_was_saved_goes_on_to_the_same_end():
    straight = stepped(lambda given: Muon(given, **SETTINGS), 4)
    torch.manual_seed(2)
    given = parameters()
    optimizer = Muon(given, **SETTINGS)
    for step in range(4):
        if step == 2:
            saved = optimizer.state_dict()
            optimizer = Muon(given, **SETTINGS)
            optimizer.load_state_dict(saved)
        for parameter in given:
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(straight, given, strict=True))
