"""Losses: zero at the exemplar, weights that weigh, terms that sum."""

import pytest
import torch
from helpers.networks import narrow_vgg

from texturenet.descriptors.octaves import Octaves
from texturenet.descriptors.vgg import Vgg
from texturenet.errors import Refused
from texturenet.losses.priors import overflow
from texturenet.losses.statistics import whitening
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss

LAYERS = ["relu1_1", "pool1", "pool2"]
ALL = {"gram": 1.0, "mean": 0.5, "deviation": 0.25}


@pytest.fixture(scope="module")
def descriptor():
    return Vgg(
        narrow_vgg(width=6),
        LAYERS,
        architecture="vgg16",
        convention="torchvision",
        pooling="avg",
    )


def picture(seed, side=16, batch=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, side, side, generator=generator)


@pytest.fixture(scope="module")
def targets(descriptor):
    return targets_of([picture(0)], descriptor)


def total(loss, descriptor, x):
    return sum(loss(loss.errors(descriptor(x))).values())


@pytest.mark.parametrize("combine", ["sum", "absolute"])
def test_the_exemplar_itself_scores_zero(descriptor, targets, combine):
    loss = TextureLoss(targets, ALL, combine=combine)
    assert total(loss, descriptor, picture(0)).item() == pytest.approx(0, abs=1e-10)


def test_the_logarithm_is_finite_at_the_exemplar_and_so_is_its_gradient(descriptor, targets):
    x = picture(0).requires_grad_()
    value = total(TextureLoss(targets, ALL, combine="log"), descriptor, x)
    value.backward()
    assert value.isfinite()
    assert x.grad.isfinite().all()


def test_a_black_descriptor_scores_one(targets):
    loss = TextureLoss(targets, {"gram": 1.0}, combine="sum")
    black = {name: torch.zeros(1, 6, 8, 8) for name in LAYERS}
    assert [error.item() for error in loss.errors(black).values()] == pytest.approx([1, 1, 1], 1e-4)


def test_errors_are_what_the_formula_says(descriptor, targets):
    x = picture(1, batch=2)
    error = TextureLoss(targets, {"gram": 1.0}, combine="log").errors(descriptor(x))["gram/pool1"]
    maps = descriptor(x)["pool1"].flatten(2)
    gram = maps @ maps.mT / maps.shape[-1]
    wanted = targets["pool1"]["gram"]
    expected = ((gram - wanted) ** 2).sum((1, 2)).mean() / (wanted**2).sum()
    assert error.item() == pytest.approx(expected.item(), rel=1e-4)


def test_terms_are_named_weighted_and_summed(descriptor, targets):
    errors = TextureLoss(targets, ALL, combine="log").errors(descriptor(picture(1)))
    assert set(errors) == {f"{s}/{layer}" for s in ALL for layer in LAYERS}
    by_hand = {
        "sum": lambda e, t: e,
        "log": lambda e, t: (e + 1e-8).log(),
        "absolute": lambda e, t: e * (t**2).sum(),
    }
    for combine, formula in by_hand.items():
        loss = TextureLoss(targets, ALL, {"pool1": 3.0}, combine=combine)
        terms = loss(errors)
        for name, value in terms.items():
            statistic, layer = name.split("/")
            weight = ALL[statistic] * (3.0 if layer == "pool1" else 1.0)
            expected = weight * formula(errors[name], targets[layer][statistic])
            assert value.item() == pytest.approx(expected.item(), rel=1e-5)


def gradient(loss, descriptor, x):
    x = x.clone().requires_grad_()
    total(loss, descriptor, x).backward()
    return x.grad


def test_a_layer_weight_multiplies_that_layers_gradient(descriptor, targets):
    only = {"pool1": targets["pool1"]}
    for combine in TextureLoss.COMBINATIONS:
        one = gradient(TextureLoss(only, ALL, combine=combine), descriptor, picture(1))
        many = gradient(
            TextureLoss(only, ALL, {"pool1": 1000.0}, combine=combine), descriptor, picture(1)
        )
        assert torch.allclose(many, 1000 * one, rtol=1e-4, atol=1e-6 * many.abs().max())


