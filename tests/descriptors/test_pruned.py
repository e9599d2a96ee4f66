"""A descriptor of fewer channels, fitted to one exemplar."""

import pytest
import torch
from helpers.networks import narrow_vgg

from texturenet.descriptors.pruned import pruned, variations
from texturenet.descriptors.vgg import Vgg

LAYERS = ["relu1_1", "relu2_1", "relu3_1"]


def vgg(width=32):
    weights = narrow_vgg(width=width)
    return Vgg(weights, LAYERS, architecture="vgg16", convention="torchvision", pooling="max")


def crops(count=3, side=32, seed=0):
    random = torch.Generator().manual_seed(seed)
    rough = torch.rand(count, 3, side, side, generator=random)
    return torch.nn.functional.avg_pool2d(rough, 3, 1, 1)


def test_all_channels_give_the_features_of_the_whole():
    whole = vgg()
    same = pruned(whole, variations(crops()), 1.0)
    fresh = crops(seed=1)
    for layer, maps in whole(fresh).items():
        # Each kernel is fitted anew, and pulled towards what it was.
        assert torch.allclose(same(fresh)[layer], maps, rtol=1e-3, atol=1e-3 * maps.abs().max())


def test_half_the_channels_are_kept_and_nothing_of_the_whole_is_changed():
    whole = vgg()
    before = {name: whole.convolution(name)[0].clone() for name in ("conv1_2", "conv3_1")}
    half = pruned(whole, variations(crops()), 0.5)
    channels = {layer: maps.shape[1] for layer, maps in half(crops()).items()}
    assert channels == {"relu1_1": 16, "relu2_1": 16, "relu3_1": 32}  # all of the deepest
    assert half.geometry["relu2_1"] == (16, 2, whole.geometry["relu2_1"][2])
    for name, kernel in before.items():
        assert torch.equal(whole.convolution(name)[0], kernel)


def test_fitting_predicts_the_deepest_features_better_than_leaving_out():
    """On pictures like those that it was fitted to, and not on them alone."""
    whole, fresh = vgg(), crops(seed=5)
    half = pruned(whole, variations(crops(6)), 0.5)
    wanted = whole(fresh)["relu3_1"]
    fitted = (half(fresh)["relu3_1"] - wanted).square().mean()
    left_out = {}
    kept = slice(None)
    names = [name for name in whole.computed if name.startswith("conv")]
    for name in names:
        kernel, bias = whole.convolution(name)
        kernel = kernel[:, kept]
        kept = slice(0, 16)
        out = kept if name != names[-1] else slice(None)
        left_out[name] = kernel[out], bias[out]
    plain = (whole.with_weights(left_out)(fresh)["relu3_1"] - wanted).square().mean()
    assert fitted < 0.3 * plain
    assert fitted < 0.2 * wanted.var()


def test_channels_that_are_copies_are_not_kept_twice():
    weights = narrow_vgg(width=32)
    kernel, bias = weights["conv1_1"]
    weights["conv1_1"] = (
        kernel[:16].repeat(2, 1, 1, 1),
        bias[:16].repeat(2),
    )  # of each two channels one is a copy
    whole = Vgg(
        weights, ["relu1_1", "relu1_2"], architecture="vgg16", convention="torchvision",
        pooling="max",
    )  # fmt: skip
    half = pruned(whole, variations(crops()), 0.5)
    kept, _ = half.convolution("conv1_1")
    assert len(torch.unique(kept.flatten(1), dim=0)) == 16
    fresh = crops(seed=2)
    kernel, bias = whole.convolution("conv1_2")
    first = {"conv1_1": half.convolution("conv1_1"), "conv1_2": (kernel[:, :16], bias)}
    wanted, made, left_out = (
        net(fresh)["relu1_2"] for net in (whole, half, whole.with_weights(first))
    )
    assert (made - wanted).square().mean() < 0.1 * (left_out - wanted).square().mean()


def test_the_same_pictures_give_the_same_network():
    one, two = (pruned(vgg(), variations(crops()), 0.5) for _ in range(2))
    for name in ("conv1_2", "conv3_1"):
        assert torch.equal(one.convolution(name)[0], two.convolution(name)[0])


@pytest.mark.parametrize("share", [0.01, 0.3, 0.99])
def test_channels_come_in_groups(share):
    channels = pruned(vgg(64), variations(crops()), share)(crops())["relu2_1"].shape[1]
    assert channels % 16 == 0
    assert 16 <= channels <= 64


def test_variations_keep_the_colour_and_lie_in_range():
    pictures = variations(crops(2))
    assert pictures.shape == (8, 3, 32, 32)
    assert 0 <= pictures.min() <= pictures.max() <= 1
    means = pictures.unflatten(0, (4, 2)).mean((3, 4))
    assert (means - means[0]).abs().max() < 0.02
