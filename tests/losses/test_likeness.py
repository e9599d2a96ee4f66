"""Each picture of a batch against crops of an exemplar."""

import torch

from texturenet.losses.likeness import BANDS, Alike, traits_of


def noise(seed, count=4, side=64):
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def test_it_is_small_for_pictures_of_the_same_kind_and_sees_each_that_is_not():
    term = Alike(1.0, list(noise(0).split(1)))
    same = float(term(noise(1), {}))
    assert same < 0.5
    # Statistics of all four together are as they were.
    moved = torch.tensor([0.1, -0.1, 0.1, -0.1]).view(4, 1, 1, 1)
    assert float(term(noise(1) + moved, {})) > same + 1
    assert float(term((noise(1) - 0.5) * (1 + 5 * moved) + 0.5, {})) > same + 1


def test_its_gradient_brings_pictures_to_the_exemplar():
    term = Alike(1.0, list(noise(0).split(1)))
    pictures = (noise(1) * 0.5).requires_grad_()
    before = term(pictures, {})
    before.backward()
    assert term(pictures - 5 * pictures.grad, {}) < before


def test_even_pictures_have_finite_traits_and_gradients():
    pictures = torch.full((2, 3, 64, 64), 0.5, requires_grad=True)
    traits = traits_of(pictures)
    assert traits.shape == (2, 3 + BANDS)
    Alike(1.0, [noise(0, 1)])(pictures, {}).backward()
    assert pictures.grad.isfinite().all()


def test_of_small_pictures_only_fine_contrast_is_seen():
    assert traits_of(noise(0, side=16)).shape == (4, 3 + 3)
    assert traits_of(noise(0, side=2)).shape == (4, 3)