def test_unit_gradients_have_the_layers_weight_as_l1_norm(targets):
    for weight in (1.0, 5.0):
        maps = torch.randn(2, 6, 8, 8, requires_grad=True)
        loss = TextureLoss(
            {"pool1": targets["pool1"]},
            {"gram": 1.0},
            {"pool1": weight},
            combine="absolute",
            unit_gradient=True,
        )
        sum(loss(loss.errors({"pool1": maps})).values()).backward()
        assert maps.grad.abs().sum().item() == pytest.approx(weight, rel=1e-4)


def test_unit_gradient_of_a_perfect_picture_is_not_nan(descriptor, targets):
    loss = TextureLoss(targets, {"gram": 1.0}, combine="absolute", unit_gradient=True)
    assert gradient(loss, descriptor, picture(0)).isfinite().all()


def test_targets_are_means_over_crops(descriptor):
    both = targets_of([picture(0), picture(1)], descriptor)
    each = [targets_of([picture(seed)], descriptor) for seed in (0, 1)]
    mean = (each[0]["pool2"]["gram"] + each[1]["pool2"]["gram"]) / 2
    assert torch.allclose(both["pool2"]["gram"], mean)


def test_range_term_counts_what_leaves_the_range():
    inside = torch.tensor([0.0, 0.5, 1.0])
    assert overflow(inside) == 0
    assert overflow(torch.tensor([-1.0, 0.5, 3.0])).item() == pytest.approx((1 + 4) / 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (({"gram": 1.0, "grams": 1.0}, None, "log"), "no statistic 'grams'. Did you mean gram"),
        (({"gram": 1.0}, {"pool9": 1.0}, "log"), "no layer weight 'pool9'. Did you mean"),
        (({"gram": 1.0}, None, "logs"), "no combination 'logs'. Did you mean log"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(targets, arguments, words):
    statistics, layers, combine = arguments
    with pytest.raises(Refused, match=words):
        TextureLoss(targets, statistics, layers, combine=combine)


def test_print_shows_what_is_summed(targets):
    assert "'pool1': 2.0" in repr(TextureLoss(targets, ALL, {"pool1": 2.0}, combine="log"))


def test_the_caller_keeps_its_features(descriptor, targets):
    features = descriptor(picture(1))
    before = {name: maps.clone() for name, maps in features.items()}
    TextureLoss(targets, ALL, combine="log").errors(features)
    assert all(torch.equal(features[name], before[name]) for name in before)


def batch_of(count, seed=0):
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


def test_pooled_statistics_are_those_of_the_batch_as_one_picture(descriptor):
    pictures = list(batch_of(3).split(1))
    targets = targets_of(pictures, descriptor, pooled=True)
    loss = TextureLoss(targets, {**ALL, "covariance": 1.0}, combine="sum", pooled=True)
    together = loss.errors(descriptor(torch.cat(pictures)))
    assert all(error < 1e-6 for error in together.values())
    # Each alone differs from what they are together, and so do they one by one.
    alone = TextureLoss(targets, ALL, combine="sum").errors(descriptor(torch.cat(pictures)))
    assert all(error > 1e-5 for error in alone.values())
    order = loss.errors(descriptor(torch.cat(pictures[::-1])))
    assert all(error < 1e-6 for error in order.values())


def test_pooled_and_not_pooled_targets_differ_in_the_statistics_that_are_no_means(descriptor):
    pictures = list(batch_of(3).split(1))
    one, other = (targets_of(pictures, descriptor, pooled=pooled) for pooled in (True, False))
    for layer, statistics in one.items():
        for name in ("gram", "mean"):
            assert torch.allclose(statistics[name], other[layer][name], rtol=1e-4, atol=1e-6)
        for name in ("covariance", "deviation"):
            assert not torch.allclose(statistics[name], other[layer][name], rtol=1e-3)


def second_moments():
    maps = torch.randn(1, 5, 400, generator=torch.Generator().manual_seed(0))
    maps = maps * torch.tensor([100.0, 10, 1, 0.1, 1]).view(1, 5, 1)
    maps[:, 4] += maps[:, 2]
    return maps @ maps.mT / 400


def test_in_whitened_units_the_exemplar_is_the_same_in_all_directions():
    second = second_moments()
    measure = whitening(second, 0.0, 400, whole=True)
    assert torch.allclose(measure @ second[0] @ measure, torch.eye(5), atol=1e-3)
    by_channel = whitening(second, 0.0, 400, whole=False)
    inside = by_channel @ second[0] @ by_channel
    assert torch.allclose(inside.diagonal(), torch.ones(5), atol=1e-3)
    assert inside[4, 2] > 0.3  # what goes together still does
    damped = whitening(second, 0.1, 400, whole=True)
    assert (damped @ second[0] @ damped).diagonal().min() < 0.01
    scarce = whitening(second, 0.1, 2, whole=True)  # more channels than positions
    assert torch.allclose(scarce, whitening(second, 0.25, 400, whole=True))


@pytest.mark.parametrize("units", ["deviation", "whitened"])
def test_units_make_weak_channels_count(units):
    """The same relative fault in a strong and in a weak channel."""
    second = torch.diag(torch.tensor([100.0, 0.01]))[None]
    target = {"layer": {"covariance": second, "positions": torch.tensor(9)}}
    found = {}
    for name, faults in {"strong": (2.0, 1.0), "weak": (1.0, 2.0)}.items():
        maps = target["layer"]["covariance"] * torch.tensor(faults)
        for kind in ("plain", units):
            loss = TextureLoss(target, {"covariance": 1.0}, combine="sum", units=kind)
            error = loss.compare({"layer": {"covariance": maps}})["covariance/layer"]
            found[name, kind] = error.item()
    assert found["weak", "plain"] < 1e-6 * found["strong", "plain"]
    assert found["weak", units] == pytest.approx(found["strong", units], rel=1e-3)
    assert found["weak", units] == pytest.approx(0.5, rel=1e-3)


def test_an_unknown_unit_is_refused_and_the_mean_goes_along(descriptor):
    targets = targets_of(batch_of(2).split(1), descriptor)
    with pytest.raises(Refused, match="no unit 'white'. Did you mean whitened"):
        TextureLoss(targets, {"gram": 1.0}, combine="sum", units="white")
    both = {"covariance": 1.0, "mean": 1.0}
    loss = TextureLoss(targets, both, combine="sum", units="whitened", ridge=0.01)
    errors = loss.errors(descriptor(batch_of(2, seed=1)))
    plain = TextureLoss(targets, both, combine="sum").errors(descriptor(batch_of(2, seed=1)))
    assert all(errors[name] != plain[name] for name in plain)


def test_octaves_are_the_features_of_the_picture_and_of_smaller_ones(descriptor):
    x = batch_of(2)
    seen = Octaves(descriptor, 2)(x)
    assert {*seen} == {"relu1_1", "pool1", "pool2", "relu1_1@2", "pool1@2", "pool2@2"}
    half = descriptor(torch.nn.functional.avg_pool2d(x, 2))
    for layer, maps in descriptor(x).items():
        assert torch.equal(seen[layer], maps)
        assert torch.equal(seen[f"{layer}@2"], half[layer])
    loss = TextureLoss(targets_of([x[:1]], Octaves(descriptor, 2)), ALL, combine="log")
    assert set(loss.errors(seen)) == {f"{n}/{layer}" for n in ALL for layer in seen}


def test_deviations_are_measured_in_those_of_the_exemplar(descriptor):
    """With them as the only statistic, units and ridge matter as for any other."""
    targets = targets_of(batch_of(2).split(1), descriptor)
    found = [
        TextureLoss(targets, {"deviation": 1.0}, combine="sum", units=units, ridge=ridge)
        for units, ridge in (("plain", 0.0), ("deviation", 0.0), ("deviation", 1.0))
    ]
    features = descriptor(batch_of(2, seed=1))
    errors = [loss.errors(features)["deviation/pool2"].item() for loss in found]
    assert len(set(errors)) == 3


def test_the_weight_of_a_layer_holds_in_every_octave_that_has_none_of_its_own(descriptor):
    seen = Octaves(descriptor, 2)
    targets = targets_of([batch_of(1)], seen)
    features = seen(batch_of(1, seed=1))
    loss = TextureLoss(targets, {"gram": 1.0}, {"pool2": 3.0, "pool1@2": 0.0}, combine="sum")
    errors = loss.errors(features)
    terms = loss(errors)
    for layer, weight in {"pool2": 3, "pool2@2": 3, "pool1": 1, "pool1@2": 0}.items():
        assert terms[f"gram/{layer}"] == weight * errors[f"gram/{layer}"]
