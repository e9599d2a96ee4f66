"""What is trained for beside the statistics of features."""

import pytest
import torch

from texturenet.descriptors import network, sources
from texturenet.io.exemplars import load_picture
from texturenet.losses.priors import Detail, Glints, Range, overflow
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss


def chequered(picture, strength):
    """+ and - from pixel to pixel, both ways."""
    rows, columns = (torch.arange(side) for side in picture.shape[-2:])
    return picture + strength * (1 - 2.0 * ((rows[:, None] + columns) % 2))


@pytest.fixture(scope="module")
def gravel():
    return load_picture("gravel", side=128).pixels


def detail(pictures, exemplar):
    return Detail(1.0, exemplar)(pictures, {}).item()


def test_an_exemplar_has_its_own_detail_as_have_its_crops(gravel):
    assert detail(gravel, gravel) == 0
    assert detail(gravel[..., :96, :96], gravel) < 0.01


@pytest.mark.weights
def test_a_chequerboard_that_vgg_hardly_sees_is_seen(gravel):
    other = chequered(gravel, 0.03)
    vgg = network(sources.load("vgg16"), ["relu1_1"], "max")
    loss = TextureLoss(targets_of([gravel], vgg), {"gram": 1.0}, combine="sum")
    with torch.no_grad():
        assert loss.errors(vgg(other))["gram/relu1_1"] < 1e-3
    assert detail(other, gravel) > 0.1


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_it_is_the_square_of_the_logarithm_of_contrast(gain, gravel):
    expected = torch.tensor(gain).log().square().item()
    assert detail(gravel * gain, gravel) == pytest.approx(expected, rel=0.05)


def test_detail_on_edges_is_not_detail_everywhere():
    """The same power in both: means alone tell them apart."""
    grain = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) - 0.5
    sparse = torch.zeros_like(grain)
    sparse[..., ::8, ::8] = 1.0
    sparse -= sparse.mean()
    ours, theirs = Detail(1.0, grain), Detail(1.0, sparse)
    equal = sparse * (ours.target[1].exp().mean() / theirs.target[1].exp().mean())
    assert detail(equal, grain) > 0.1


def test_its_gradient_takes_a_chequerboard_away(gravel):
    term, picture = Detail(1.0, gravel), chequered(gravel, 0.05).requires_grad_()
    before = term(picture, {})
    adam = torch.optim.Adam([picture], lr=2e-3)
    for _ in range(40):
        adam.zero_grad()
        loss = term(picture, {})
        (loss + 10 * overflow(picture)).backward()  # beyond the range that term does not see
        adam.step()
    assert loss < before / 10
    assert (picture - gravel).square().mean() < 0.05**2


def test_pictures_of_one_colour_have_finite_detail_and_gradients(gravel):
    flat = torch.full((2, 3, 32, 32), 0.5, requires_grad=True)
    for exemplar in (flat.detach()[:1], gravel):
        value = Detail(1.0, exemplar)(flat, {})
        value.backward()
        assert value.isfinite()
        assert flat.grad.isfinite().all()
    assert detail(flat.detach(), flat.detach()[:1]) == 0


def test_half_precision_around_it_changes_nothing(gravel):
    other = chequered(gravel, 0.01)
    with torch.autocast("cpu", torch.bfloat16):
        within = detail(other, gravel)
    assert within == detail(other, gravel)


def test_the_range_term_is_the_squared_way_out_of_the_range():
    pictures = torch.tensor([-1.0, 0.5, 3.0, 1.0]).view(1, 1, 2, 2)
    assert Range(2.0)(pictures, {}).item() == pytest.approx((1 + 4) / 4)
    assert Range(2.0).weight == 2.0


def specks(picture, value):
    """One pixel of a thousand of that value."""
    picture = picture.clone()
    picture[..., 5::32, 7::32] = value
    return picture


def glints(pictures, exemplar):
    return Glints(1.0, exemplar)(pictures, {}).item()


def test_an_exemplar_has_no_glints_nor_has_what_is_duller(gravel):
    assert glints(gravel, gravel) == 0
    assert glints(gravel * 0.8 + 0.1, gravel) == 0
    assert glints(torch.full_like(gravel, 0.5), gravel) == 0
    assert glints(gravel[..., :64], gravel) < 0.3  # a part


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_specks_are_glints_brighter_or_darker(value, gravel):
    quiet = gravel * 0.8 + 0.1
    assert glints(specks(quiet, value), quiet) > 1
    # Of one that stands out within the range of the exemplar too, if less.
    assert glints(specks(quiet * 0.3 + 0.35, value), gravel) > 0.05


def test_glints_of_several_pictures_are_those_of_all_of_them(gravel):
    spoilt = specks(gravel, 1.0)
    both, one = (glints(x, gravel) for x in (torch.cat([gravel, spoilt]), spoilt))
    assert 0 < both < one


def test_the_gradient_of_glints_takes_specks_away_and_leaves_the_rest(gravel):
    term, picture = Glints(1.0, gravel), specks(gravel, 1.0).requires_grad_()
    adam = torch.optim.Adam([picture], lr=1e-2)
    before = term(picture, {}).item()
    for _ in range(100):
        adam.zero_grad()
        loss = term(picture, {})
        (loss + 10 * overflow(picture)).backward()  # beyond the range that term does not see
        adam.step()
    assert loss < before / 10
    assert (picture - gravel).abs().median() < 0.01


def test_glints_of_one_colour_are_finite_as_are_their_gradients(gravel):
    flat = torch.full((2, 3, 32, 32), 0.5, requires_grad=True)
    for exemplar in (flat.detach()[:1], gravel):
        value = Glints(1.0, exemplar)(specks(flat, 2.0), {})
        value.backward()
        assert value.isfinite()
        assert flat.grad.isfinite().all()


def test_half_precision_around_glints_changes_nothing(gravel):
    other = specks(gravel, 1.0)
    with torch.autocast("cpu", torch.bfloat16):
        within = glints(other, gravel)
    assert within == glints(other, gravel)


@pytest.mark.parametrize("term", [Detail, Glints])
def test_a_large_exemplar_is_seen_in_bands_and_as_it_is(term, gravel, monkeypatch):
    whole = term(1.0, gravel)
    monkeypatch.setattr("texturenet.losses.priors.AT_ONCE", 7 * gravel.shape[-1])
    parts = term(1.0, gravel)
    assert torch.allclose(parts.levels(gravel), whole.levels(gravel), atol=1e-5)


def test_the_ends_of_a_very_large_exemplar_are_those_of_some_values(gravel, monkeypatch):
    whole = Glints(1.0, gravel)
    monkeypatch.setattr("texturenet.losses.priors.SAMPLES", gravel[0, 0].numel() // 3)
    some = Glints(1.0, gravel)
    assert torch.allclose(some.lengths + some.ends, whole.lengths + whole.ends)  # the utmost
    assert torch.allclose(some.ends, whole.ends, atol=0.02)
    assert not torch.equal(some.ends, whole.ends)
